"""Checkpoints: a log's signed word on its size and root (C2SP, tlog-checkpoint and signed-note).

The text is three lines or more: whose it is, the size, the root in base64; after an empty line, signatures,
each with the name and the first bytes of the ID of the key that made it. Rekor's own ID is the SHA-256 of the
key; that of a note's key for Ed25519 is made of name and key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...errors import InvalidDocument, NotVerified
from ...frozen import frozen
from ..base64_text import decoded
from ..verdict import Fault
from .trusted import ID_BYTES, note_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .trusted import TrustedLog

MAX_CHARACTERS: Final = 64 * 1024
MAX_SIGNATURES: Final = 64
_DASH: Final = "\u2014 "


@frozen(kw_only=True)
class Checkpoint:
    """What a log says about itself.

    Args:
        origin: Whose word it is.
        size: Entries in the tree.
        root: The root's hash.
    """

    origin: str
    size: int
    root: bytes


def read_checkpoint(text: str, logs: Iterable[TrustedLog]) -> Checkpoint:
    """Verify a checkpoint.

    Args:
        text: The checkpoint.
        logs: The logs that may have signed it.

    Raises:
        NotVerified: None of them has signed it.
        InvalidDocument: It is none.
    """
    where = "checkpoint"
    body, empty, signatures = text.partition("\n\n")
    if not empty or len(text) > MAX_CHARACTERS or signatures.count("\n") > MAX_SIGNATURES:
        raise InvalidDocument(f"{where}: no signed note")
    signed = f"{body}\n".encode()
    made = list(_signatures(signatures, where))
    if not any(_is_signed_by(log, signed, made) for log in logs):
        raise NotVerified(
            "the log's checkpoint is not of a log that is trusted", fault=Fault.UNRECORDED.value
        )
    origin, size, root, *_ = [*body.split("\n"), "", "", ""]
    if not origin or not size.isascii() or not size.isdigit() or len(size) > 20:
        raise InvalidDocument(f"{where}: it does not say how large the log is")
    return Checkpoint(origin=origin, size=int(size), root=decoded(root, where))


def _signatures(text: str, where: str) -> Iterator[tuple[str, bytes, bytes]]:
    """Yield name, key ID and signature of each line."""
    for line in text.splitlines():
        name, space, encoded = line.removeprefix(_DASH).rpartition(" ")
        blob = decoded(encoded, where)
        if not line.startswith(_DASH) or not space or len(blob) <= ID_BYTES:
            raise InvalidDocument(f"{where}: a line that is no signature")
        yield name, blob[:ID_BYTES], blob[ID_BYTES:]


def _is_signed_by(log: TrustedLog, signed: bytes, made: Iterable[tuple[str, bytes, bytes]]) -> bool:
    return any(
        key_id in {bytes.fromhex(log.key.fingerprint)[:ID_BYTES], note_id(name, log.key)[:ID_BYTES]}
        and log.key.verifies(signature, signed)
        for name, key_id, signature in made
    )
