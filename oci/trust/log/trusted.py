"""Logs that somebody trusts: their keys, when these count, and the names by which entries speak of them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from ...frozen import frozen
from ..window import ALWAYS, Window

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..key.public import PublicKey

ID_BYTES: Final = 4
"""Bytes of a log's ID that stand before each signature of a note."""


@frozen(kw_only=True)
class TrustedLog:
    """A log.

    Args:
        key: Its key.
        window: When the key counts.
        name: What it calls itself in its checkpoints; empty where nothing says so.
    """

    key: PublicKey
    window: Window = ALWAYS
    name: str = ""

    @property
    def ids(self) -> frozenset[bytes]:
        """The IDs that entries may name it by, in full."""
        return frozenset(filter(None, (bytes.fromhex(self.key.fingerprint), note_id(self.name, self.key))))

    def is_named(self, log_id: bytes) -> bool:
        """Tell whether an ID is the log's, in full or the bytes of it that notes have."""
        return log_id in self.ids or (
            len(log_id) == ID_BYTES and any(each.startswith(log_id) for each in self.ids)
        )


def logs_with(keys: Iterable[PublicKey]) -> tuple[TrustedLog, ...]:
    """Return logs of which nothing is known but their keys."""
    return tuple(TrustedLog(key=key) for key in keys)


def note_id(name: str, key: PublicKey) -> bytes:
    """Return the ID that a note's key has by its name, in full (C2SP, signed-note); empty if not Ed25519."""
    if not isinstance(key.key, ed25519.Ed25519PublicKey):
        return b""
    raw = key.key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(f"{name}\n".encode() + b"\x01" + raw).digest()
