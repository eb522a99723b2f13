"""A client of the image proxy's protocol, ours or skopeo's, over the real socket."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

PACKET_BYTES = 32 * 1024
TIMEOUT_S = 60


class ProxyFailure(Exception):
    """The proxy says that a call failed."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Answered:
    """What a call returned: a value, and the ends of pipes for the caller to read and close."""

    def __init__(self, value: object, pipe: int, descriptors: list[int]) -> None:
        self.value = value
        self.pipe = pipe
        self.descriptors = descriptors


class ProxyClient:
    """Starts a proxy and speaks to it; ends it at the end of its context.

    Args:
        command: The program and its arguments; the socket is its standard input.
        env: Its environment, or None for ours.
    """

    def __init__(self, command: Sequence[object], *, env: Mapping[str, str] | None = None) -> None:
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(TIMEOUT_S)
        with theirs:
            self.process = subprocess.Popen(
                [str(word) for word in command], stdin=theirs.fileno(), stderr=subprocess.PIPE, env=env
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()
        if kind is not None:
            self.process.kill()
        self.process.wait(TIMEOUT_S)
        assert self.process.stderr is not None
        self.process.stderr.close()

    def send(self, method: str, *arguments: object) -> None:
        """Send a request."""
        self.send_packet(json.dumps({"method": method, "args": arguments}).encode())

    def send_packet(self, packet: bytes) -> None:
        """Send any bytes as a packet."""
        self.socket.send(packet)

    def receive(self) -> Answered:
        """Wait for a reply."""
        packet, descriptors, _, _ = socket.recv_fds(self.socket, PACKET_BYTES, 8)
        reply = json.loads(packet)
        if not reply["success"]:
            assert not descriptors
            assert (reply["value"], reply["pipeid"]) == (None, 0)
            raise ProxyFailure(reply.get("error_code", ""), reply["error"])
        assert reply["error"] == ""
        assert reply.get("error_code", "") == ""
        return Answered(reply["value"], reply["pipeid"], descriptors)

    def call(self, method: str, *arguments: object) -> Answered:
        """Send a request and wait for its reply."""
        self.send(method, *arguments)
        return self.receive()

    def value(self, method: str, *arguments: object) -> object:
        """Call a method that sends nothing but a value."""
        answered = self.call(method, *arguments)
        assert (answered.pipe, answered.descriptors) == (0, [])
        return answered.value

    def content(self, method: str, *arguments: object) -> tuple[object, bytes]:
        """Call a method that sends a pipe; read it while FinishPipe waits, as the real clients do."""
        answered = self.call(method, *arguments)
        (descriptor,) = answered.descriptors
        assert answered.pipe > 0
        content = Reading(descriptor)
        self.value("FinishPipe", answered.pipe)
        return answered.value, content.result()

    def raw_blob(self, image: object, digest: object) -> tuple[object, bytes, bytes]:
        """Call GetRawBlob; return the size, the content, and what came through the second pipe."""
        answered = self.call("GetRawBlob", image, str(digest))
        assert answered.pipe == 0
        content, report = (Reading(descriptor) for descriptor in answered.descriptors)
        return answered.value, content.result(), report.result()

    def shut_down(self) -> tuple[int, str]:
        """Say that it is enough; return the exit code and what was said on stderr."""
        self.send("Shutdown")
        self.socket.close()
        code = self.process.wait(TIMEOUT_S)
        assert self.process.stderr is not None
        return code, self.process.stderr.read().decode()


class Reading:
    """Reads a pipe to its end in a thread of its own."""

    def __init__(self, descriptor: int) -> None:
        self._content = b""
        self._thread = threading.Thread(target=self._run, args=(descriptor,), daemon=True)
        self._thread.start()

    def result(self) -> bytes:
        """Wait for the end, and return all of it."""
        self._thread.join(TIMEOUT_S)
        assert not self._thread.is_alive()
        return self._content

    def _run(self, descriptor: int) -> None:
        with os.fdopen(descriptor, "rb") as stream:
            self._content = stream.read()
