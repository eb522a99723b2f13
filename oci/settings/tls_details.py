"""What TLS may agree on, as a file says it: containers-tls-details.yaml(5), for ``--tls-details``.

All of it is optional: without such a file, what the system's OpenSSL takes for safe is offered. The names are
those of IANA's registry of TLS parameters. Where the original is lax (it does not choose among the suites of
TLS 1.3), this is strict: what is not listed is not used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import InvalidSettings
from ..frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .yaml_tree import Reading, Tree

_VERSIONS: Final = {"1.0": "1.2", "1.1": "1.2", "1.2": "1.2", "1.3": "1.3"}
# Nothing older than TLS 1.2 is spoken here, whatever is asked for: "at least 1.0" holds all the same.
_MODERN_SUITES: Final = frozenset(
    {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}
)
# OpenSSL calls those of TLS 1.3 what IANA calls them, and the older ones otherwise (openssl-ciphers(1)).
_SUITES: Final = {suite: suite for suite in _MODERN_SUITES} | {
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256": "ECDHE-ECDSA-AES128-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256": "ECDHE-RSA-AES128-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
    "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256": "DHE-RSA-AES128-GCM-SHA256",
    "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384": "DHE-RSA-AES256-GCM-SHA384",
    "TLS_RSA_WITH_AES_128_GCM_SHA256": "AES128-GCM-SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384": "AES256-GCM-SHA384",
    "TLS_RSA_WITH_AES_128_CBC_SHA256": "AES128-SHA256",
    "TLS_RSA_WITH_AES_128_CBC_SHA": "AES128-SHA",
    "TLS_RSA_WITH_AES_256_CBC_SHA": "AES256-SHA",
}
_GROUPS: Final = {
    "secp256r1": "prime256v1",
    "secp384r1": "secp384r1",
    "secp521r1": "secp521r1",
    "x25519": "X25519",
    "x448": "X448",
    "ffdhe2048": "ffdhe2048",
    "ffdhe3072": "ffdhe3072",
    "ffdhe4096": "ffdhe4096",
}


@frozen(kw_only=True)
class TlsDetails:
    """What TLS may agree on.

    Args:
        min_version: ``1.2`` or ``1.3``, or None for what is usual.
        suites: The cipher suites that may be used, as OpenSSL calls them; None for the usual ones.
        groups: The groups for the exchange of keys that may be used, in order, as OpenSSL calls them; None
            for the usual ones.
    """

    min_version: str | None = None
    suites: tuple[str, ...] | None = None
    groups: tuple[str, ...] | None = None
    path: str = ""

    @property
    def modern_suites(self) -> tuple[str, ...]:
        """Those of the suites that belong to TLS 1.3."""
        return tuple(suite for suite in self.suites or () if suite in _MODERN_SUITES)

    @property
    def older_suites(self) -> tuple[str, ...]:
        """Those of the suites that belong to TLS 1.2."""
        return tuple(suite for suite in self.suites or () if suite not in _MODERN_SUITES)

    @classmethod
    def read(cls, path: Path) -> TlsDetails:
        """Read a file.

        Raises:
            InvalidSettings: It cannot be read or understood.
        """
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise InvalidSettings(f"{path}: {error.strerror}", path=str(path)) from error
        return cls.parse(raw, path=str(path))

    @classmethod
    def parse(cls, raw: bytes, *, path: str) -> TlsDetails:
        """Read what a file has in it.

        Args:
            raw: Its bytes.
            path: Its name, for messages.

        Raises:
            InvalidSettings: It cannot be understood.
        """
        from .yaml_tree import Reading  # YAML is for those only who have such a file

        reading = Reading(path)
        members = reading.known(reading.tree(raw), "", ("minVersion", "cipherSuites", "namedGroups"))
        version, suites = members.get("minVersion"), members.get("cipherSuites")
        details = cls(
            min_version=None if version is None else _version(reading, version),
            suites=_names(reading, suites, "cipherSuites", _SUITES),
            groups=_names(reading, members.get("namedGroups"), "namedGroups", _GROUPS),
            path=path,
        )
        if suites is not None and details.min_version == "1.3" and not details.modern_suites:
            raise reading.wrong("lists none that TLS 1.3 has", suites.line, "cipherSuites")
        return details


def _version(reading: Reading, tree: Tree) -> str:
    text = reading.text(tree, "minVersion")
    if text not in _VERSIONS:
        raise reading.wrong(f"must be one of {', '.join(_VERSIONS)}", tree.line, "minVersion")
    return _VERSIONS[text]


def _names(reading: Reading, tree: Tree | None, key: str, known: Mapping[str, str]) -> tuple[str, ...] | None:
    if tree is None:
        return None
    texts = reading.texts(tree, key)
    if not texts:
        raise reading.wrong("allows nothing at all; leave it out for what is usual", tree.line, key)
    for text in texts:
        if text not in known:
            raise reading.wrong(f"{text!a} is not known here; there are {', '.join(known)}", tree.line, key)
    return tuple(known[text] for text in texts)
