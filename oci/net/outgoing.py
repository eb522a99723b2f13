"""A request on its way out: head, body from the caller's buffers, then the answer.

The peer may answer before it has the whole body (401, 413, 429, a redirect), and often hangs up right
after it. So the sender looks for an answer from time to time, and while it waits for the peer to take
more, and, when the connection breaks, once more in what had arrived by then: the answer says why, a reset
does not.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from .. import errors
from .message import EarlyAnswer

if TYPE_CHECKING:
    from collections.abc import Callable

    from .connection import Connection
    from .head import Dialogue, Head
    from .message import RawAnswer

__all__ = ["JOIN_BYTES", "LAST_WORDS_S", "Outgoing"]

JOIN_BYTES: Final = 64 * 1024
"""A first piece of up to this size is copied behind the head, so that both leave in one packet."""
LAST_WORDS_S: Final = 1.0
"""How long an answer may take to arrive after the connection broke while sending, in seconds."""

LOOK_S: Final = 0.05
"""How long a peer that takes everything may have answered unheard, in seconds.

A look is a system call that mostly finds nothing, and costs the interpreter's lock twice: one for each piece
of a MiB was a twentieth of the CPU of a copy."""

_RECEIVE_BYTES: Final = 16 * 1024


class Outgoing:
    """A request whose body the caller writes; made by `oci.net.transport.SocketTransport.begin`.

    Args:
        connection: What it goes over.
        head: The request's head as h11 wrote it, not sent yet.
        dialogue: What wrote it, and will read the answer.
        length: Bytes of the body; None to send it in chunks.
        answer_s: How long the answer may take to begin, in seconds.
        clock: Tells the time in seconds.
    """

    def __init__(
        self,
        connection: Connection,
        head: bytes,
        dialogue: Dialogue,
        *,
        length: int | None,
        answer_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._channel = connection.channel
        self._dialogue = dialogue
        self._waiting = head  # written together with what comes next
        self._length = length
        self._sent = 0
        self._answer_s = answer_s
        self._clock = clock
        self._look_at = clock() + LOOK_S
        self._over = False

    @property
    def answered(self) -> bool:
        """Whether the peer has sent anything."""
        return self._dialogue.answered

    def write(self, buffer: bytes | bytearray | memoryview) -> None:
        """Send a piece of the body; returns when the kernel has taken it, without copying it.

        Args:
            buffer: The bytes; free for other use afterwards. A MiB at once is a good size.

        Raises:
            EarlyAnswer: The peer has answered already; nothing more can be written.
            SizeMismatch: More than the announced length.
            ConnectionBroken: The peer hung up without an answer.
            Stalled: It took nothing for as long as the idle limit.
            Cancelled: The request was cancelled.
        """
        content = memoryview(buffer).cast("B")
        if not content:
            return
        self._count(len(content))
        start = self._waiting
        if self._length is None:
            start, self._waiting = start + b"%x\r\n" % len(content), b"\r\n"
        else:
            self._waiting = b""
        if start and len(content) <= JOIN_BYTES:
            self._send(memoryview(start + content))
            return
        if start:
            self._send(memoryview(start))
        self._send(content)

    def finish(self) -> RawAnswer:
        """End the body and wait for the answer.

        Raises:
            SizeMismatch: Less than the announced length was written.
            LimitExceeded: The head of the answer is too large.
            ConnectionBroken: The peer hung up without an answer, or does not speak HTTP.
            Stalled: It took too long to answer.
            Cancelled: The request was cancelled.
        """
        if self._length is not None and self._sent < self._length:
            self.abort()
            raise errors.SizeMismatch(
                expected=self._length, actual=self._sent, where=f"request to {self._channel.host}"
            )
        rest = self._waiting + (b"0\r\n\r\n" if self._length is None else b"")
        self._waiting = b""
        try:
            self._send(memoryview(rest))
        except EarlyAnswer as early:
            return early.answer
        try:
            head = self._answer(self._answer_s)
        except BaseException:
            self.abort()
            raise
        self._over = True
        return self._connection.respond(self._dialogue, head, complete=True)

    def abort(self) -> None:
        """Give up and close the connection; safe to call more than once, and after `finish`."""
        if not self._over:
            self._over = True
            self._connection.settle(reusable=False)

    def _count(self, size: int) -> None:
        if self._over:
            raise ValueError("write to a request that is over")
        self._sent += size
        if self._length is not None and self._sent > self._length:
            self.abort()
            raise errors.SizeMismatch(
                expected=self._length, actual=self._sent, where=f"request to {self._channel.host}"
            )

    def _send(self, content: memoryview) -> None:
        try:
            head = self._pump(content)
        except BaseException:
            self.abort()
            raise
        if head is not None:
            self._over = True
            answer = self._connection.respond(self._dialogue, head, complete=False)
            raise EarlyAnswer(answer, host=self._channel.host)

    def _pump(self, content: memoryview) -> Head | None:
        """Send until all is sent, or the head of an answer has come."""
        try:
            is_answered = False
            while content:
                if (is_answered or self._may_look()) and (head := self._heard()) is not None:
                    return head
                content = content[self._channel.send_some(content) :]
                if content:
                    is_answered = self._channel.wait(read=True, write=True)
        except errors.ConnectionBroken:
            head = self._last_words()
            if head is None:
                raise
            return head
        return None

    def _may_look(self) -> bool:
        """Tell from time to time that one should see whether a peer that takes everything has answered."""
        now = self._clock()
        if now < self._look_at:
            return False
        self._look_at = now + LOOK_S
        return True

    def _heard(self) -> Head | None:
        received = self._channel.receive_now(_RECEIVE_BYTES)
        return None if received is None else self._dialogue.feed(received)

    def _answer(self, limit_s: float) -> Head:
        """Wait for the head of the answer; the limit is on each pause, before the first byte and after it."""
        while True:
            if (head := self._heard()) is not None:
                return head
            self._channel.wait(read=True, write=False, limit_s=limit_s)

    def _last_words(self) -> Head | None:
        # A TLS alert is an answer too, and says more than the failure to send: it is let through.
        try:
            return self._answer(LAST_WORDS_S)
        except (errors.ConnectionBroken, errors.Stalled, errors.LimitExceeded):
            return None
