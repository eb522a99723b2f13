"""CBOR as envelopes may use it, read by cbor2 and then looked at once more (RFC 8949).

Refused are keys that a map has twice, lengths that are not stated, bytes after the end, deep nesting, numbers
and lengths that are written longer than they need be, and everything that COSE has no use for: floats, tags
other than those two, simple values but for true, false and null. What is left is one item written in one way.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from ...errors import InvalidDocument
from ...frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from cbor2 import CBOREncoder

MAX_DEPTH: Final = 8
"""Levels of arrays and maps."""
EPOCH: Final = 1
"""The tag of a time in seconds since 1970."""
SIGN1: Final = 18
"""The tag of a COSE_Sign1 message."""

_PLAIN: Final = (str, bytes, int, type(None))


@frozen
class Tagged:
    """A value with a tag.

    Args:
        tag: The tag.
        value: The value.
    """

    tag: int
    value: object


def decode(raw: bytes, *, where: str) -> object:
    """Read one CBOR item.

    Args:
        raw: Its bytes, and nothing else.
        where: What it is, for messages.

    Returns:
        Numbers, texts, bytes, lists, dictionaries, booleans, None, and `Tagged` values of these.

    Raises:
        InvalidDocument: A rule is broken.
    """
    import cbor2

    stream = io.BytesIO(raw)
    try:
        value: object = cbor2.CBORDecoder(
            stream,
            semantic_decoders={tag: _tagging(tag) for tag in (EPOCH, SIGN1)},
            max_depth=MAX_DEPTH,
            allow_indefinite=False,
            allow_duplicate_keys=False,
        ).decode()
    # What it makes of dates, patterns or addresses can fail in ways of theirs.
    except (cbor2.CBORError, ValueError, TypeError, ArithmeticError, RecursionError, MemoryError) as error:
        raise InvalidDocument(f"{where}: not acceptable CBOR: {str(error)[:160]}") from error
    if stream.tell() != len(raw):
        raise InvalidDocument(f"{where}: {len(raw) - stream.tell()} bytes follow the end of the CBOR")
    _check(value, where, MAX_DEPTH)
    if encode(value) != raw:
        # Tags that cbor2 takes for granted are gone by now, and so are lengths that are too long.
        raise InvalidDocument(f"{where}: the CBOR is not written in its shortest form, or has unknown tags")
    return value


def encode(value: object) -> bytes:
    """Write a CBOR item in its shortest form; members stay in their order."""
    import cbor2

    return cbor2.dumps(value, default=_encode_tagged)


def _tagging(tag: int) -> Callable[[object, bool], Tagged]:
    return lambda value, _is_immutable: Tagged(tag, value)


def _encode_tagged(encoder: CBOREncoder, value: Any) -> None:
    encoder.encode_semantic(value.tag, value.value)


def _check(value: object, where: str, depth: int) -> None:
    if isinstance(value, _PLAIN):
        return
    if depth == 0:
        raise InvalidDocument(f"{where}: nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, Tagged):
        _check(value.value, where, depth - 1)
    elif isinstance(value, list):
        for each in value:
            _check(each, where, depth - 1)
    elif isinstance(value, dict):
        for key, each in value.items():
            if type(key) not in {int, str}:
                raise InvalidDocument(f"{where}: a member is named by something else than a number or a text")
            _check(each, where, depth - 1)
    else:
        raise InvalidDocument(f"{where}: there is a {type(value).__name__} in it, which has no place there")
