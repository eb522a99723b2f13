"""An upload that its caller writes and somebody else pulls: a thread stands between the two.

For transports that take a body as an iterator. The one of ours needs none of this, and copies nothing.
"""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

from .. import errors
from ..content.capture import Capture
from ..frozen import replace
from .message import EarlyAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .message import RawAnswer, RawRequest

__all__ = ["PulledUpload"]


class PulledUpload:
    """A `oci.net.message.RawUpload` over something that pulls.

    The thread tells its news: None when it wants a piece, else how it ended. It is given pieces, None for the
    end of the body, and an exception to give up.

    Args:
        request: The request; its own body is not looked at.
        send: Sends a request whose body is an iterator.
    """

    def __init__(self, request: RawRequest, send: Callable[[RawRequest], RawAnswer]) -> None:
        self._length = request.length
        self._sent = 0
        self._host = request.url.authority
        self._token = request.terms.token
        self._pieces: SimpleQueue[bytes | BaseException | None] = SimpleQueue()
        self._news: SimpleQueue[RawAnswer | BaseException | None] = SimpleQueue()
        self._over = False
        arguments = (replace(request, content=self._pulled()), send)
        threading.Thread(target=self._run, args=arguments, daemon=True, name="upload").start()

    def write(self, buffer: bytes | bytearray | memoryview) -> None:
        """Send a piece of the body, or rather a copy of it; as `oci.net.outgoing.Outgoing.write`."""
        if self._over:
            raise ValueError("write to a request that is over")
        self._sent += len(buffer)
        if self._length is not None and self._sent > self._length:
            raise self._mismatch(self._length)
        if not buffer:
            return
        answer = self._hear()
        if answer is not None:
            raise EarlyAnswer(answer, host=self._host)
        self._pieces.put(bytes(buffer))

    def finish(self) -> RawAnswer:
        """End the body and wait for the answer."""
        if self._length is not None and self._sent < self._length:
            raise self._mismatch(self._length)
        answer = self._hear()
        while answer is None:
            self._pieces.put(None)
            answer = self._hear()
        return answer

    def abort(self) -> None:
        """Give up; safe to call more than once, and after `finish`."""
        if not self._over:
            self._over = True
            self._pieces.put(errors.Cancelled())

    def _hear(self) -> RawAnswer | None:
        """Wait until the thread wants a piece, or has an answer."""
        with self._token.on_cancel(lambda: self._news.put(errors.Cancelled())):
            news = self._news.get()
        if isinstance(news, BaseException):
            self.abort()
            raise news
        self._over = news is not None
        return news

    def _mismatch(self, length: int) -> errors.SizeMismatch:
        self.abort()
        where = f"request to {self._host}"
        return errors.SizeMismatch(expected=length, actual=self._sent, where=where)

    def _pulled(self) -> Iterator[bytes]:
        while True:
            self._news.put(None)
            piece = self._pieces.get()
            if piece is None:
                return
            if isinstance(piece, BaseException):
                raise piece
            yield piece

    def _run(self, request: RawRequest, send: Callable[[RawRequest], RawAnswer]) -> None:
        with Capture() as captured:
            answer = send(request)
            self._news.put(answer)
            if self._over:
                answer.close()
        if captured.error is not None:
            self._news.put(captured.error)
