"""Asking OCSP responders (RFC 6960).

An answer counts when it is about this very certificate, is in date, and is signed by the certificate's issuer
or by somebody whom that issuer has made a responder, whose certificate says so and is valid now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..certificate.rule import is_issued_by, is_valid_at, strictly
from .inquiry import MAX_PLACES, Finding, Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cryptography.x509 import Certificate
    from cryptography.x509.ocsp import OCSPRequest, OCSPResponse

    from .inquiry import Inquiry

_REQUEST: Final = "application/ocsp-request"
_MAX_SKEW_S: Final = 300
"""Seconds that a responder's clock may be ahead of ours."""


def responders_of(certificate: Certificate) -> tuple[str, ...]:
    """Return the URLs of a certificate's responders."""
    from cryptography import x509
    from cryptography.x509.oid import AuthorityInformationAccessOID

    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(
        each.access_location.value
        for each in access
        if each.access_method == AuthorityInformationAccessOID.OCSP
        and isinstance(each.access_location, x509.UniformResourceIdentifier)
    )


def ask_responders(urls: Sequence[str], inquiry: Inquiry) -> Finding:
    """Ask responders one after the other, until one knows."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.x509 import ocsp

    # Which of its certificates a CA means: responders know it by this hash, often by no other.
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        inquiry.certificate,
        inquiry.issuer,
        hashes.SHA1(),
    )
    request = builder.build()
    encoded = request.public_bytes(serialization.Encoding.DER)
    finding = Finding(Status.UNKNOWN)
    for url in urls[:MAX_PLACES]:
        raw = inquiry.bring(url, post=encoded, content_type=_REQUEST)
        finding = raw if isinstance(raw, Finding) else _judged(raw, request, inquiry, url)
        if finding.status is not Status.UNKNOWN:
            break
    return finding


def _judged(raw: bytes, request: OCSPRequest, inquiry: Inquiry, url: str) -> Finding:
    from cryptography.x509 import ocsp

    try:
        with strictly():
            response = ocsp.load_der_ocsp_response(raw)
            if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
                return _unknown(url, f"says {response.response_status.name.lower()}")
            fault, status = _fault(response, request, inquiry), response.certificate_status
            is_revoked = status is ocsp.OCSPCertStatus.REVOKED
            is_revoked = is_revoked and not inquiry.outlives(_invalid_since(response))
    except ValueError:
        return _unknown(url, "sends no answer that can be read")
    if fault or status is ocsp.OCSPCertStatus.UNKNOWN:
        return _unknown(url, fault or "does not know the certificate")
    return Finding(Status.REVOKED, f"says {url[:120]}") if is_revoked else Finding(Status.GOOD)


def _unknown(url: str, reason: str) -> Finding:
    return Finding(Status.UNKNOWN, f"{url[:120]} {reason}")


def _fault(response: OCSPResponse, request: OCSPRequest, inquiry: Inquiry) -> str:
    """Return why an answer does not count, or nothing."""
    if response.serial_number != request.serial_number or not _is_about(response, request):
        return "answers about another certificate"
    due = response.next_update_utc
    if inquiry.now_s + _MAX_SKEW_S < response.this_update_utc.timestamp():
        return "answers from the future"
    if due is None or due.timestamp() < inquiry.now_s:
        return "sends an answer that is out of date"
    if not any(_has_signed(signer, response) for signer in _signers(response, inquiry)):
        return "sends an answer that nobody has signed who may"
    return ""


def _is_about(response: OCSPResponse, request: OCSPRequest) -> bool:
    return (
        response.hash_algorithm.name == request.hash_algorithm.name
        and response.issuer_name_hash == request.issuer_name_hash
        and response.issuer_key_hash == request.issuer_key_hash
    )


def _signers(response: OCSPResponse, inquiry: Inquiry) -> Iterator[Certificate]:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    yield inquiry.issuer
    for each in response.certificates:
        try:
            purposes = each.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except x509.ExtensionNotFound:
            continue
        if (
            ExtendedKeyUsageOID.OCSP_SIGNING in purposes
            and is_issued_by(each, inquiry.issuer)
            and is_valid_at(each, inquiry.now_s)
        ):
            yield each


def _has_signed(signer: Certificate, response: OCSPResponse) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    key, used = signer.public_key(), response.signature_hash_algorithm
    if used is None or used.digest_size < 32:
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), used)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(used))
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _invalid_since(response: OCSPResponse) -> float | None:
    from cryptography import x509

    try:
        return response.single_extensions.get_extension_for_class(
            x509.InvalidityDate
        ).value.invalidity_date_utc.timestamp()
    except x509.ExtensionNotFound:
        return None
