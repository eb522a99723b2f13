"""The sending half of a connection: bytes and file regions out, with back-pressure and a stall limit."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from ..errors import ConnectionBroken, Stalled

if TYPE_CHECKING:
    import socket

    from .region import FileRegion

__all__ = ["Outlet"]

_SENDFILE_BYTES = 4 * 1024 * 1024
_COPY_BYTES = 256 * 1024
_WRITE_BUFFER_BYTES = 256 * 1024


class Outlet:
    """Sends on a transport.

    Args:
        transport: The connection.
        peer: The peer's name, for errors.
        stall_timeout_s: How long the peer may take nothing.
    """

    def __init__(self, transport: asyncio.Transport, *, peer: str, stall_timeout_s: float) -> None:
        self._transport = transport
        self._peer = peer
        self._stall_timeout_s = stall_timeout_s
        self._writable = asyncio.Event()
        self._writable.set()
        self._is_lost = False
        self.sent_bytes = 0
        transport.set_write_buffer_limits(high=_WRITE_BUFFER_BYTES)

    # ── called by the protocol ────────────────────────────────────────────────────────────────────

    def pause(self) -> None:
        """Take note that the transport's buffer is full."""
        self._writable.clear()

    def resume(self) -> None:
        """Take note that the transport's buffer has room again."""
        self._writable.set()

    def lose(self) -> None:
        """Take note that the connection is gone."""
        self._is_lost = True
        self._writable.set()

    # ── called by the connection's task ───────────────────────────────────────────────────────────

    def write(self, data: bytes | memoryview) -> None:
        """Send without waiting; for what is small, or followed by `drain`."""
        self._check_lost()
        self.sent_bytes += len(data)
        self._transport.write(data)

    async def send(self, data: bytes | memoryview) -> None:
        """Send and wait until the transport's buffer has room.

        Raises:
            ConnectionBroken: The peer is gone.
            Stalled: The peer takes nothing.
        """
        self.write(data)
        await self.drain()

    async def drain(self) -> None:
        """Wait until the transport's buffer has room.

        Raises:
            ConnectionBroken: The peer is gone.
            Stalled: The peer takes nothing.
        """
        while not self._writable.is_set():
            before = self._transport.get_write_buffer_size()
            try:
                async with asyncio.timeout(self._stall_timeout_s):
                    await self._writable.wait()
            except TimeoutError:
                if self._transport.get_write_buffer_size() >= before:
                    raise self._stalled() from None
        self._check_lost()

    async def send_region(self, region: FileRegion, *, head: bytes = b"") -> None:
        """Send part of a file; by ``sendfile`` on a plain socket.

        Args:
            region: What to send; the file stays open.
            head: What to send before it, in one packet with it where it is small.

        Raises:
            ConnectionBroken: The peer is gone, or the file is shorter than it was.
            Stalled: The peer takes nothing.
        """
        if region.length <= _COPY_BYTES or self._transport.get_extra_info("sslcontext") is not None:
            await self._copy_region(region, head)
        else:
            self.write(head)
            await self._flush()
            await self._sendfile(region)

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    async def _copy_region(self, region: FileRegion, head: bytes) -> None:
        descriptor, offset, end = region.file.fileno(), region.offset, region.offset + region.length
        while offset < end:
            data = os.pread(descriptor, min(_COPY_BYTES, end - offset), offset)
            if not data:
                raise self._truncated()
            offset += len(data)
            await self.send(head + data)
            head = b""
            if offset < end:
                await asyncio.sleep(0)
        if head:
            await self.send(head)

    async def _flush(self) -> None:
        self._transport.set_write_buffer_limits(high=0)
        try:
            await self.drain()
        finally:
            self._transport.set_write_buffer_limits(high=_WRITE_BUFFER_BYTES)

    async def _sendfile(self, region: FileRegion) -> None:
        # A duplicate, because the event loop lets nobody else watch a transport's own descriptor.
        own: socket.socket = self._transport.get_extra_info("socket")
        target = os.dup(own.fileno())
        try:
            offset, end = region.offset, region.offset + region.length
            while offset < end:
                self._check_lost()
                try:
                    sent = os.sendfile(
                        target, region.file.fileno(), offset, min(_SENDFILE_BYTES, end - offset)
                    )
                except BlockingIOError:
                    await self._wait_writable(target)
                    continue
                except OSError as error:
                    raise self._broken() from error
                if sent == 0:
                    raise self._truncated()
                offset += sent
                self.sent_bytes += sent
                await asyncio.sleep(0)
        finally:
            os.close(target)

    async def _wait_writable(self, descriptor: int) -> None:
        loop = asyncio.get_running_loop()
        writable: asyncio.Future[None] = loop.create_future()
        loop.add_writer(descriptor, _settle, writable)
        try:
            async with asyncio.timeout(self._stall_timeout_s):
                await writable
        except TimeoutError:
            raise self._stalled() from None
        finally:
            loop.remove_writer(descriptor)

    def _check_lost(self) -> None:
        if self._is_lost or self._transport.is_closing():
            raise self._broken()

    def _broken(self) -> ConnectionBroken:
        return ConnectionBroken(f"{self._peer} closed the connection", host=self._peer)

    def _stalled(self) -> Stalled:
        return Stalled(f"{self._peer} took nothing for {self._stall_timeout_s:g} s", host=self._peer)

    def _truncated(self) -> ConnectionBroken:
        return ConnectionBroken("a file became shorter while it was sent", host=self._peer)


def _settle(future: asyncio.Future[None]) -> None:
    # The event loop may report the same readiness once more before it is told to stop.
    if not future.done():
        future.set_result(None)
