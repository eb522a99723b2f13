"""A stretch of an open file: what is answered without passing through this process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

__all__ = ["FileRegion"]


@dataclass(frozen=True, slots=True)
class FileRegion:
    """A stretch of an open file.

    Args:
        file: Open for reading; the server closes it. Its position is not used.
        offset: The first byte.
        length: How many bytes.
    """

    file: BinaryIO
    offset: int
    length: int
