"""Whether a log has recorded a certificate before it was issued (RFC 6962, section 3.2).

The log's signed word on it (SCT) lies in the certificate. It is over the certificate without those words,
which `cryptography` puts together, and over the key of the issuer that was found to have signed it, which is
not just any one of the issuer's name.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import struct
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.certificate_transparency import LogEntryType

from ...errors import InvalidDocument, NotVerified
from ..verdict import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cryptography.x509.certificate_transparency import SignedCertificateTimestamp

    from ..log.trusted import TrustedLog

MAX_PROMISES: Final = 32
"""Promises of logs that one certificate may have."""
_V1: Final = 0
_CERTIFICATE_TIMESTAMP: Final = 0
_PRECERTIFICATE: Final = 1
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND: Final = dt.timedelta(milliseconds=1)


def check_logged(chain: Sequence[x509.Certificate], logs: Sequence[TrustedLog]) -> None:
    """Verify that a log which is trusted has recorded a certificate.

    Args:
        chain: The certificate first, then the one that has issued it; the chain has to hold.
        logs: The logs; each counts for what it has taken within its window.

    Raises:
        NotVerified: None of them has.
        InvalidDocument: What the certificate has of them cannot be read.
    """
    promises = list(_promises(chain[0]))
    if not promises or len(chain) < 2:
        raise _unrecorded("no log has recorded its certificate (no SCT is in it)")
    if not any(_holds(each, chain[0], chain[1], log) for each in promises for log in logs):
        raise _unrecorded("no log that is trusted has recorded its certificate (SCT)")


def _promises(leaf: x509.Certificate) -> Iterator[SignedCertificateTimestamp]:
    try:
        found = leaf.extensions.get_extension_for_class(x509.PrecertificateSignedCertificateTimestamps).value
    except x509.ExtensionNotFound:
        return
    except ValueError as error:
        raise InvalidDocument("what logs say of its certificate cannot be read") from error
    if len(found) > MAX_PROMISES:
        raise InvalidDocument(f"more than {MAX_PROMISES} logs have recorded its certificate")
    yield from found


def _holds(
    promise: SignedCertificateTimestamp, leaf: x509.Certificate, issuer: x509.Certificate, log: TrustedLog
) -> bool:
    taken_ms = _milliseconds(promise)
    return (
        promise.entry_type is LogEntryType.PRE_CERTIFICATE
        and promise.log_id.hex() == log.key.fingerprint
        and log.window.holds(taken_ms / 1000)
        and log.key.verifies(promise.signature, _signed(promise, leaf, issuer, taken_ms))
    )


def _signed(
    promise: SignedCertificateTimestamp, leaf: x509.Certificate, issuer: x509.Certificate, taken_ms: int
) -> bytes:
    issued_by = issuer.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    bare = leaf.tbs_precertificate_bytes
    return b"".join(
        (
            struct.pack(">BBQH", _V1, _CERTIFICATE_TIMESTAMP, taken_ms, _PRECERTIFICATE),
            hashlib.sha256(issued_by).digest(),
            len(bare).to_bytes(3),
            bare,
            len(promise.extension_bytes).to_bytes(2),
            promise.extension_bytes,
        )
    )


def _milliseconds(promise: SignedCertificateTimestamp) -> int:
    # The library leaves the zone out, which is UTC; seconds as a float would not be exact.
    return (promise.timestamp.replace(tzinfo=dt.UTC) - _EPOCH) // _MILLISECOND


def _unrecorded(reason: str) -> NotVerified:
    return NotVerified(reason, fault=Fault.UNRECORDED.value)
