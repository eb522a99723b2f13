"""The file of a trusted root: understood as a whole and strictly, or not at all.

``application/vnd.dev.sigstore.trustedroot+json;version=0.1`` and its other spellings up to 0.2
(protobuf-specs, sigstore_trustroot.proto, in the JSON of proto3). A member that is not known, a key that is
there twice, of another kind or under another ID than it says makes the whole file invalid. A log's key needs
a window that begins; an authority without one counts as long as its certificates are valid.
"""

from __future__ import annotations

import datetime as dt
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ...errors import InvalidDocument, InvalidSettings, InvalidValue
from ...settings.strict_object import StrictObject
from ...spec import strict_json
from ..certificate.authority import Authority
from ..certificate.chain import load_certificate
from ..key.public import PublicKey
from ..log.trusted import TrustedLog
from ..window import ALWAYS, Window
from .trusted_root import TrustedRoot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

MAX_BYTES: Final = 1024 * 1024
"""Bytes that a file may have."""
MAX_MEMBERS: Final = 64
"""Logs or authorities of one kind, and certificates of one chain, that it may have."""

_MEDIA_TYPE: Final = re.compile(
    r"application/vnd\.dev\.sigstore\.trustedroot(\+json;version=0\.[12]|\.v0\.[12]\+json)", re.ASCII
)
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_KINDS: Final[Mapping[str, Callable[[PublicKeyTypes], bool]]] = {
    "PKIX_ECDSA_P256_SHA_256": lambda key: _is_on(key, "secp256r1"),
    "PKIX_ECDSA_P384_SHA_384": lambda key: _is_on(key, "secp384r1"),
    "PKIX_ECDSA_P521_SHA_512": lambda key: _is_on(key, "secp521r1"),
    "PKIX_ED25519": lambda key: isinstance(key, ed25519.Ed25519PublicKey),
    "PKIX_RSA_PKCS1V15_2048_SHA256": lambda key: _has_bits(key, 2048),
    "PKIX_RSA_PKCS1V15_3072_SHA256": lambda key: _has_bits(key, 3072),
    "PKIX_RSA_PKCS1V15_4096_SHA256": lambda key: _has_bits(key, 4096),
    "PKCS1_RSA_PKCS1V5": lambda key: isinstance(key, rsa.RSAPublicKey),
}


def load_trusted_root(raw: bytes, *, path: str) -> TrustedRoot:
    """Read a trusted root.

    Args:
        raw: The file's bytes.
        path: Where they were read, for messages.

    Raises:
        InvalidSettings: It is none.
    """
    if len(raw) > MAX_BYTES:
        raise InvalidSettings(f"{path}: larger than the {MAX_BYTES} bytes of a trusted root", path=path)
    try:
        document = strict_json.loads(raw, where=path)
    except InvalidDocument as error:
        raise InvalidSettings(error.message, path=path) from error
    whole = StrictObject(document, path=path, key="")
    if not _MEDIA_TYPE.fullmatch(whole.text("mediaType")):
        raise whole.wrong("mediaType", "is that of no trusted root that is known (0.1 and 0.2 are)")
    found = TrustedRoot(
        logs=tuple(_logs(whole, "tlogs")),
        authorities=tuple(_authority(each) for each in _listed(whole, "certificateAuthorities")),
        certificate_logs=tuple(_logs(whole, "ctlogs")),
        timestamp_authorities=tuple(_authority(each) for each in _listed(whole, "timestampAuthorities")),
        path=path,
    )
    whole.done()
    return found


def _listed(item: StrictObject, name: str) -> Iterator[StrictObject]:
    """Yield the objects of an array, which proto3's JSON leaves out where it is empty."""
    value = item.value(name) if item.has(name) else []
    if not isinstance(value, list) or len(value) > MAX_MEMBERS:
        raise item.wrong(name, f"must be an array of at most {MAX_MEMBERS}")
    for position, each in enumerate(value):
        yield StrictObject(each, path=item.path, key=f"{item.inner(name)}[{position}]")


def _logs(whole: StrictObject, name: str) -> Iterator[TrustedLog]:
    seen = set()
    for item in _listed(whole, name):
        log = _log(item)
        if log.key.fingerprint in seen:
            raise item.wrong("publicKey", "is there twice")
        seen.add(log.key.fingerprint)
        yield log


def _log(item: StrictObject) -> TrustedLog:
    if item.text("hashAlgorithm") != "SHA2_256":
        raise item.wrong("hashAlgorithm", "has to be SHA2_256")
    stated = item.child("publicKey")
    key = _key(stated)
    window = _window(stated)
    if window.begins_s is None:
        raise stated.wrong("validFor", "does not say from when on the key counts")
    stated.done()
    address = _optional(item, "baseUrl")
    log = TrustedLog(key=key, window=window, name=address.partition("://")[2].partition("/")[0] or address)
    for name in ("logId", "checkpointKeyId"):
        if item.has(name):
            inner = item.child(name)
            if not log.is_named(inner.data("keyId")):
                raise inner.wrong("keyId", "is that of another key")
            inner.done()
    _optional(item, "operator")
    item.done()
    return log


def _key(stated: StrictObject) -> PublicKey:
    kind = stated.text("keyDetails")
    try:
        read = load_der_public_key(stated.data("rawBytes"))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise stated.wrong("rawBytes", "is no public key") from error
    if kind not in _KINDS or not _KINDS[kind](read):
        raise stated.wrong("keyDetails", f"is {kind[:60]!a}, which the key is not, or nobody knows")
    return PublicKey.of(read, where=f"{stated.path}: {stated.key}")


def _authority(item: StrictObject) -> Authority:
    if item.has("subject"):
        for _ in item.child("subject").items():
            # Who it is stands in its certificates, too.
            pass
    for name in ("uri", "operator"):
        _optional(item, name)
    chain = item.child("certChain")
    found = []
    for each in _listed(chain, "certificates"):
        try:
            found.append(load_certificate(each.data("rawBytes"), where=f"{each.path}: {each.key}"))
        except InvalidValue as error:
            raise InvalidSettings(error.message, path=item.path, key=each.key) from error
        each.done()
    chain.done()
    if not found:
        raise chain.wrong("certificates", "has to have one at least")
    window = _window(item)
    item.done()
    return Authority(anchors=(found[-1],), between=tuple(found[:-1]), window=window)


def _window(item: StrictObject) -> Window:
    if not item.has("validFor"):
        return ALWAYS
    stated = item.child("validFor")
    window = Window(begins_s=_time(stated, "start"), ends_s=_time(stated, "end"))
    stated.done()
    if window.begins_s is not None and window.ends_s is not None and window.ends_s < window.begins_s:
        raise stated.wrong("end", "is before its start")
    return window


def _time(item: StrictObject, name: str) -> float | None:
    if not item.has(name):
        return None
    matched = _TIME.fullmatch(item.text(name))
    if matched is not None:
        with suppress(ValueError):
            second = dt.datetime.fromisoformat(matched[1] + matched[3]).timestamp()
            return second + float(matched[2] or 0)
    raise item.wrong(name, "is no time, such as 2026-01-31T12:00:00Z")


def _optional(item: StrictObject, name: str) -> str:
    return item.text(name) if item.has(name) else ""


def _is_on(key: PublicKeyTypes, curve: str) -> bool:
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == curve


def _has_bits(key: PublicKeyTypes, bits: int) -> bool:
    return isinstance(key, rsa.RSAPublicKey) and key.key_size == bits
