"""A received request: its head parsed and checked, its body still to come."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from ..errors import InvalidValue
from ..frozen import field, frozen
from .header import Headers, Query

if TYPE_CHECKING:
    from .body import Body

__all__ = ["Request", "parse_target"]


@frozen(kw_only=True)
class Request:
    """One request.

    Args:
        method: As sent, upper case by custom.
        path: The path as sent, percent-encoded, without the query.
        segments: The path split at its slashes and then decoded, so that an encoded slash stays inside its
            segment; ``/v2/a%2Fb/`` gives ``("v2", "a/b", "")``.
        query: The decoded parameters.
        headers: The header fields.
        body: The body, not yet received.
        peer: Who asks: an address, or ``unix``.
        is_tls: Whether the connection is encrypted.
        http_version: ``1.0`` or ``1.1``.
    """

    method: str
    path: str
    segments: tuple[str, ...]
    query: Query
    headers: Headers
    body: Body
    peer: str = ""
    is_tls: bool = False
    http_version: str = "1.1"
    state: dict[str, object] = field(default_factory=dict)
    """What one layer of an application leaves for the next: the authenticated user, for example."""


def parse_target(target: str) -> tuple[str, tuple[str, ...], Query]:
    """Parse a request target in origin form (RFC 9112 section 3.2.1).

    Args:
        target: As it stands in the request line.

    Returns:
        The encoded path, its decoded segments without the first empty one, and the query.

    Raises:
        InvalidValue: Another form, or percent-encoding that is not UTF-8 or hides control characters.

    Example:
        >>> parse_target("/v2/a%2Fb/tags/list?n=5")[1]
        ('v2', 'a/b', 'tags', 'list')
    """
    path, _, query = target.partition("?")
    if not path.startswith("/") or "#" in target:
        raise InvalidValue("the request target is not a path")
    try:
        segments = tuple(unquote_to_bytes(segment).decode() for segment in path[1:].split("/"))
        parameters = Query(query)
    except ValueError:
        raise InvalidValue("the request target is not valid UTF-8, or has too many parameters") from None
    if any(not character.isprintable() for segment in segments for character in segment):
        raise InvalidValue("the request target contains control characters")
    return path, segments, parameters
