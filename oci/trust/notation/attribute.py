"""The signed attributes: what a signer says besides the payload, the same in JWS and COSE.

Signature specification, "Signed Attributes". What is marked critical has to be known here; which attributes
have to be marked so is checked as well, and which may not stand together.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final

from ...errors import InvalidDocument
from ...frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PREFIX: Final = "io.cncf.notary."
"""With it begin the names that belong to the specification."""

SCHEME: Final = f"{PREFIX}signingScheme"
SIGNING_TIME: Final = f"{PREFIX}signingTime"
AUTHENTIC_SIGNING_TIME: Final = f"{PREFIX}authenticSigningTime"
EXPIRY: Final = f"{PREFIX}expiry"
PLUGIN: Final = f"{PREFIX}verificationPlugin"
_PLUGIN_VERSION: Final = f"{PREFIX}verificationPluginMinVersion"

TIMESTAMP: Final = f"{PREFIX}timestampSignature"
AGENT: Final = f"{PREFIX}signingAgent"

PAYLOAD_TYPE: Final = "application/vnd.cncf.notary.payload.v1+json"
"""The only content type that there is."""


class Scheme(enum.Enum):
    """Who vouches for the time of signing (signing scheme specification)."""

    X509 = "notary.x509"
    """The signer says it, and a timestamp may prove it."""
    AUTHORITY = "notary.x509.signingAuthority"
    """A signing authority says it, and is trusted with that."""


_TIME_OF: Final = {Scheme.X509: SIGNING_TIME, Scheme.AUTHORITY: AUTHENTIC_SIGNING_TIME}


@frozen(kw_only=True)
class Attributes:
    """What was signed besides the payload.

    Args:
        scheme: Who vouches for the time.
        signed_s: When it was signed, in seconds since 1970.
        expires_s: From when on it is no longer to be used, or None.
    """

    scheme: Scheme
    signed_s: int
    expires_s: int | None = None

    def __post_init__(self) -> None:
        if self.expires_s is not None and self.expires_s <= self.signed_s:
            raise InvalidDocument("it expired before it was made")

    def named(self) -> dict[str, str | int]:
        """Return them under their names, times in seconds."""
        members: dict[str, str | int] = {SCHEME: self.scheme.value, _TIME_OF[self.scheme]: self.signed_s}
        if self.expires_s is not None:
            members[EXPIRY] = self.expires_s
        return members

    def critical(self) -> list[str]:
        """Return the names of those that are critical."""
        return [name for name in self.named() if name != SIGNING_TIME]


def read_attributes(
    members: Mapping[str, object], critical: object, read_time: Callable[[object], int]
) -> Attributes:
    """Read the signed attributes.

    Args:
        members: The protected header, by name.
        critical: Its list of what is critical, as it was found.
        read_time: Reads one time, and raises `InvalidDocument` for what is none.

    Raises:
        InvalidDocument: A rule is broken, or something critical is not known here.
    """
    names = _critical_names(critical)
    if PLUGIN in members or _PLUGIN_VERSION in members:
        wanted = members.get(PLUGIN)
        shown = f" {wanted[:80]!a}" if isinstance(wanted, str) else ""
        raise InvalidDocument(f"it asks to be verified with the plugin{shown}, and no plugins are run here")
    for name in names:
        if name not in members:
            raise InvalidDocument(f"the header {name[:80]!a} is marked critical and is not there")
        if name not in {SCHEME, EXPIRY, AUTHENTIC_SIGNING_TIME}:
            raise InvalidDocument(f"the header {name[:80]!a} is marked critical and is not known here")
    try:
        scheme = Scheme(members.get(SCHEME))
    except ValueError as error:
        raise InvalidDocument("its signing scheme is not there, or not known") from error
    stated = _TIME_OF[scheme]
    (foreign,) = set(_TIME_OF.values()) - {stated}
    if stated not in members or foreign in members:
        raise InvalidDocument(f"the scheme {scheme.value} goes with {stated}, and not with {foreign}")
    found = Attributes(
        scheme=scheme,
        signed_s=read_time(members[stated]),
        expires_s=read_time(members[EXPIRY]) if EXPIRY in members else None,
    )
    missing = [name for name in found.critical() if name not in names]
    if missing:
        raise InvalidDocument(f"the header {missing[0]} is not marked critical")
    return found


def _critical_names(critical: object) -> Sequence[str]:
    if not isinstance(critical, list) or not critical:
        raise InvalidDocument("there is no list of critical headers (crit)")
    for each in critical:
        if not isinstance(each, str):
            raise InvalidDocument("the list of critical headers (crit) may not name what it names")
    if len(set(critical)) != len(critical):
        raise InvalidDocument("the list of critical headers (crit) names one twice")
    return critical
