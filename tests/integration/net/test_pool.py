"""Connections are kept, shared, and replaced without the caller seeing it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from oci import errors
from oci.net.readiness import ready
from oci.net.terms import Terms
from oci.net.tls_choice import TlsChoice
from oci.net.transport import SocketTransport
from tests.integration.net.raw_request import ask, read, request
from tests.integration.net.raw_server import OK, PATIENCE_S, answering, sending

if TYPE_CHECKING:
    from tests.integration.net.certificate import Authority
    from tests.integration.net.conftest import Serve
    from tests.integration.net.raw_server import Peer


def fetch(transport: SocketTransport, url: str, method: str = "GET") -> bytes:
    return read(ask(transport, url, method))


def test_hundreds_of_requests_share_one_connection(serve: Serve, transport: SocketTransport) -> None:
    server = serve(answering(OK))
    for _ in range(300):
        assert fetch(transport, server.url) == b"ok"
    assert server.connections == 1


def test_a_connection_is_back_as_soon_as_its_body_was_read(serve: Serve, transport: SocketTransport) -> None:
    server = serve(answering(OK))
    first = ask(transport, server.url)
    assert first.body.readinto(memoryview(bytearray(2))) == 2
    # The first answer has not been closed, and does not have to be.
    assert fetch(transport, server.url) == b"ok"
    assert server.connections == 1


def test_open_bodies_do_not_share(serve: Serve, transport: SocketTransport) -> None:
    server = serve(answering(OK))
    first = ask(transport, server.url)
    second = ask(transport, server.url)
    assert (read(first), read(second)) == (b"ok", b"ok")
    assert server.connections == 2


def test_a_connection_that_was_closed_at_rest_is_replaced(serve: Serve, transport: SocketTransport) -> None:
    def once(peer: Peer) -> None:
        peer.head()
        peer.send(OK)

    server = serve(once)
    for number in range(1, 4):
        post = request("POST", server.url, content=iter([b"x"]), headers={"content-length": "1"})
        assert read(transport.send(post)) == b"ok"
        assert server.connections == number
        # Not before its hanging up has arrived: a body that cannot be repeated has only this one chance.
        (resting,) = (each for resting in transport._pool._resting.values() for each in resting)
        assert ready([resting.channel._sock], [], PATIENCE_S) != ([], [])


@pytest.mark.parametrize("content", [b"", b"x" * 1000, b"x" * 1_000_000])
def test_a_request_on_a_connection_that_dies_of_it_is_repeated(
    serve: Serve, transport: SocketTransport, content: bytes
) -> None:
    def dying(peer: Peer) -> None:
        peer.head()
        peer.send(OK)
        peer.head()
        peer.reset()

    seen: list[bytes] = []

    def answer(peer: Peer) -> None:
        peer.head()
        seen.append(peer.body(len(content)))
        peer.send(OK)

    server = serve(dying, answer)
    fetch(transport, server.url)
    assert read(transport.send(request("PUT", server.url, content=content))) == b"ok"
    assert seen == [content]


def test_it_is_not_repeated_once_an_answer_has_begun(serve: Serve, transport: SocketTransport) -> None:
    def half(peer: Peer) -> None:
        peer.head()
        peer.send(OK)
        peer.head()
        peer.send(b"HTTP/1.1 200")

    server = serve(half, answering(OK))
    fetch(transport, server.url)
    with pytest.raises(errors.ConnectionBroken):
        fetch(transport, server.url)
    assert server.connections == 1


def test_it_is_repeated_only_once(serve: Serve, transport: SocketTransport) -> None:
    def dying(peer: Peer) -> None:
        peer.head()
        peer.send(OK)
        peer.head()

    server = serve(dying, sending())
    fetch(transport, server.url)
    with pytest.raises(errors.ConnectionBroken, match="without an answer"):
        fetch(transport, server.url)
    assert server.connections == 2


def test_a_body_that_cannot_be_produced_again_is_not_repeated(
    serve: Serve, transport: SocketTransport
) -> None:
    def dying(peer: Peer) -> None:
        peer.head()
        peer.send(OK)
        peer.head()
        peer.reset()

    server = serve(dying, answering(OK))
    fetch(transport, server.url)
    put = request("PUT", server.url, content=iter([b"abc"]), headers={"content-length": "3"})
    with pytest.raises(errors.ConnectionBroken):
        transport.send(put)
    assert server.connections == 1


@pytest.mark.parametrize("version", [b"HTTP/1.0 200 OK\r\n", b"HTTP/1.1 200 OK\r\nConnection: Close\r\n"])
def test_who_wants_to_close_may(serve: Serve, transport: SocketTransport, version: bytes) -> None:
    server = serve(answering(version + b"Content-Length: 2\r\n\r\nok"))
    for _ in range(2):
        assert fetch(transport, server.url) == b"ok"
    assert server.connections == 2


def test_connections_grow_old(serve: Serve) -> None:
    now = 0.0
    server = serve(answering(OK))
    with SocketTransport(max_idle_s=60, clock=lambda: now) as transport:
        fetch(transport, server.url)
        now = 60.0
        fetch(transport, server.url)
        assert server.connections == 1
        now = 120.1
        fetch(transport, server.url)
        assert server.connections == 2


def test_only_so_many_are_kept(serve: Serve) -> None:
    server = serve(answering(OK))
    with SocketTransport(max_idle_per_route=2) as transport:
        for _ in range(2):
            answers = [ask(transport, server.url) for _ in range(3)]
            for answer in answers:
                read(answer)
        assert server.connections == 4


def test_many_threads_share_the_pool(serve: Serve, transport: SocketTransport) -> None:
    server = serve(answering(OK))
    results: list[bytes] = []

    def work() -> None:
        results.extend(fetch(transport, server.url) for _ in range(25))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert results == [b"ok"] * 200
    assert server.connections <= 8


def test_choices_of_verification_do_not_share_connections(
    serve: Serve, transport: SocketTransport, authority: Authority
) -> None:
    server = serve(answering(OK), tls=authority.server())
    trusting = Terms(tls=TlsChoice(verify=False))
    for _ in range(2):
        assert read(ask(transport, server.url, terms=trusting)) == b"ok"
    assert server.connections == 1
    # The connection at rest was never verified: it must not serve a request that asks for verification.
    with pytest.raises(errors.TlsFailed):
        fetch(transport, server.url)


def test_a_closed_transport_keeps_nothing(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(OK)
        peer.rest()
        peer.reach("hung up on")

    server = serve(script)
    transport = SocketTransport()
    answer = ask(transport, server.url)
    transport.close()
    assert read(answer) == b"ok"
    server.wait_for("hung up on")
