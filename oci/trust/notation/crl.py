"""Certificate revocation lists, with their deltas (RFC 5280, sections 5 and 6.3).

A list counts when the certificate's own issuer has signed it, when it is in date, when its scope has the
certificate in it, and when everything critical in it is understood. Indirect lists are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..certificate.rule import strictly
from .inquiry import MAX_PLACES, Finding, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.x509 import (
        Certificate,
        CertificateRevocationList,
        CRLDistributionPoints,
        CRLNumber,
        DeltaCRLIndicator,
        FreshestCRL,
        RevokedCertificate,
    )

    from .inquiry import Inquiry

_ON_HOLD: Final = "certificateHold"
_REMOVED: Final = "removeFromCRL"
_UNDERSTOOD: Final = ("2.5.29.27", "2.5.29.28")
"""Critical extensions: which list a delta changes, and what a list is for."""


class _Unusable(Exception):
    """A list that does not count, and why."""


def lists_of(certificate: Certificate) -> tuple[str, ...]:
    """Return the URLs of the lists that a certificate may be in."""
    from cryptography import x509

    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return ()
    return _urls(points)


def ask_lists(urls: Sequence[str], inquiry: Inquiry) -> Finding:
    """Look into lists one after the other, until one tells.

    Several lists of one certificate say the same, or each has reasons of its own: what any has revoked is
    revoked, and all of them have to be read before it is good.
    """
    for url in urls[:MAX_PLACES]:
        try:
            base = _bring(url, inquiry)
            _check_scope(base, inquiry.certificate)
            lists = [base, *_deltas(base, inquiry)]
            entry = _entry(lists, inquiry)
        except _Unusable as error:
            return Finding(Status.UNKNOWN, f"{url[:120]}: {error}")
        except (ValueError, TypeError):
            return Finding(Status.UNKNOWN, f"{url[:120]}: an entry of the list cannot be read")
        if entry is not None:
            return Finding(Status.REVOKED, f"says {url[:120]}")
    if len(urls) > MAX_PLACES:
        return Finding(Status.UNKNOWN, f"it has more than {MAX_PLACES} lists")
    return Finding(Status.GOOD)


def _bring(url: str, inquiry: Inquiry) -> CertificateRevocationList:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    raw = inquiry.bring(url)
    if isinstance(raw, Finding):
        raise _Unusable(raw.reason)
    try:
        with strictly():
            found = x509.load_der_x509_crl(raw)
            extensions = list(found.extensions)
        key = inquiry.issuer.public_key()
        is_signed = (
            isinstance(key, RSAPublicKey | EllipticCurvePublicKey)
            and found.issuer == inquiry.issuer.subject
            and found.is_signature_valid(key)
        )
    except ValueError as error:
        raise _Unusable("what comes is no list that can be read") from error
    if not is_signed or not _is_strong(found):
        raise _Unusable("the list is not signed by who issued the certificate")
    if any(each.critical and each.oid.dotted_string not in _UNDERSTOOD for each in extensions):
        raise _Unusable("there is something critical in the list that is not known")
    due = found.next_update_utc
    if due is None or due.timestamp() < inquiry.now_s:
        raise _Unusable("the list is out of date")
    return found


def _is_strong(found: CertificateRevocationList) -> bool:
    used = found.signature_hash_algorithm
    return used is None or used.digest_size >= 32


def _check_scope(base: CertificateRevocationList, certificate: Certificate) -> None:
    from cryptography import x509

    for each in base.extensions:
        if isinstance(each.value, x509.DeltaCRLIndicator):
            raise _Unusable("it is the change of another list, and not a whole one")
        if isinstance(each.value, x509.IssuingDistributionPoint):
            scope = each.value
            is_other = scope.only_contains_ca_certs != _is_authority(certificate) and (
                scope.only_contains_ca_certs or scope.only_contains_user_certs
            )
            if scope.indirect_crl or scope.only_contains_attribute_certs or is_other:
                raise _Unusable("the list is for other certificates")


def _is_authority(certificate: Certificate) -> bool:
    from cryptography import x509

    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _deltas(base: CertificateRevocationList, inquiry: Inquiry) -> list[CertificateRevocationList]:
    """Bring the changes since a list was made, where it says that there are some."""
    from cryptography import x509

    try:
        urls = _urls(base.extensions.get_extension_for_class(x509.FreshestCRL).value)
    except x509.ExtensionNotFound:
        return []
    found = []
    for url in urls[:MAX_PLACES]:
        delta = _bring(url, inquiry)
        number = _number(base, x509.CRLNumber)
        since = _number(delta, x509.DeltaCRLIndicator)
        if since > number or _number(delta, x509.CRLNumber) < number:
            raise _Unusable("the changes are not those of the list")
        found.append(delta)
    return found


def _number(found: CertificateRevocationList, kind: type[CRLNumber | DeltaCRLIndicator]) -> int:
    from cryptography import x509

    try:
        return found.extensions.get_extension_for_class(kind).value.crl_number
    except x509.ExtensionNotFound as error:
        raise _Unusable("a list has no number") from error


def _entry(lists: Sequence[CertificateRevocationList], inquiry: Inquiry) -> RevokedCertificate | None:
    """Return by which entry the certificate is revoked, if it is; what a later list says takes precedence."""
    standing: RevokedCertificate | None = None
    for each in lists:
        entry = each.get_revoked_certificate_by_serial_number(inquiry.certificate.serial_number)
        if entry is None:
            continue
        reason, invalid_s = _details(entry)
        if inquiry.outlives(invalid_s):
            continue
        if reason == _REMOVED:
            standing = None
        elif reason == _ON_HOLD:
            standing = entry
        else:
            return entry
    return standing


def _details(entry: RevokedCertificate) -> tuple[str, float | None]:
    from cryptography import x509

    reason, invalid_s = "", None
    for each in entry.extensions:
        if isinstance(each.value, x509.CRLReason):
            reason = each.value.reason.value
        elif isinstance(each.value, x509.InvalidityDate):
            invalid_s = each.value.invalidity_date_utc.timestamp()
        elif each.critical:
            raise _Unusable("there is something critical in an entry that is not known")
    return reason, invalid_s


def _urls(points: CRLDistributionPoints | FreshestCRL) -> tuple[str, ...]:
    from cryptography import x509

    return tuple(
        name.value
        for point in points
        for name in point.full_name or ()
        if isinstance(name, x509.UniformResourceIdentifier)
    )
