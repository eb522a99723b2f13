"""Requests straight to a transport, and the bodies of their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oci.net.header import Headers
from oci.net.message import RawRequest
from oci.net.terms import Terms
from oci.net.url import Url

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oci.content import ByteStream
    from oci.net.message import RawAnswer, Transport


def request(
    method: str,
    url: str,
    *,
    terms: Terms | None = None,
    headers: dict[str, str] | None = None,
    content: bytes | Iterable[bytes] = b"",
) -> RawRequest:
    fields = Headers((headers or {}).items())
    return RawRequest(method, Url.parse(url), terms or Terms(), fields, content)


def ask(transport: Transport, url: str, method: str = "GET", *, terms: Terms | None = None) -> RawAnswer:
    return transport.send(request(method, url, terms=terms))


def read(answer: RawAnswer) -> bytes:
    """Read the body of an answer, and close it."""
    with answer:
        return read_all(answer.body)


def read_all(body: ByteStream, size: int = 1 << 20) -> bytes:
    buffer, content = memoryview(bytearray(size)), b""
    while count := body.readinto(buffer):
        content += buffer[:count]
    return content
