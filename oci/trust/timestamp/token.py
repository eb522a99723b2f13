"""The ASN.1 around timestamps that rfc3161_client leaves out, declared for the codec of `cryptography`.

A token stands alone in an envelope, where the library reads whole responses; and it does not show the signed
attribute that names the signer's certificate (RFC 2634, section 5.4; RFC 5035, section 3). Nothing is
verified here. Loaded with the first timestamp, since declaring these types takes time.
"""

from __future__ import annotations

from typing import Annotated, Final

from cryptography import x509
from cryptography.hazmat import asn1

_GRANTED: Final = 0
_GRANTED_WITH_CHANGES: Final = 1
_SIGNING_CERTIFICATE: Final = "1.2.840.113549.1.9.16.2.12"
_SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"
_HASHES: Final = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}


@asn1.sequence
class _StatusInfo:
    status: int
    texts: list[asn1.TLV] | None


@asn1.sequence
class _Response:
    status: _StatusInfo
    token: asn1.TLV


@asn1.sequence
class _Attribute:
    kind: x509.ObjectIdentifier
    values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class _SignerInfo:
    version: int
    signer: asn1.TLV
    digest_algorithm: asn1.TLV
    signed: Annotated[asn1.SetOf[_Attribute] | None, asn1.Implicit(0)]
    signature_algorithm: asn1.TLV
    signature: bytes
    unsigned: Annotated[asn1.SetOf[asn1.TLV] | None, asn1.Implicit(1)]


@asn1.sequence
class _SignedData:
    version: int
    digest_algorithms: asn1.TLV
    content: asn1.TLV
    # A set, written as a list: authorities do not put it in the order of DER, and it is not signed.
    certificates: Annotated[list[asn1.TLV] | None, asn1.Implicit(0)]
    lists: Annotated[list[asn1.TLV] | None, asn1.Implicit(1)]
    signers: asn1.TLV


@asn1.sequence
class _ContentInfo:
    kind: x509.ObjectIdentifier
    content: Annotated[_SignedData, asn1.Explicit(0)]


@asn1.sequence
class _Algorithm:
    algorithm: x509.ObjectIdentifier
    parameters: asn1.Null | None


@asn1.sequence
class _Named:
    digest: bytes
    issuer: list[asn1.TLV] | None


@asn1.sequence
class _NamedV2:
    algorithm: _Algorithm | None
    digest: bytes
    issuer: list[asn1.TLV] | None


@asn1.sequence
class _SigningCertificate:
    certificates: list[_Named]
    policies: list[asn1.TLV] | None


@asn1.sequence
class _SigningCertificateV2:
    certificates: list[_NamedV2]
    policies: list[asn1.TLV] | None


def token_in(response: bytes) -> bytes:
    """Return the token in an authority's answer.

    Raises:
        ValueError: It is no answer, or has none.
    """
    read = asn1.decode_der(_Response, response)
    if read.status.status not in {_GRANTED, _GRANTED_WITH_CHANGES}:
        raise ValueError(f"status {read.status.status}")
    return asn1.encode_der(read.token)


def as_response(token: bytes) -> bytes:
    """Return the response that would have brought a token, its certificates in order.

    Raises:
        ValueError: It is no DER, but for that order.
    """
    read = asn1.decode_der(_ContentInfo, token)
    bag = read.content
    ordered = _SignedData(
        version=bag.version,
        digest_algorithms=bag.digest_algorithms,
        content=bag.content,
        certificates=None if bag.certificates is None else sorted(bag.certificates, key=asn1.encode_der),
        lists=bag.lists,
        signers=bag.signers,
    )
    encoded = asn1.encode_der(_ContentInfo(kind=read.kind, content=ordered))
    whole = asn1.decode_der(asn1.TLV, encoded)
    return asn1.encode_der(_Response(status=_StatusInfo(status=_GRANTED, texts=None), token=whole))


def named_certificates(token: bytes) -> list[tuple[str, bytes]]:
    """Return the certificates that a token's signer has signed to be theirs, the first of them first.

    Returns:
        For each a hash, as hashlib names it, and its value.

    Raises:
        ValueError: It is no token, or names a hash that is not known.
    """
    # Within a set of one there is one.
    signer = asn1.decode_der(_SignerInfo, bytes(asn1.decode_der(_ContentInfo, token).content.signers.data))
    attributes = (
        {}
        if signer.signed is None
        else {each.kind.dotted_string: each.values.as_list() for each in signer.signed.as_list()}
    )
    if _SIGNING_CERTIFICATE_V2 in attributes:
        (value,) = attributes[_SIGNING_CERTIFICATE_V2]
        named = value.parse(_SigningCertificateV2).certificates
        return [(_hash_of(each.algorithm), each.digest) for each in named]
    if _SIGNING_CERTIFICATE in attributes:
        (value,) = attributes[_SIGNING_CERTIFICATE]
        return [("sha1", each.digest) for each in value.parse(_SigningCertificate).certificates]
    return []


def _hash_of(algorithm: _Algorithm | None) -> str:
    if algorithm is None:
        return "sha256"
    name = _HASHES.get(algorithm.algorithm.dotted_string)
    if name is None:
        raise ValueError(algorithm.algorithm.dotted_string)
    return name
