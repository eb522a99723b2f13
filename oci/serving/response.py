"""What an application answers: a head, and a body of one of four kinds.

========================  ==============================================================================
``bytes``                 sent with the head, in one write
`FileRegion`              part of a file, sent by the kernel where it can (``sendfile``); closed afterwards
an async iterator         streamed, chunked unless the headers name a length
`Takeover`                the connection itself is handed over once the head is sent (101, hijacked streams)
========================  ==============================================================================
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, Awaitable, Callable
from typing import TYPE_CHECKING

from ..frozen import field, frozen
from .header import Headers
from .region import FileRegion
from .request import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .stream import RawStream

__all__ = ["Application", "Response", "Takeover", "json_response", "text_response"]

Application = Callable[[Request], Awaitable["Response"]]
"""Answers requests; what servers serve and guards wrap."""


@frozen
class Takeover:
    """Hands over the connection: nothing of HTTP follows the head, which goes out exactly as given.

    Args:
        run: Speaks on the raw stream; the connection is closed when it returns.
        sends_head: False where not even the head shall be sent.
    """

    run: Callable[[RawStream], Awaitable[None]]
    sends_head: bool = True


@frozen
class Response:
    """One answer.

    Args:
        status: The status code.
        headers: Fields; ``Content-Length`` is added where it follows from the body.
        body: See the module's table. For HEAD, give the body that GET would have: only its length is used.
    """

    status: int
    headers: Headers = field(default_factory=Headers)
    body: bytes | FileRegion | AsyncIterable[bytes] | Takeover = b""

    def close(self) -> None:
        """Release what the body holds, when it will not be sent."""
        if isinstance(self.body, FileRegion):
            self.body.file.close()


def text_response(status: int, text: str) -> Response:
    """Answer with a line of plain text.

    Args:
        status: The status code.
        text: The text; a newline is added.

    Returns:
        The response.
    """
    headers = Headers([("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff")])
    return Response(status, headers, f"{text}\n".encode())


def json_response(
    status: int,
    document: object,
    *,
    headers: Mapping[str, str] | None = None,
    media_type: str = "application/json",
) -> Response:
    """Answer with a JSON document.

    Args:
        status: The status code.
        document: Anything `json.dumps` takes.
        headers: Further fields.
        media_type: The ``Content-Type``.

    Returns:
        The response.
    """
    fields = [("Content-Type", media_type), *(headers or {}).items()]
    return Response(status, Headers(fields), json.dumps(document, ensure_ascii=False).encode())
