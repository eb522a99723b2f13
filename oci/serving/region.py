"""A stretch of an open file: what is answered without passing through this process."""

from __future__ import annotations

from typing import BinaryIO

from ..frozen import frozen

__all__ = ["FileRegion"]


@frozen
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
