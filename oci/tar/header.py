"""One member's header as a value, with what extended headers said about it already applied."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .sparse import SparseMap

BLOCK: Final = 512
"""Bytes of a block: headers are one, bodies are padded to whole ones."""

_NANOSECONDS: Final = 1_000_000_000
NO_RECORDS: Final[Mapping[str, str]] = MappingProxyType({})
"""What a member without a pax header has of its records."""


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


class Header(NamedTuple):
    """A member.

    A named tuple, unlike other values of this library: a layer has hundreds of thousands of them, and making
    one this way takes a fifth of the time.

    Args:
        name: Its path as written; bytes that are not UTF-8 are lone surrogates.
        kind: What it is.
        size: Bytes of its body.
        mode: Permission bits.
        uid: The owner's number.
        gid: The group's number.
        modified_s: Modification time in seconds since the epoch; before it, it is negative.
        link_name: Where a link leads.
        extended: The records of its pax header.
        fraction_ns: Nanoseconds to be added to the modification time.
        major: A device's major number.
        minor: A device's minor number.
        sparse: What a sparse file is made of: the body then is its parts, one after the other.
    """

    name: str
    kind: Kind = Kind.FILE
    size: int = 0
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    modified_s: int = 0
    link_name: str = ""
    extended: Mapping[str, str] = NO_RECORDS
    fraction_ns: int = 0
    major: int = 0
    minor: int = 0
    sparse: SparseMap | None = None

    @property
    def modified_ns(self) -> int:
        """Modification time in nanoseconds since the epoch."""
        return self.modified_s * _NANOSECONDS + self.fraction_ns

    @property
    def padded_size(self) -> int:
        """Bytes from the beginning of the body to the next header."""
        return -(-self.size // BLOCK) * BLOCK

    @property
    def is_sparse(self) -> bool:
        """Tell whether the body is not the file's bytes but some parts of them."""
        return self.sparse is not None
