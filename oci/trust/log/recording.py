"""Whether a log has recorded a signature, and when: what signatures bring along for it, held against keys.

A promise (SET) signs entry and time together. A proof shows that the entry is in a tree whose root the log
has signed, and says nothing about the time. What is there has to hold, all of it, and one of them must be.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from ...errors import InvalidDocument, NotVerified
from ...frozen import field, frozen
from ...spec import field as member
from ...spec import strict_json
from ..base64_text import decoded
from ..signature import LogEntry, LogPromise
from ..verdict import Fault
from .checkpoint import read_checkpoint
from .entry import Signed, check_entry
from .promise import Promise
from .proof import InclusionProof

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..signature import Signature
    from .trusted import TrustedLog


@frozen(kw_only=True)
class Record:
    """What is there to show that a log has an entry.

    Args:
        body: The entry.
        promise: The log's promise, or None.
        proof: That the entry is in a tree, or None.
        checkpoint: The log's word on that tree.
        log_id: Which log it says it is from; empty where it does not.
    """

    body: bytes = field(repr=False)
    promise: Promise | None = None
    proof: InclusionProof | None = None
    checkpoint: str = ""
    log_id: bytes = b""

    def check(self, logs: Sequence[TrustedLog]) -> Recorded:
        """Verify all that is there.

        Args:
            logs: The logs that are trusted.

        Returns:
            Which of them has it, and since when.

        Raises:
            NotVerified: Something does not hold, or nothing is there.
            InvalidDocument: Something cannot be read.
        """
        meant = [each for each in logs if not self.log_id or each.is_named(self.log_id)]
        if not meant:
            raise _unrecorded("its entry is of a log that is not trusted")
        if self.promise is None and self.proof is None:
            raise _unrecorded("nothing shows that the log has the entry")
        if self.promise is not None:
            self.promise.check(meant)
        if self.proof is not None:
            said = read_checkpoint(self.checkpoint, meant)
            if (said.size, said.root) != (self.proof.size, self.proof.root):
                raise _unrecorded("the proof is for another tree than the log's checkpoint")
            self.proof.check(self.body)
        return Recorded(logs=tuple(meant), at_s=None if self.promise is None else self.promise.integrated_s)


@frozen(kw_only=True)
class Recorded:
    """That a log has an entry.

    Args:
        logs: The log; several where they have the same ID.
        at_s: When it took it, in seconds since 1970; None where only the tree shows that it did.
    """

    logs: tuple[TrustedLog, ...]
    at_s: int | None

    def check_times(self, times_s: Sequence[float]) -> None:
        """Check that the log's key counted when the signature was made.

        Args:
            times_s: When it was made, as all that is trusted says. A tree does not tell the time: where
                nothing does, a key that has ceased to count shows nothing.

        Raises:
            NotVerified: It did not.
        """
        for log in self.logs:
            if times_s and all(log.window.holds(each) for each in times_s):
                return
            if not times_s and log.window.ends_s is None:
                return
        raise _unrecorded("the log's key does not count at the time at which it was signed")


def recorded_in(
    signature: Signature, logs: Iterable[TrustedLog], *, content: bytes, verifier: bytes
) -> Recorded:
    """Find out whether a log has taken a signature, and when.

    Args:
        signature: The signature.
        logs: The logs that are trusted.
        content: The bytes that were signed.
        verifier: The signer's public key, or certificate, in DER: the entry has to be about it.

    Raises:
        NotVerified: No log that is trusted says so.
        InvalidDocument: The evidence cannot be read.
    """
    records = [found for each in signature.times if (found := _record(each)) is not None]
    if len(records) != 1:
        raise _unrecorded(
            "more than one entry of a log comes with it" if records else "no log has recorded it"
        )
    recorded = records[0].check(tuple(logs))
    check_entry(
        records[0].body,
        Signed(content=content, signature=signature.envelope, verifier=verifier),
        where="log",
    )
    return recorded


def _record(evidence: object) -> Record | None:
    if isinstance(evidence, LogPromise):
        promise = parse_promise(evidence.document)
        return Record(body=decoded(promise.body, "promise"), promise=promise)
    return parse_entry(evidence.members) if isinstance(evidence, LogEntry) else None


def parse_promise(document: bytes) -> Promise:
    """Read a promise as cosign keeps it beside a signature.

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


def parse_entry(members: Mapping[str, object]) -> Record:
    """Read an entry of a sigstore bundle (protobuf-specs, sigstore_rekor.proto).

    Raises:
        InvalidDocument: It is none.
    """
    where = "log entry"
    body = decoded(member.text(members, "canonicalizedBody", where=where), where)
    promised = member.mapping(members, "inclusionPromise", where=where)
    proved = member.mapping(members, "inclusionProof", where=where)
    checkpoint = {} if proved is None else member.mapping(proved, "checkpoint", where=where) or {}
    return Record(
        body=body,
        promise=None if promised is None else _promise(members, promised, body, where),
        proof=None if proved is None else _proof(proved, where),
        checkpoint=member.text(checkpoint, "envelope", where=where),
        log_id=_log_id(members, where),
    )


def _promise(
    members: Mapping[str, object], promised: Mapping[str, object], body: bytes, where: str
) -> Promise:
    return Promise(
        body=base64.b64encode(body).decode("ascii"),
        integrated_s=_number(members, "integratedTime", where),
        index=_number(members, "logIndex", where),
        log_id=_log_id(members, where).hex(),
        signature=decoded(member.text(promised, "signedEntryTimestamp", where=where), where),
    )


def _log_id(members: Mapping[str, object], where: str) -> bytes:
    log = member.mapping(members, "logId", where=where) or {}
    return decoded(member.text(log, "keyId", where=where), where)


def _proof(proved: Mapping[str, object], where: str) -> InclusionProof:
    return InclusionProof(
        index=_number(proved, "logIndex", where),
        size=_number(proved, "treeSize", where),
        root=decoded(member.text(proved, "rootHash", where=where), where),
        hashes=tuple(decoded(each, where) for each in member.texts(proved, "hashes", where=where)),
    )


def _number(members: Mapping[str, object], name: str, where: str) -> int:
    """Read a 64-bit number, which proto3's JSON writes as a string, and leaves out where it is 0."""
    value = members.get(name, "0")
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not text.isascii() or not text.isdigit() or len(text) > 19:
        raise InvalidDocument(f"{where}: {name} is no number")
    return int(text)


def _unrecorded(reason: str) -> NotVerified:
    return NotVerified(reason, fault=Fault.UNRECORDED.value)
