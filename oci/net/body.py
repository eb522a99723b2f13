"""Bodies of answers: read into the caller's buffer, never beyond their end.

A body of a known length takes the bytes straight from the channel. A body that was read to its end gives its
connection back at once; one that is closed early does so if little is left, and ends the connection
otherwise. A body that broke stays broken: reading on raises again and is never taken for the end.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final, Protocol

from .. import errors

if TYPE_CHECKING:
    from .channel import Channel
    from .head import Dialogue, Head

__all__ = ["DRAIN_BYTES", "DRAIN_S", "Body", "Carrier", "LengthBody", "StreamedBody", "body_of"]

DRAIN_BYTES: Final = 64 * 1024
"""Bytes that are read away to save a connection whose body nobody wants."""
DRAIN_S: Final = 0.25
"""How long that may take, in seconds."""

_PIECE_BYTES: Final = 64 * 1024


class Carrier(Protocol):
    """What a body needs of its connection."""

    channel: Channel

    def settle(self, *, reusable: bool) -> None:
        """End the request."""


class Body(ABC):
    """The body of one answer; a `oci.content.ByteStream`.

    Args:
        connection: Where it comes from.
        reusable: Whether the connection may serve another request after this body's end.
    """

    def __init__(self, connection: Carrier, *, reusable: bool) -> None:
        self._connection = connection
        self._channel = connection.channel
        self._reusable = reusable
        self._state = "open"

    def readinto(self, buffer: memoryview, /) -> int:
        """Wait for some bytes and put them into the caller's buffer.

        Args:
            buffer: Where to; a MiB at once is a good size for large bodies.

        Returns:
            How many; 0 at the end of the body, or if the buffer has no room.

        Raises:
            ConnectionBroken: The body ended early, or the connection did.
            Stalled: Nothing came for as long as the idle limit.
            Cancelled: The request was cancelled.
        """
        if self._state == "broken":
            host = self._channel.host
            raise errors.ConnectionBroken(f"{host}: the body broke off before", host=host)
        if self._state == "closed":
            raise ValueError("read of a closed body")
        if self._state == "ended" or not buffer:
            return 0
        try:
            return self._read(buffer)
        except BaseException:
            self._settle("broken")
            raise

    def close(self) -> None:
        """Let go of the connection; safe to call more than once."""
        if self._state == "open":
            self._drain()
        if self._state != "ended":
            self._settle("closed")

    @abstractmethod
    def _read(self, view: memoryview) -> int:
        """Read at least one byte, or settle as ended and return 0."""

    @abstractmethod
    def _is_worth_draining(self) -> bool:
        """Whether little enough may be left."""

    def _drain(self) -> None:
        if not self._reusable or self._channel.cancelled or not self._is_worth_draining():
            return
        self._channel.idle_s = DRAIN_S
        until = time.monotonic() + DRAIN_S
        left = DRAIN_BYTES
        scratch = memoryview(bytearray(DRAIN_BYTES))
        try:
            while self._state == "open" and left > 0 and time.monotonic() < until:
                left -= self._read(scratch)
        except errors.OciError:
            return

    def _settle(self, state: str) -> None:
        was_open, self._state = self._state == "open", state
        if was_open:
            self._connection.settle(reusable=self._reusable and state == "ended")


class LengthBody(Body):
    """A body whose length was announced.

    Args:
        connection: Where it comes from.
        length: Its length in bytes.
        rest: Bytes of it that came together with the head.
        reusable: Whether the connection may serve another request after this body's end.
    """

    def __init__(self, connection: Carrier, length: int, rest: bytes, *, reusable: bool) -> None:
        # More than the body can hold: what comes after it nobody asked for.
        super().__init__(connection, reusable=reusable and len(rest) <= length)
        self._left = length
        self._rest = memoryview(rest)[:length]
        if length == 0:
            self._settle("ended")

    def _read(self, view: memoryview) -> int:
        if len(view) > self._left:
            view = view[: self._left]
        if self._rest:
            count = min(len(view), len(self._rest))
            view[:count] = self._rest[:count]
            self._rest = self._rest[count:]
        else:
            count = self._channel.receive_into(view)
        if count == 0:
            host = self._channel.host
            raise errors.ConnectionBroken(
                f"{host}: closed the connection {self._left} bytes before the end of the body", host=host
            )
        self._left -= count
        if self._left == 0:
            self._settle("ended")
        return count

    def _is_worth_draining(self) -> bool:
        return self._left <= DRAIN_BYTES


class StreamedBody(Body):
    """A body that comes in chunks, or ends with the connection; meant for small documents.

    Args:
        connection: Where it comes from.
        dialogue: What unwraps it.
        chunked: Whether it comes in chunks.
        reusable: Whether the connection may serve another request after this body's end.
    """

    def __init__(self, connection: Carrier, dialogue: Dialogue, *, chunked: bool, reusable: bool) -> None:
        super().__init__(connection, reusable=reusable and chunked)
        self._dialogue = dialogue
        self._piece = memoryview(b"")

    def _read(self, view: memoryview) -> int:
        while not self._piece:
            piece = self._dialogue.next_piece()
            if piece is None:
                self._dialogue.feed_body(self._channel.receive(_PIECE_BYTES))
            elif piece:
                self._piece = memoryview(piece)
            else:
                self._reusable = self._reusable and not self._dialogue.has_rest()
                self._settle("ended")
                return 0
        count = min(len(view), len(self._piece))
        view[:count] = self._piece[:count]
        self._piece = self._piece[count:]
        return count

    def _is_worth_draining(self) -> bool:
        return True


def body_of(connection: Carrier, dialogue: Dialogue, head: Head, *, complete: bool) -> Body:
    """Make the body that follows a head.

    Args:
        connection: Where it comes from.
        dialogue: The dialogue that read the head.
        head: The head.
        complete: Whether the request itself was sent to its end; otherwise the connection is of no more use.
    """
    reusable = head.keep_alive and complete
    if head.length is not None:
        return LengthBody(connection, head.length, dialogue.take_rest(), reusable=reusable)
    return StreamedBody(connection, dialogue, chunked=head.chunked, reusable=reusable)
