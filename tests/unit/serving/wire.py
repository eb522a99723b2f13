"""A client that sends exactly the bytes it is told to: what browsers and libraries never send."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from oci.serving import Running


@dataclass(frozen=True)
class Answer:
    status: int
    fields: dict[str, str]
    body: bytes


class Wire:
    """One connection; reads answers whose length is stated, or to the end of the connection."""

    def __init__(self, server: Running) -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=60)
        self._file = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def line(self) -> bytes:
        return self._file.readline()

    def read(self, count: int = -1) -> bytes:
        return self._file.read(count)

    def answer(self, *, to_head: bool = False) -> Answer:
        status = int(self._file.readline().split()[1])
        fields: dict[str, str] = {}
        while (line := self._file.readline().strip()) != b"":
            name, _, value = line.decode().partition(": ")
            fields[name] = value
        length = fields.get("Content-Length")
        if to_head:
            return Answer(status, fields, b"")
        return Answer(status, fields, self._file.read() if length is None else self._file.read(int(length)))

    def ask(self, data: bytes) -> Answer:
        self.send(data)
        return self.answer()


def get(path: str = "/", *fields: str) -> bytes:
    """The bytes of a GET."""
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *fields, "", ""]).encode()
