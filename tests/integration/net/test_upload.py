"""Bodies on their way out: from the caller's buffers, with an ear for what the peer says meanwhile."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from oci import errors
from oci.net.message import EarlyAnswer
from oci.net.outgoing import LOOK_S
from oci.net.terms import Terms
from oci.net.tls_choice import TlsChoice
from oci.net.transport import SocketTransport
from tests.integration.net.raw_request import ask, read, request
from tests.integration.net.raw_server import OK, answering

if TYPE_CHECKING:
    from oci.net.outgoing import Outgoing
    from tests.integration.net.certificate import Authority
    from tests.integration.net.conftest import Serve
    from tests.integration.net.raw_server import Peer

MIB = 1 << 20
TOO_LARGE = b"HTTP/1.1 413 Too Large\r\nContent-Length: 9\r\n\r\ntoo large"


def begin(transport: SocketTransport, url: str, size: int | None) -> Outgoing:
    headers = {"transfer-encoding": "chunked"} if size is None else {"content-length": str(size)}
    terms = Terms(tls=TlsChoice(verify=False))
    return transport.begin(request("PATCH", url, headers=headers, terms=terms))


def write_all(outgoing: Outgoing, content: bytes, step: int = MIB) -> None:
    view = memoryview(content)
    for start in range(0, len(content), step):
        outgoing.write(view[start : start + step])


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("size", [0, 1, 100_000, 5 * MIB + 3])
def test_a_body_of_known_length_arrives_whole(
    serve: Serve, transport: SocketTransport, authority: Authority, size: int, secure: bool
) -> None:
    content = os.urandom(size)

    def script(peer: Peer) -> None:
        while head := peer.head():
            assert b"transfer-encoding" not in head.lower()
            digest = hashlib.sha256(peer.body(size)).hexdigest().encode()
            peer.send(b"HTTP/1.1 201 Created\r\nContent-Length: 64\r\n\r\n" + digest)

    server = serve(script, tls=authority.server() if secure else None)
    for _ in range(2):
        outgoing = begin(transport, server.url, size)
        write_all(outgoing, content)
        assert read(outgoing.finish()) == hashlib.sha256(content).hexdigest().encode()
    assert server.connections == 1


def test_a_body_of_unknown_length_goes_out_in_chunks(serve: Serve, transport: SocketTransport) -> None:
    content = os.urandom(3 * MIB + 7)
    seen: list[bytes] = []

    def script(peer: Peer) -> None:
        for _ in range(2):
            assert b"transfer-encoding: chunked" in peer.head().lower()
            while True:
                size = b""
                while not size.endswith(b"\r\n"):
                    size += peer.body(1)
                chunk = peer.body(int(size, 16) + 2)
                assert chunk.endswith(b"\r\n")
                if len(chunk) == 2:
                    break
                seen.append(chunk[:-2])
            peer.send(OK)

    server = serve(script)
    for _ in range(2):
        outgoing = begin(transport, server.url, None)
        write_all(outgoing, content)
        outgoing.write(b"")
        assert read(outgoing.finish()) == b"ok"
    assert b"".join(seen) == content * 2
    assert server.connections == 1


def test_a_body_may_come_as_an_iterator(serve: Serve, transport: SocketTransport) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        assert peer.body(6) == b"abcdef"
        peer.send(OK)

    server = serve(script)
    headers = {"content-length": "6"}
    put = request("PUT", server.url, content=iter([b"abc", b"", b"def"]), headers=headers)
    assert read(transport.send(put)) == b"ok"


def test_a_refusal_in_the_middle_is_heard_while_the_peer_takes_nothing(
    serve: Serve, transport: SocketTransport
) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.body(MIB)
        peer.send(TOO_LARGE)
        peer.hold()

    server = serve(script)
    outgoing = begin(transport, server.url, 1024 * MIB)
    with pytest.raises(EarlyAnswer) as caught:
        while True:
            outgoing.write(bytes(MIB))
    answer = caught.value.answer
    assert (answer.status, read(answer)) == (413, b"too large")


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("size", [None, MIB])
def test_a_refusal_in_the_middle_is_heard_while_the_peer_reads_on(
    serve: Serve, authority: Authority, size: int | None, secure: bool
) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(TOO_LARGE)
        peer.reach("answered")
        peer.rest()

    server, clock = serve(script, tls=authority.server() if secure else None), Clock()
    transport = SocketTransport(clock=clock)
    outgoing = begin(transport, server.url, size)
    outgoing.write(b"x")
    server.wait_for("answered")
    for _ in range(3):
        outgoing.write(b"x")  # all of it is taken, and it is not time to look
    clock.now += LOOK_S
    with pytest.raises(EarlyAnswer) as caught:
        outgoing.write(b"x")
    assert caught.value.answer.status == 413
    caught.value.answer.close()
    transport.close()


def test_a_refusal_that_is_followed_by_a_reset_is_heard(serve: Serve, transport: SocketTransport) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n")
        # Closing with unread bytes in the receive buffer makes the kernel send a reset.

    server = serve(script)
    outgoing = begin(transport, server.url, 256 * MIB)
    with pytest.raises(EarlyAnswer) as caught:
        write_all(outgoing, bytes(256 * MIB))
    assert caught.value.answer.headers["www-authenticate"] == "Basic"
    assert read(caught.value.answer) == b""


def test_an_early_answer_ends_the_connection(serve: Serve, transport: SocketTransport) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(TOO_LARGE)
        peer.hold()

    server = serve(script, answering(OK))
    with pytest.raises(EarlyAnswer) as caught:
        write_all(begin(transport, server.url, 64 * MIB), bytes(64 * MIB))
    read(caught.value.answer)
    assert read(ask(transport, server.url)) == b"ok"
    assert server.connections == 2


def test_an_ordinary_request_gets_the_early_answer(serve: Serve, transport: SocketTransport) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(TOO_LARGE)
        peer.hold()

    server = serve(script)
    put = request("PUT", server.url, content=bytes(64 * MIB))
    assert read(transport.send(put)) == b"too large"


def test_interim_answers_do_not_stop_an_upload(serve: Serve, transport: SocketTransport) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        peer.body(2 * MIB)
        peer.send(b"HTTP/1.1 102 Processing\r\n\r\n")
        peer.body(2 * MIB)
        peer.send(OK)

    server = serve(script)
    outgoing = begin(transport, server.url, 4 * MIB)
    write_all(outgoing, bytes(4 * MIB))
    assert read(outgoing.finish()) == b"ok"


def test_a_refusal_that_comes_in_pieces_is_heard(serve: Serve, transport: SocketTransport) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        for byte in TOO_LARGE:
            peer.send(bytes([byte]))
        peer.hold()

    server = serve(script)
    with pytest.raises(EarlyAnswer) as caught:
        write_all(begin(transport, server.url, 256 * MIB), bytes(256 * MIB))
    assert read(caught.value.answer) == b"too large"


def test_a_reset_without_an_answer_is_broken(serve: Serve, transport: SocketTransport) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.reset()

    server = serve(script)
    outgoing = begin(transport, server.url, 256 * MIB)
    with pytest.raises(errors.ConnectionBroken):
        write_all(outgoing, bytes(256 * MIB))
    outgoing.abort()


@pytest.mark.parametrize("size", [0, 99, 101])
def test_a_body_has_the_length_that_was_announced(
    serve: Serve, transport: SocketTransport, size: int
) -> None:
    def script(peer: Peer) -> None:
        peer.rest()

    server = serve(script)
    outgoing = begin(transport, server.url, 100)
    with pytest.raises(errors.SizeMismatch) as caught:
        write_all(outgoing, bytes(size))
        outgoing.finish()
    assert (caught.value.expected, caught.value.actual) == (100, size)


def test_giving_up_closes_the_connection(serve: Serve, transport: SocketTransport) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.rest()
        peer.reach("hung up on")

    server = serve(script)
    outgoing = begin(transport, server.url, 100)
    outgoing.write(b"abc")
    outgoing.abort()
    outgoing.abort()
    server.wait_for("hung up on")
    with pytest.raises(ValueError, match="over"):
        outgoing.write(b"abc")


@pytest.mark.parametrize("value", ["a\r\nX: b", "a\nb", "a\0b"])
def test_headers_cannot_be_smuggled_in(serve: Serve, transport: SocketTransport, value: str) -> None:
    server = serve(answering(OK))
    with pytest.raises(errors.InvalidValue):
        transport.send(request("GET", server.url, headers={"X-Name": value}))
