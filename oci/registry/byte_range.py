"""The two uses of byte ranges: parts of a blob asked for, and parts of a blob sent. No I/O.

``Range`` of a GET follows RFC 9110 section 14.2: a field that is not understood, or that asks for several
parts, is passed over and the whole blob is sent. ``Content-Range`` of a chunk is the distribution-spec's own
form, ``first-last`` without a unit.
"""

from __future__ import annotations

import re
from http import HTTPStatus

from .error import ApiError

__all__ = ["asked_range", "sent_range", "unsatisfiable"]

_ASKED = re.compile(r"\s*bytes\s*=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})\s*", re.IGNORECASE)
_SENT = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")


def asked_range(field: str, size: int) -> tuple[int, int] | None:
    """Read the ``Range`` field of a request.

    Args:
        field: Its value, or an empty string.
        size: The size of the whole.

    Returns:
        The first byte and the number of bytes, or None for the whole.

    Raises:
        ApiError: 416, nothing of the range exists, or it ends before it begins.

    Example:
        >>> asked_range("bytes=500-", 2048), asked_range("bytes=-500", 2048)
        ((500, 1548), (1548, 500))
    """
    match = _ASKED.fullmatch(field)
    if match is None or match[0].strip().endswith("=-"):
        return None
    first, last = match[1], match[2]
    if not first:
        length = min(int(last), size)
        if length == 0:
            raise unsatisfiable(size)
        return size - length, length
    start = int(first)
    end = min(int(last), size - 1) if last else size - 1
    if start >= size or end < start:
        raise unsatisfiable(size)
    return start, end - start + 1


def sent_range(field: str) -> tuple[int, int] | None:
    """Read the ``Content-Range`` field of a chunk.

    Args:
        field: Its value, or an empty string.

    Returns:
        The first byte and the number of bytes, or None where the field is absent.

    Raises:
        ApiError: 400, the field has another form.

    Example:
        >>> sent_range("100-199")
        (100, 100)
    """
    if not field:
        return None
    match = _SENT.fullmatch(field.strip())
    if match is None or int(match[2]) < int(match[1]):
        raise ApiError(
            HTTPStatus.BAD_REQUEST, "BLOB_UPLOAD_INVALID", "Content-Range is not of the form first-last"
        )
    return int(match[1]), int(match[2]) - int(match[1]) + 1


def unsatisfiable(size: int) -> ApiError:
    """Return the refusal of a range that does not exist.

    Args:
        size: The size of the whole.

    Returns:
        The refusal: 416 with the size.
    """
    return ApiError(
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
        "SIZE_INVALID",
        "no byte of this range exists",
        headers={"Content-Range": f"bytes */{size}"},
    )
