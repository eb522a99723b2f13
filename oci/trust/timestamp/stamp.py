"""Timestamps: what an authority vouches for, that a signature existed at some time (RFC 3161, RFC 5816).

rfc3161_client reads a token and verifies its signature; what the specification asks for besides is done here:
the hash, the certificate that the token itself names (ESSCertID), the rules for its chain, the root, validity
at the time that is vouched for. The set of certificates, which is not signed, may be in any order; otherwise
tokens have to be DER.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from ...errors import NotVerified
from ...frozen import frozen
from ..certificate.rule import (
    MAX_CHAIN,
    check_timestamping_chain,
    is_authority,
    is_issued_by,
    is_valid_at,
    load_chain,
    name_of,
    shown_time,
)
from ..verdict import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

    from ..certificate.authority import Authority

MAX_BYTES: Final = 256 * 1024
"""Bytes that a token may have."""

_HASHES: Final = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_BASELINE_POLICY: Final = "0.4.0.2023.1.1"
"""Authorities with this policy are accurate to a second where they do not say how much (RFC 3628)."""


@frozen(kw_only=True)
class Stamp:
    """What an authority vouches for.

    Args:
        earliest_s: What was stamped existed at this time, or later, in seconds since 1970.
        latest_s: It existed at this time.
        generated_s: The time that it states.
        chain: The authority's chain, its root last.
    """

    earliest_s: float
    latest_s: float
    generated_s: float
    chain: tuple[Certificate, ...]


def stamp_of(response: bytes, stamped: bytes, authorities: Sequence[Authority]) -> Stamp:
    """Verify what an authority has answered, as sigstore keeps it.

    Each of the authorities counts by itself, within its own window; one whose own certificate is known has to
    have used that one.

    Args:
        response: The answer, in DER.
        stamped: What it has to be of.
        authorities: Those that are trusted; one at least.

    Raises:
        NotVerified: It vouches for nothing, or nobody trusts who does.
    """
    from .token import token_in

    if len(response) > MAX_BYTES:
        raise _malformed(f"has more than {MAX_BYTES} bytes")
    try:
        token = token_in(response)
    except ValueError as error:
        raise _malformed("cannot be read") from error
    reasons = []
    for authority in authorities:
        try:
            return _stamp_by(token, stamped, authority)
        except NotVerified as error:
            reasons.append(error)
    # That it is not by the others says less than what is the matter with it.
    raise next((each for each in reasons if each.fault != Fault.WRONG_KEY.value), reasons[0])


def _stamp_by(token: bytes, stamped: bytes, authority: Authority) -> Stamp:
    stamp = verify_timestamp(token, stamped, authority.anchors, known=authority.between)
    if own_leaf(authority.between) not in {None, stamp.chain[0]}:
        raise _by_nobody()
    if not authority.window.holds(stamp.generated_s):
        shown = shown_time(stamp.generated_s)
        reason = f"its timestamp is from {shown}, when its authority does not count"
        raise NotVerified(reason, fault=Fault.EXPIRED.value)
    return stamp


def own_leaf(between: Sequence[Certificate]) -> Certificate | None:
    """Return the certificate of an authority itself, which is none of a CA, where it is known."""
    return next((each for each in between if not is_authority(each)), None)


def verify_timestamp(
    token: bytes, stamped: bytes, anchors: Sequence[Certificate], *, known: Sequence[Certificate] = ()
) -> Stamp:
    """Verify a timestamp.

    Args:
        token: The token, in DER.
        stamped: What it has to be of.
        anchors: The roots of authorities that are trusted.
        known: Certificates that the token need not bring along; nobody has to trust them.

    Raises:
        NotVerified: It vouches for nothing, or nobody trusts who does.
    """
    from rfc3161_client import decode_timestamp_response
    from rfc3161_client.errors import VerificationError
    from rfc3161_client.verify import VerifierBuilder

    from .token import as_response, named_certificates

    if len(token) > MAX_BYTES:
        raise _malformed(f"has more than {MAX_BYTES} bytes")
    try:
        response = decode_timestamp_response(as_response(token))
        hints = named_certificates(token)
        _check_content(response, stamped)
        chain = _chain_of(response, anchors, known)
        generated_s = response.tst_info.gen_time.timestamp()
        earliest_s, latest_s = _range(response, generated_s)
    except (ValueError, OverflowError) as error:
        raise _malformed("cannot be read") from error
    check_timestamping_chain(chain)
    _check_named(chain[0], hints)
    for certificate in chain:
        if not is_valid_at(certificate, generated_s):
            reason = f"{name_of(certificate)} was not valid when it stamped, {shown_time(generated_s)}"
            raise NotVerified(reason, fault=Fault.EXPIRED.value)
    builder = VerifierBuilder(roots=[chain[-1]], intermediates=list(chain[1:-1]), tsa_certificate=chain[0])
    try:
        builder.build().verify_message(response, stamped)
    except (VerificationError, ValueError) as error:
        raise NotVerified("its timestamp does not hold", fault=Fault.BROKEN.value) from error
    return Stamp(earliest_s=earliest_s, latest_s=latest_s, generated_s=generated_s, chain=chain)


def _check_content(response: TimeStampResponse, stamped: bytes) -> None:
    info = response.tst_info
    name = _HASHES.get(info.message_imprint.hash_algorithm.dotted_string)
    used = {each.dotted_string for each in response.signed_data.digest_algorithms}
    if info.version != 1:
        raise _malformed(f"is of version {info.version}")
    if name is None or not used <= _HASHES.keys():
        raise NotVerified("its timestamp is made with a hash that is not safe", fault=Fault.WEAK.value)
    if info.message_imprint.message != hashlib.new(name, stamped).digest():
        raise NotVerified("its timestamp is for something else", fault=Fault.BROKEN.value)


def _chain_of(
    response: TimeStampResponse, anchors: Sequence[Certificate], known: Sequence[Certificate]
) -> tuple[Certificate, ...]:
    """Put the authority's chain together, from what the token has and the roots that are trusted."""
    signers = list(response.signed_data.signer_infos)
    encoded = tuple(response.signed_data.certificates)
    if len(signers) != 1:
        raise _malformed(f"has {len(signers)} signatures")
    brought = load_chain(encoded) if encoded or not known else ()
    given = tuple(dict.fromkeys((*known, *brought)))
    chain = [
        each
        for each in given
        if (each.issuer, each.serial_number) == (signers[0].issuer, signers[0].serial_number)
    ]
    if len(chain) != 1:
        raise _by_nobody() if known else _malformed("has not the certificate of who signed it")
    while len(chain) < MAX_CHAIN and not is_issued_by(chain[-1], chain[-1]):
        # Roots that are trusted come first: a token may bring another certificate of the same name and key.
        following = next((each for each in (*anchors, *given) if is_issued_by(chain[-1], each)), None)
        if following is None:
            break
        chain.append(following)
    if chain[-1] not in anchors:
        reason = f"its timestamp is by {name_of(chain[0])}, which leads to none of the roots that are trusted"
        raise NotVerified(reason, fault=Fault.WRONG_KEY.value)
    return tuple(chain)


def _check_named(leaf: Certificate, hints: Sequence[tuple[str, bytes]]) -> None:
    """Hold the signer's certificate against the one that was signed to be the signer's."""
    from cryptography.hazmat.primitives.serialization import Encoding

    encoded = leaf.public_bytes(Encoding.DER)
    if not hints:
        raise _malformed("does not say whose it is (signing-certificate)")
    name, expected = hints[0]
    if hashlib.new(name, encoded, usedforsecurity=name != "sha1").digest() != expected:
        raise NotVerified("its timestamp names another certificate as its signer's", fault=Fault.BROKEN.value)


def _range(response: TimeStampResponse, generated_s: float) -> tuple[float, float]:
    """Return between which times it was made; RFC 3161, section 2.4.2."""
    stated = response.tst_info.accuracy
    accuracy_s = 0.0
    if stated is not None:
        accuracy_s = (stated.seconds or 0) + (stated.millis or 0) / 1_000 + (stated.micros or 0) / 1_000_000
    if not accuracy_s and response.tst_info.policy.dotted_string == _BASELINE_POLICY:
        accuracy_s = 1.0
    return generated_s - accuracy_s, generated_s + accuracy_s


def _by_nobody() -> NotVerified:
    reason = "its timestamp is by an authority that is not trusted"
    return NotVerified(reason, fault=Fault.WRONG_KEY.value)


def _malformed(reason: str) -> NotVerified:
    return NotVerified(f"its timestamp {reason}", fault=Fault.MALFORMED.value)
