"""The rules for chains of certificates that are given whole: of signers, and of timestamping authorities.

Notary Project, signature specification, "Certificate Requirements"; RFC 3161, section 2.3. They have nothing
to do with whether anybody trusts a chain. Of the extensions, basic constraints, key usage and extended key
usage count, and no other. One thing is stricter: RSA keys of CAs too have 2048 bits or more.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeVar

from ...errors import NotVerified
from ..verdict import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cryptography.x509 import Certificate, ExtendedKeyUsage, Extension, ExtensionType

_Extension = TypeVar("_Extension", bound="ExtensionType")

MAX_CHAIN: Final = 16
"""Certificates that a chain may have; real ones have two to four."""

CODE_SIGNING: Final = "1.3.6.1.5.5.7.3.3"
_TIME_STAMPING: Final = "1.3.6.1.5.5.7.3.8"
_OTHER_PURPOSES: Final = {
    "2.5.29.37.0": "any purpose",
    "1.3.6.1.5.5.7.3.1": "servers",
    "1.3.6.1.5.5.7.3.2": "clients",
    "1.3.6.1.5.5.7.3.4": "mail",
    CODE_SIGNING: "code",
    _TIME_STAMPING: "timestamps",
}
_FORBIDDEN_USAGES: Final = (
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)
_MIN_RSA_BITS: Final = 2048


def load_chain(encoded: Sequence[bytes]) -> tuple[Certificate, ...]:
    """Read the certificates of an envelope.

    Args:
        encoded: Their DER, the signer's first.

    Raises:
        NotVerified: One of them is no certificate, or there are none, or too many.
    """
    from cryptography import x509

    if not 0 < len(encoded) <= MAX_CHAIN:
        raise _malformed(f"there are {len(encoded)} certificates, and from 1 to {MAX_CHAIN} are allowed")
    chain = []
    for position, each in enumerate(encoded, start=1):
        try:
            with strictly():
                certificate = x509.load_der_x509_certificate(each)
                check_readable(certificate)
        except ValueError as error:
            raise _malformed(f"certificate {position} of the chain cannot be read") from error
        chain.append(certificate)
    return tuple(chain)


@contextmanager
def strictly() -> Iterator[None]:
    """Have `cryptography` refuse what it would only warn about, such as serial numbers below one.

    Raises:
        ValueError: What is read in the block breaks a rule, or is of a kind that is not known.
    """
    import warnings

    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.utils import CryptographyDeprecationWarning

    faults = (
        CryptographyDeprecationWarning,
        UnsupportedAlgorithm,
        TypeError,
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error", CryptographyDeprecationWarning)
        try:
            yield
        except faults as error:
            raise ValueError(str(error)) from error


def check_readable(certificate: Certificate) -> None:
    """Read the parts of a certificate that are parsed only when they are asked for; within `strictly`.

    Raises:
        ValueError: One of them cannot be read.
    """
    certificate.public_key()
    for part in ("subject", "issuer", "extensions", "not_valid_before_utc", "not_valid_after_utc"):
        getattr(certificate, part)


def check_timestamping_chain(chain: Sequence[Certificate]) -> None:
    """Hold the chain of a timestamping authority against the rules (and RFC 3161, section 2.3).

    Raises:
        NotVerified: A rule is broken.
    """
    check_links(chain)
    leaf = chain[0]
    check_leaf(leaf)
    _check_key(leaf)
    purposes = purposes_of(leaf)
    if purposes is None or not purposes.critical or _oids(purposes.value) != (_TIME_STAMPING,):
        raise _malformed(f"{name_of(leaf)} has to be for timestamps alone, and to say so critically")


def is_authority(certificate: Certificate) -> bool:
    """Tell whether a certificate says that it is an authority's."""
    from cryptography import x509

    constraints = _extension(certificate, x509.BasicConstraints)
    return constraints is not None and constraints.value.ca


def is_valid_at(certificate: Certificate, seconds: float) -> bool:
    """Tell whether a moment, in seconds since 1970, is within a certificate's validity, ends included."""
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return begins.timestamp() <= seconds <= ends.timestamp()


def name_of(certificate: Certificate) -> str:
    """Return a certificate's subject for messages, in one line of limited length."""
    try:
        return f"the certificate of {certificate.subject.rfc4514_string()[:200]!r}"
    except ValueError:
        return "a certificate with an unreadable subject"


def shown_time(seconds: float) -> str:
    """Return a time for messages."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def thumbprint(encoded: bytes) -> str:
    """Return a certificate's SHA-256 fingerprint in lower case."""
    return hashlib.sha256(encoded).hexdigest()


def check_links(chain: Sequence[Certificate]) -> None:
    """Check that each certificate of a chain was issued by the next one, up to a root.

    Raises:
        NotVerified: One was not, or by one that may issue none.
    """
    for certificate in chain:
        _check_hash(certificate)
    root = chain[-1]
    if not is_issued_by(root, root):
        raise _malformed(f"the chain is not complete: {name_of(root)}, its last, is no root")
    for position, certificate in enumerate(chain[:-1]):
        if certificate.subject == certificate.issuer and is_issued_by(certificate, certificate):
            raise _malformed(f"{name_of(certificate)} has signed itself, and others follow it in the chain")
        if not is_issued_by(certificate, chain[position + 1]):
            raise _malformed(f"{name_of(certificate)} was not issued by the next one in the chain")
    for depth, certificate in enumerate(chain[1:]):
        _check_authority(certificate, depth)


def is_issued_by(certificate: Certificate, issuer: Certificate) -> bool:
    """Tell whether one certificate names another one as its issuer and was signed by its key."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _check_hash(certificate: Certificate) -> None:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        used = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm as error:
        raise _weak(f"{name_of(certificate)} is signed in a way that is not known") from error
    if used is not None and used.digest_size < 32:
        raise _weak(f"{name_of(certificate)} is signed with {used.name.upper()}, which is not safe")


def _check_authority(certificate: Certificate, depth: int) -> None:
    from cryptography import x509

    constraints = _extension(certificate, x509.BasicConstraints)
    if constraints is None or not constraints.critical or not constraints.value.ca:
        raise _malformed(f"{name_of(certificate)} has issued one and is not, critically, a CA's (CA:false)")
    allowed = constraints.value.path_length
    if allowed is not None and allowed < depth:
        raise _malformed(
            f"{name_of(certificate)} allows {allowed} CAs beneath it, and there are {depth} in the chain"
        )
    usage = _extension(certificate, x509.KeyUsage)
    if usage is None or not usage.critical or not usage.value.key_cert_sign:
        raise _malformed(f"the key usage of {name_of(certificate)} does not, critically, allow that")
    _check_key(certificate)


def _check_key(certificate: Certificate) -> None:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    key = certificate.public_key()
    if isinstance(key, RSAPublicKey) and key.key_size < _MIN_RSA_BITS:
        raise _weak(f"{name_of(certificate)} has a key of {key.key_size} bits, which is too short")


def check_leaf(leaf: Certificate) -> None:
    """Check that a certificate is for signatures, and for nothing else.

    Raises:
        NotVerified: It is not.
    """
    from cryptography import x509

    if is_authority(leaf):
        raise _malformed(f"{name_of(leaf)} is a CA's, and CAs do not sign images")
    usage = _extension(leaf, x509.KeyUsage)
    if usage is None or not usage.critical or not usage.value.digital_signature:
        raise _malformed(f"the key usage of {name_of(leaf)} does not, critically, allow digital signatures")
    found = [each for each in _FORBIDDEN_USAGES if getattr(usage.value, each)]
    if found:
        raise _malformed(f"the key usage of {name_of(leaf)} allows other things than signatures: {found[0]}")


def purposes_of(leaf: Certificate) -> Extension[ExtendedKeyUsage] | None:
    """Return what a certificate says that it is for, or None."""
    from cryptography import x509

    return _extension(leaf, x509.ExtendedKeyUsage)


def _oids(purposes: ExtendedKeyUsage) -> tuple[str, ...]:
    return tuple(each.dotted_string for each in purposes)


def check_purposes(leaf: Certificate, purposes: ExtendedKeyUsage, own: str) -> None:
    """Refuse a certificate that is for something else, too.

    Args:
        leaf: The certificate.
        purposes: What it says that it is for.
        own: The only purpose that may be among them, as an OID.

    Raises:
        NotVerified: There is another one.
    """
    found = [_OTHER_PURPOSES[each] for each in _oids(purposes) if each != own and each in _OTHER_PURPOSES]
    if found:
        raise _malformed(f"the extended key usage of {name_of(leaf)} is for {found[0]} too")


def _extension(certificate: Certificate, kind: type[_Extension]) -> Extension[_Extension] | None:
    from cryptography.x509 import ExtensionNotFound

    try:
        return certificate.extensions.get_extension_for_class(kind)
    except ExtensionNotFound:
        return None


def _malformed(reason: str) -> NotVerified:
    return NotVerified(reason, fault=Fault.MALFORMED.value)


def _weak(reason: str) -> NotVerified:
    return NotVerified(reason, fault=Fault.WEAK.value)
