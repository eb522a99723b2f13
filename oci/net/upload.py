"""An upload: the caller writes the body piece by piece, and gets an `Answer`, at the end or earlier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from .. import errors
from ..content.limits import Limits
from .answer import read_answer
from .message import EarlyAnswer

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from .answer import Answer
    from .message import RawAnswer, RawUpload

__all__ = ["AnsweredEarly", "Upload"]


class AnsweredEarly(errors.TransportError):
    """The peer has answered before it had the whole body: a refusal mostly, or a redirect.

    Args:
        answer: What it said.
        host: The peer, as ``host[:port]``.
    """

    def __init__(self, answer: Answer, *, host: str) -> None:
        super().__init__(f"{host}: answered {answer.status} before it had the whole body", host=host)
        self.answer = answer


class Upload:
    """A request whose body is being written; a context manager that gives up what was not finished.

    Made by `oci.net.client.Client.upload`.

    Args:
        outgoing: The request.
        url: Its URL.
        heard: Called once with the answer, before its body is read.
    """

    def __init__(self, outgoing: RawUpload, url: str, heard: Callable[[RawAnswer], None]) -> None:
        self._outgoing = outgoing
        self._url = url
        self._heard = heard

    def write(self, buffer: bytes | bytearray | memoryview) -> None:
        """Send a piece of the body, uncopied; returns when the buffer may be used for something else.

        Raises:
            AnsweredEarly: The peer has answered already; nothing more can be written.
            SizeMismatch: More than the announced size.
            ConnectionBroken: The peer hung up without an answer.
            Stalled: It took nothing for as long as the idle limit.
            Cancelled: The request was cancelled.
        """
        try:
            self._outgoing.write(buffer)
        except EarlyAnswer as early:
            raise AnsweredEarly(self._read(early.answer), host=early.host) from early

    def finish(self) -> Answer:
        """End the body and wait for the answer, whatever its status.

        Raises:
            SizeMismatch: Less than the announced size was written.
            LimitExceeded: The answer is too large.
            ConnectionBroken: The peer hung up without an answer, or does not speak HTTP.
            Stalled: It took too long.
            Cancelled: The request was cancelled.
        """
        return self._read(self._outgoing.finish())

    def abort(self) -> None:
        """Give up, unless it is finished; safe to call more than once."""
        self._outgoing.abort()

    def _read(self, raw: RawAnswer) -> Answer:
        self._heard(raw)
        limit_bytes = Limits().answer_bytes
        return read_answer(raw, self._url, limit_bytes=limit_bytes, limit_name="answer_bytes")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()
