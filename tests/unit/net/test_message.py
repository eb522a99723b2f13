"""How a request is framed: by what its fields say, or by its body; never in two ways at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oci.errors import InvalidValue
from oci.net.header import Headers
from oci.net.message import RawRequest
from oci.net.terms import Terms
from oci.net.url import Url

if TYPE_CHECKING:
    from collections.abc import Iterable

HOST = (b"Host", b"registry.example:5000")


def request(method: str, content: bytes | Iterable[bytes] = b"", **headers: str) -> RawRequest:
    fields = Headers((name.replace("_", "-"), value) for name, value in headers.items())
    return RawRequest(method, Url.parse("http://registry.example:5000/v2/"), Terms(), fields, content)


@pytest.mark.parametrize(
    ("sent", "fields", "length"),
    [
        (request("GET"), [], 0),
        (request("HEAD"), [], 0),
        (request("DELETE"), [], 0),
        (request("POST"), [(b"Content-Length", b"0")], 0),
        (request("PUT", b"abc"), [(b"Content-Length", b"3")], 3),
        (request("GET", b"abc"), [(b"Content-Length", b"3")], 3),
        (request("PUT", iter([b"abc"])), [(b"Transfer-Encoding", b"chunked")], None),
        (request("PUT", iter([b"abc"]), content_length="3"), [(b"content-length", b"3")], 3),
        (request("PATCH", Transfer_Encoding="chunked"), [(b"Transfer-Encoding", b"chunked")], None),
    ],
)
def test_the_body_is_framed_once(
    sent: RawRequest, fields: list[tuple[bytes, bytes]], length: int | None
) -> None:
    assert sent.fields() == [HOST, *fields]
    assert sent.length == length


def test_a_host_that_is_given_is_kept() -> None:
    assert request("GET", Host="other").fields() == [(b"Host", b"other")]


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Length": "3", "Transfer_Encoding": "chunked"},
        {"Transfer_Encoding": "gzip"},
        {"Content_Length": "+3"},
        {"Content_Length": "-1"},
        {"Content_Length": "3, 3"},
        {"Content_Length": ""},
    ],
)
def test_what_would_be_read_in_two_ways_is_not_sent(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidValue):
        assert request("PUT", b"", **headers).length
