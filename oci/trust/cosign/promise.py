"""The log's promise that cosign keeps beside a signature, as the annotation ``bundle``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import InvalidDocument, NotVerified
from ...spec import field as member
from ...spec import strict_json
from ..log.entry import Signed, check_record, decoded
from ..log.promise import Promise
from ..signature import LogPromise
from ..verdict import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..key.public import PublicKey
    from ..signature import Signature


def recorded_s(signature: Signature, log_keys: Iterable[PublicKey], *, verifier: bytes) -> int:
    """Find out when a log has taken a signature.

    Args:
        signature: The signature.
        log_keys: The keys of logs that are trusted.
        verifier: The signer's public key, or certificate, in DER: the entry has to be about it.

    Returns:
        Seconds since 1970.

    Raises:
        NotVerified: No log that is trusted says so.
        InvalidDocument: The promise cannot be read.
    """
    promise = next((parse(each.document) for each in signature.times if isinstance(each, LogPromise)), None)
    if promise is None:
        raise NotVerified("no log has recorded it", fault=Fault.UNRECORDED.value)
    promise.check(log_keys)
    signed = Signed(content=signature.payload, signature=signature.envelope, verifier=verifier)
    check_record(decoded(promise.body, "promise"), signed, where="promise")
    return promise.integrated_s


def parse(document: bytes) -> Promise:
    """Read a promise.

    Raises:
        InvalidDocument: It is none.
    """
    where = "promise"
    whole = strict_json.load_object(document, where=where)
    payload = member.mapping(whole, "Payload", where=where) or {}
    time = member.integer(payload, "integratedTime", where=where)
    index = member.integer(payload, "logIndex", where=where)
    if time is None or index is None or time < 0:
        raise InvalidDocument(f"{where}: it does not say when or where the entry was taken")
    return Promise(
        body=member.text(payload, "body", where=where),
        integrated_s=time,
        index=index,
        log_id=member.text(payload, "logID", where=where),
        signature=decoded(member.text(whole, "SignedEntryTimestamp", where=where), where),
    )
