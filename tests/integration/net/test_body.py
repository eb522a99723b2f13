"""Answers as they come over a socket: whole, broken, too long, too large, in every framing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oci import errors
from oci.net.head import MAX_HEAD_BYTES, MAX_HEADERS
from tests.integration.net.raw_request import ask, read_all
from tests.integration.net.raw_server import OK, answering, sending

if TYPE_CHECKING:
    from oci.net.transport import SocketTransport
    from tests.integration.net.conftest import Serve
    from tests.integration.net.raw_server import Peer

BLOB = bytes(range(256)) * 8192  # 2 MiB


def test_a_body_of_known_length_arrives_whole(serve: Serve, transport: SocketTransport) -> None:
    server = serve(answering(b"HTTP/1.1 200 Fine\r\nContent-Length: %d\r\nX: y\r\n\r\n" % len(BLOB) + BLOB))
    answer = ask(transport, server.url)
    assert (answer.status, answer.reason, answer.headers["x"]) == (200, b"Fine", "y")
    assert read_all(answer.body) == BLOB
    assert answer.body.readinto(memoryview(bytearray(10))) == 0


def test_a_body_is_never_read_beyond_its_length(serve: Serve, transport: SocketTransport) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"helloHTTP/1.1 200 OK\r\n\r\nevil")
        peer.rest()

    server = serve(script, answering(OK))
    assert read_all(ask(transport, server.url).body) == b"hello"
    # What the peer said too much must not become the answer to the next request.
    assert read_all(ask(transport, server.url).body) == b"ok"
    assert server.connections == 2


def test_a_small_buffer_gets_the_same_bytes(serve: Serve, transport: SocketTransport) -> None:
    server = serve(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + BLOB[:1000]))
    assert read_all(ask(transport, server.url).body, size=7) == BLOB[:1000]


def test_a_short_body_is_broken_and_stays_broken(serve: Serve, transport: SocketTransport) -> None:
    server = serve(sending(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"))
    body = ask(transport, server.url).body
    with pytest.raises(errors.ConnectionBroken, match="5 bytes before the end") as caught:
        read_all(body)
    assert caught.value.host == f"localhost:{server.port}"
    with pytest.raises(errors.ConnectionBroken):
        body.readinto(memoryview(bytearray(10)))
    body.close()


def test_a_reset_in_the_middle_is_broken(serve: Serve, transport: SocketTransport) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
        server.wait_for("client has the beginning")
        peer.reset()

    server = serve(script)
    body = ask(transport, server.url).body
    assert body.readinto(memoryview(bytearray(10))) == 5
    server.places["client has the beginning"].set()
    with pytest.raises(errors.ConnectionBroken, match="reset"):
        body.readinto(memoryview(bytearray(10)))


def test_a_chunked_body_is_unwrapped(serve: Serve, transport: SocketTransport) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    server = serve(answering(head + b"5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nTrailer: x\r\n\r\n"))
    for _ in range(3):
        assert read_all(ask(transport, server.url).body, size=4) == b"hello world"
    assert server.connections == 1


@pytest.mark.parametrize("tail", [b"5\r\nhello\r\n", b"5\r\nhelloXX0\r\n\r\n", b"zz\r\nhello\r\n0\r\n\r\n"])
def test_malformed_chunks_are_broken(serve: Serve, transport: SocketTransport, tail: bytes) -> None:
    server = serve(sending(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + tail))
    with pytest.raises(errors.ConnectionBroken):
        read_all(ask(transport, server.url).body)


def test_a_body_may_end_with_the_connection(serve: Serve, transport: SocketTransport) -> None:
    server = serve(sending(b"HTTP/1.0 200 OK\r\n\r\n", BLOB))
    for _ in range(2):
        assert read_all(ask(transport, server.url).body) == BLOB
    assert server.connections == 2


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_answers_without_a_body(serve: Serve, transport: SocketTransport, head: bytes) -> None:
    server = serve(answering(head))
    for _ in range(2):
        answer = ask(transport, server.url)
        assert answer.status >= 200
        assert read_all(answer.body) == b""
    assert server.connections == 1


def test_an_answer_to_head_has_no_body_whatever_its_length_says(
    serve: Serve, transport: SocketTransport
) -> None:
    server = serve(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"))
    for _ in range(2):
        answer = ask(transport, server.url, "HEAD")
        assert answer.headers["content-length"] == "1000000"
        assert read_all(answer.body) == b""
    assert server.connections == 1


def test_both_framings_at_once_end_the_connection(serve: Serve, transport: SocketTransport) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    server = serve(answering(answer))
    for _ in range(2):
        assert read_all(ask(transport, server.url).body) == b"ok"
    assert server.connections == 2


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX y: z\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 999999 OK\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"220 mail.example ESMTP\r\n\r\n",
    ],
)
def test_what_is_not_http_is_broken(serve: Serve, transport: SocketTransport, head: bytes) -> None:
    server = serve(sending(head + b"hello"))
    with pytest.raises(errors.ConnectionBroken, match="does not speak HTTP"):
        ask(transport, server.url)


def test_a_tls_alert_on_a_plain_connection_is_explained(serve: Serve, transport: SocketTransport) -> None:
    server = serve(sending(b"\x15\x03\x01\x00\x02\x02\x46" + b"\r\n\r\n"))
    with pytest.raises(errors.ConnectionBroken) as caught:
        ask(transport, server.url)
    assert "https" in caught.value.hint


def test_an_answer_that_ends_in_its_head_is_broken(serve: Serve, transport: SocketTransport) -> None:
    server = serve(sending(b"HTTP/1.1 200 OK\r\nContent-"))
    with pytest.raises(errors.ConnectionBroken, match="in the middle of the head"):
        ask(transport, server.url)


def test_a_head_may_be_as_large_as_the_limit(serve: Serve, transport: SocketTransport) -> None:
    start, end = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: ", b"\r\n\r\n"
    filling = b"a" * (MAX_HEAD_BYTES - len(start) - len(end))
    server = serve(sending(start + filling + end))
    assert len(ask(transport, server.url).headers["x"]) == len(filling)


@pytest.mark.parametrize("piece", [b"X: " + b"a" * 1000 + b"\r\n", b"a" * 4096])
def test_a_head_without_end_is_refused(serve: Serve, transport: SocketTransport, piece: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            peer.send(piece)

    server = serve(script)
    with pytest.raises(errors.LimitExceeded) as caught:
        ask(transport, server.url)
    assert (caught.value.limit, caught.value.allowed) == ("head_bytes", MAX_HEAD_BYTES)


def test_headers_are_counted(serve: Serve, transport: SocketTransport) -> None:
    def answer(count: int) -> bytes:
        return b"HTTP/1.1 204 No Content\r\n" + b"X: y\r\n" * count + b"\r\n"

    server = serve(sending(answer(MAX_HEADERS)), sending(answer(MAX_HEADERS + 1)))
    assert len(ask(transport, server.url).headers.all("x")) == MAX_HEADERS
    with pytest.raises(errors.LimitExceeded) as caught:
        ask(transport, server.url)
    assert caught.value.limit == "headers"


def test_interim_answers_have_an_end(serve: Serve, transport: SocketTransport) -> None:
    server = serve(sending(b"HTTP/1.1 100 Continue\r\n\r\n" * 100))
    with pytest.raises(errors.ConnectionBroken):
        ask(transport, server.url)


def test_a_nearly_read_body_gives_its_connection_back(serve: Serve, transport: SocketTransport) -> None:
    server = serve(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + bytes(1000)))
    for _ in range(3):
        body = ask(transport, server.url).body
        assert body.readinto(memoryview(bytearray(10))) == 10
        body.close()
    assert server.connections == 1


def test_a_large_body_that_nobody_wants_ends_its_connection(serve: Serve, transport: SocketTransport) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BLOB) + BLOB
    server = serve(answering(answer))
    for _ in range(2):
        body = ask(transport, server.url).body
        assert body.readinto(memoryview(bytearray(10))) == 10
        body.close()
        body.close()
        with pytest.raises(ValueError, match="closed body"):
            body.readinto(memoryview(bytearray(10)))
    assert server.connections == 2


def test_a_body_that_does_not_come_is_not_waited_for(serve: Serve, transport: SocketTransport) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
        peer.rest()
        peer.reach("hung up on")

    server = serve(script)
    ask(transport, server.url).close()
    server.wait_for("hung up on")
