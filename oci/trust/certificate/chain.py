"""Whether a certificate leads to a root that is trusted, at a time (RFC 5280, section 6).

The paths are found and checked by `cryptography`. Beyond signatures and validity: issuers are authorities
that may sign certificates, for signing code, within the length they were given; the leaf may sign code.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID

from ...errors import InvalidDocument, NotVerified
from ..verdict import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_PEM_BYTES: Final = 256 * 1024
MAX_CERTIFICATES: Final = 64
"""Certificates in one file, or in one signature."""
MAX_DEPTH: Final = 8
"""Authorities between a leaf and its root."""

_AGNOSTIC: Final = verification.Criticality.AGNOSTIC
_MAY_SIGN: Final = frozenset({ExtendedKeyUsageOID.CODE_SIGNING, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE})


def load_certificates(pem: bytes, *, where: str) -> tuple[x509.Certificate, ...]:
    """Read certificates in PEM, one after the other.

    Args:
        pem: The text.
        where: Where it was found, for messages.

    Raises:
        InvalidDocument: There are none, too many, or something that is none.
    """
    if len(pem) > MAX_PEM_BYTES:
        raise InvalidDocument(f"{where}: more than {MAX_PEM_BYTES} bytes of certificates")
    try:
        found = tuple(x509.load_pem_x509_certificates(pem))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidDocument(f"{where}: no certificate in PEM") from error
    if len(found) > MAX_CERTIFICATES:
        raise InvalidDocument(f"{where}: more than {MAX_CERTIFICATES} certificates")
    return found


def load_certificate(der: bytes, *, where: str) -> x509.Certificate:
    """Read one certificate in DER.

    Raises:
        InvalidDocument: It is none.
    """
    try:
        return x509.load_der_x509_certificate(der)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidDocument(f"{where}: no certificate in DER") from error


def verify_chain(
    leaf: x509.Certificate,
    between: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    *,
    at_s: float,
) -> tuple[x509.Certificate, ...]:
    """Find the way from a certificate to a root.

    Args:
        leaf: The certificate.
        between: Authorities that may lie between; nobody has to trust them.
        roots: The authorities that are trusted.
        at_s: When all of them have to be valid, in seconds since 1970.

    Returns:
        The way, the leaf first.

    Raises:
        NotVerified: There is none.
    """
    if not roots:
        raise NotVerified("no root is trusted for it", fault=Fault.WRONG_KEY.value)
    at = dt.datetime.fromtimestamp(at_s, dt.UTC)
    try:
        verifier = (
            verification.PolicyBuilder()
            .store(verification.Store(list(roots)))
            .time(at)
            .max_chain_depth(MAX_DEPTH)
            .extension_policies(ca_policy=_AUTHORITY, ee_policy=_LEAF)
            .build_client_verifier()
        )
        return tuple(verifier.verify(leaf, list(between)).chain)
    except (verification.VerificationError, ValueError, UnsupportedAlgorithm) as error:
        fault = _fault(leaf, at)
        if fault is Fault.EXPIRED:
            message = f"its certificate was not valid at {at:%Y-%m-%dT%H:%M:%SZ}"
        else:
            message = f"its certificate leads to no root that is trusted: {_reason(error)}"
        raise NotVerified(message, fault=fault.value) from error


def _fault(leaf: x509.Certificate, at: dt.datetime) -> Fault:
    is_valid = leaf.not_valid_before_utc <= at <= leaf.not_valid_after_utc
    return Fault.WRONG_KEY if is_valid else Fault.EXPIRED


def _reason(error: Exception) -> str:
    return str(error).partition(" (encountered")[0].removeprefix("validation failed: ")[:200]


def _is_authority(
    _policy: verification.Policy, _certificate: x509.Certificate, extension: x509.BasicConstraints
) -> None:
    if not extension.ca:
        raise ValueError("an issuer is no authority (CA:false)")


def _signs_certificates(
    _policy: verification.Policy, _certificate: x509.Certificate, extension: x509.KeyUsage | None
) -> None:
    if extension is not None and not extension.key_cert_sign:
        raise ValueError("an issuer may not sign certificates")


def _signs(
    _policy: verification.Policy, _certificate: x509.Certificate, extension: x509.KeyUsage | None
) -> None:
    if extension is not None and not extension.digital_signature:
        raise ValueError("the key may not make signatures")


def _signs_code(
    _policy: verification.Policy, _certificate: x509.Certificate, extension: x509.ExtendedKeyUsage | None
) -> None:
    if extension is not None and _MAY_SIGN.isdisjoint(extension):
        raise ValueError("a certificate is not for signing code")


_AUTHORITY: Final = (
    verification.ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, _AGNOSTIC, _is_authority)
    .may_be_present(x509.KeyUsage, _AGNOSTIC, _signs_certificates)
    .may_be_present(x509.ExtendedKeyUsage, _AGNOSTIC, _signs_code)
)
_LEAF: Final = (
    verification.ExtensionPolicy.permit_all()
    .may_be_present(x509.KeyUsage, _AGNOSTIC, _signs)
    .may_be_present(x509.ExtendedKeyUsage, _AGNOSTIC, _signs_code)
)
