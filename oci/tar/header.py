"""One member's header as a value, with what extended headers said about it already applied."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from ..frozen import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

BLOCK: Final = 512
"""Bytes of a block: headers are one, bodies are padded to whole ones."""


class Kind(Enum):
    """What a member is; the value is its type flag."""

    FILE = b"0"
    HARD_LINK = b"1"
    SYMBOLIC_LINK = b"2"
    CHARACTER_DEVICE = b"3"
    BLOCK_DEVICE = b"4"
    DIRECTORY = b"5"
    FIFO = b"6"
    SPARSE = b"S"
    OTHER = b"?"


@frozen(kw_only=True)
class Header:
    """A member.

    Args:
        name: Its path as written; bytes that are not UTF-8 are lone surrogates.
        kind: What it is.
        size: Bytes of its body.
        mode: Permission bits.
        uid: The owner's number.
        gid: The group's number.
        modified_s: Modification time in seconds since the epoch.
        link_name: Where a link leads.
        extended: The records of its pax header.
    """

    name: str
    kind: Kind = Kind.FILE
    size: int = 0
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    modified_s: int = 0
    link_name: str = ""
    extended: Mapping[str, str] = field(default_factory=dict)

    @property
    def padded_size(self) -> int:
        """Bytes from the beginning of the body to the next header."""
        return -(-self.size // BLOCK) * BLOCK

    @property
    def is_sparse(self) -> bool:
        """Tell whether the body is not the file's bytes but a map with pieces of them."""
        return self.kind is Kind.SPARSE or any(key.startswith("GNU.sparse.") for key in self.extended)
