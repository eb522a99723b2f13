"""Reading a part of a blob: Range, Content-Range, and what the answer means (RFC 9110, section 14).

Never appended is what was not asked for: a 200 to a range request begins at the first byte again, and a 206
for other bytes than the ones asked for is as good as no answer.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Final

from ..errors import SizeMismatch
from . import header

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONTENT_RANGE: Final = re.compile(
    r"bytes[ \t]+(?:([0-9]{1,18})-([0-9]{1,18})|\*)/([0-9]{1,18}|\*)", re.IGNORECASE
)


class RangeVerdict(Enum):
    """What an answer to a range request is."""

    PART = "part"
    """The bytes that were asked for, and no others."""
    WHOLE = "whole"
    """The whole content from its first byte: the registry does not do ranges."""
    BEYOND = "beyond"
    """Nothing: there are no bytes where some were asked for."""
    UNUSABLE = "unusable"
    """A success with other bytes than the ones asked for; ask again without a range."""
    FAILED = "failed"
    """No success; `error_body.failure` says what it is."""


def range_field(offset: int, length: int | None = None) -> str:
    """Return the value of a Range field.

    Args:
        offset: The first byte that is wanted, counted from 0.
        length: Bytes that are wanted, at least 1; None for all that follow.
    """
    if offset < 0 or (length is not None and length < 1):
        raise ValueError(f"there is no range of {length} bytes from {offset} on")
    return f"bytes={offset}-{'' if length is None else offset + length - 1}"


def judge(
    status: int, headers: Mapping[str, str], *, offset: int, length: int | None, size: int, where: str
) -> RangeVerdict:
    """Say what an answer to a range request is.

    Args:
        status: The answer's status.
        headers: Its header fields.
        offset: The first byte that was asked for.
        length: Bytes that were asked for, or None for all that follow.
        size: The content's whole size, as its descriptor promises.
        where: What was asked for, for error messages.

    Raises:
        SizeMismatch: The registry says that the content has another size than the descriptor promises.
    """
    if status == 200:
        return RangeVerdict.WHOLE
    if status not in {206, 416}:
        return RangeVerdict.FAILED
    matched = _CONTENT_RANGE.fullmatch(header.value(headers, "Content-Range") or "")
    if matched and matched[3] != "*" and int(matched[3]) != size:
        raise SizeMismatch(expected=size, actual=int(matched[3]), where=where)
    if status == 416:
        return RangeVerdict.BEYOND
    if matched is None or matched[1] is None:
        return RangeVerdict.UNUSABLE
    end = size if length is None else min(size, offset + length)
    is_exact = (int(matched[1]), int(matched[2])) == (offset, end - 1)
    announced = header.count(headers, "Content-Length")
    return RangeVerdict.PART if is_exact and announced in {None, end - offset} else RangeVerdict.UNUSABLE
