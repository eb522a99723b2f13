"""A request that stands still ends: by its limits, or at once when somebody cancels it, in every phase."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from oci import errors
from oci.content.cancellation import CancelToken
from oci.net.proxy import ProxyAddress, ProxySettings
from oci.net.terms import Terms, Timeouts
from oci.net.tls_choice import TlsChoice
from oci.net.transport import SocketTransport
from tests.integration.net.raw_request import ask, read, request
from tests.integration.net.raw_server import PATIENCE_S, RawServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.net.certificate import Authority
    from tests.integration.net.raw_server import Peer

SOON = Timeouts(connect_s=0.05, handshake_s=0.05, idle_s=0.05, answer_s=0.05)
NEVER = Timeouts(connect_s=3600, handshake_s=3600, idle_s=3600, answer_s=3600)
INSECURE = TlsChoice(verify=False)


class Stall:
    """A place where a request comes to a standstill, and a way to get there."""

    def __init__(self, run: Callable[[Terms], object], arrived: Callable[[], None]) -> None:
        self.run = run
        self.arrived = arrived


def _get(url: str, terms: Terms, proxies: ProxySettings | None = None) -> bytes:
    with SocketTransport(proxies=proxies) as transport:
        return read(ask(transport, url, terms=terms))


def _put(url: str, terms: Terms, size: int, *, finish: bool = True) -> None:
    headers = {"content-length": str(size)}
    with SocketTransport() as transport:
        outgoing = transport.begin(request("PUT", url, headers=headers, terms=terms))
        outgoing.write(bytes(size))
        if finish:
            outgoing.finish()


def _in_connect(stack: ExitStack, authority: Authority) -> Stall:
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
    port = listener.getsockname()[1]
    # A queue that is full drops what knocks: connecting stalls, as behind a firewall that says nothing.
    for _ in range(2):
        knocking = stack.enter_context(socket.socket())
        knocking.setblocking(False)
        knocking.connect_ex(("127.0.0.1", port))
    permitted = threading.Event()

    def run(terms: Terms) -> object:
        terms = Terms(
            token=terms.token, timeouts=terms.timeouts, permit=lambda *_: permitted.set(), tls=INSECURE
        )
        return _get(f"http://127.0.0.1:{port}", terms)

    return Stall(run, lambda: _wait(permitted))


def _wait(event: threading.Event) -> None:
    assert event.wait(PATIENCE_S)


def _at(
    stack: ExitStack,
    script: Callable[[Peer], None],
    run: Callable[[str, Terms], object],
    authority: Authority | None = None,
) -> Stall:
    server = stack.enter_context(RawServer(script, tls=None if authority is None else authority.server()))
    return Stall(lambda terms: run(server.url, terms), lambda: server.wait_for("stalled"))


def _in_handshake(stack: ExitStack, _: Authority) -> Stall:
    def script(peer: Peer) -> None:
        assert peer.sock.recv(1)
        peer.reach("stalled")
        peer.rest()

    return _at(stack, script, lambda url, terms: _get(url.replace("http:", "https:"), terms))


def _in_tunnel(stack: ExitStack, _: Authority) -> Stall:
    def script(peer: Peer) -> None:
        assert peer.head().startswith(b"CONNECT ")
        peer.reach("stalled")
        peer.rest()

    def run(url: str, terms: Terms) -> object:
        proxy = ProxyAddress(host="127.0.0.1", port=int(url.rpartition(":")[2]))
        return _get("https://registry.example", terms, ProxySettings(https=proxy))

    return _at(stack, script, run)


def _before_answer(stack: ExitStack, _: Authority) -> Stall:
    def script(peer: Peer) -> None:
        peer.head()
        peer.reach("stalled")
        peer.rest()

    return _at(stack, script, _get)


def _in_head(stack: ExitStack, _: Authority) -> Stall:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-")
        peer.reach("stalled")
        peer.rest()

    return _at(stack, script, _get)


def _half_a_body(peer: Peer) -> None:
    peer.head()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
    peer.reach("stalled")
    peer.rest()


def _in_body(stack: ExitStack, _: Authority) -> Stall:
    return _at(stack, _half_a_body, _get)


def _in_body_over_tls(stack: ExitStack, authority: Authority) -> Stall:
    return _at(stack, _half_a_body, _get, authority)


def _in_chunked_body(stack: ExitStack, _: Authority) -> Stall:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel")
        peer.reach("stalled")
        peer.rest()

    return _at(stack, script, _get)


def _takes_nothing(peer: Peer) -> None:
    peer.head()
    peer.reach("stalled")
    peer.hold()


def _in_upload(stack: ExitStack, _: Authority) -> Stall:
    return _at(stack, _takes_nothing, lambda url, terms: _put(url, terms, 64 << 20))


def _in_upload_over_tls(stack: ExitStack, authority: Authority) -> Stall:
    return _at(stack, _takes_nothing, lambda url, terms: _put(url, terms, 64 << 20), authority)


def _after_upload(stack: ExitStack, _: Authority) -> Stall:
    def script(peer: Peer) -> None:
        peer.head()
        peer.body(100)
        peer.reach("stalled")
        peer.rest()

    return _at(stack, script, lambda url, terms: _put(url, terms, 100))


PLACES = [
    _in_connect,
    _in_handshake,
    _in_tunnel,
    _before_answer,
    _in_head,
    _in_body,
    _in_body_over_tls,
    _in_chunked_body,
    _in_upload,
    _in_upload_over_tls,
    _after_upload,
]


@pytest.fixture(params=PLACES, ids=lambda place: place.__name__.strip("_"))
def stall(request: pytest.FixtureRequest, authority: Authority) -> Iterator[Stall]:
    with ExitStack() as stack:
        yield request.param(stack, authority)


def test_a_standstill_has_a_limit(stall: Stall, request: pytest.FixtureRequest) -> None:
    is_connecting = "in_connect" in request.node.name
    with pytest.raises(errors.ConnectFailed if is_connecting else errors.Stalled, match=r" 0\.05 s$"):
        stall.run(Terms(timeouts=SOON, tls=INSECURE))


def test_cancelling_ends_a_standstill(stall: Stall) -> None:
    token = CancelToken()
    outcome: list[BaseException] = []

    def run() -> None:
        try:
            stall.run(Terms(token=token, timeouts=NEVER, tls=INSECURE))
        except BaseException as error:  # noqa: BLE001 - looked at below
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    stall.arrived()
    token.cancel()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert [type(error) for error in outcome] == [errors.Cancelled]


def test_cancelling_beforehand_connects_to_nobody(stall: Stall) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(errors.Cancelled):
        stall.run(Terms(token=token, timeouts=NEVER, tls=INSECURE))


def test_cancelling_one_request_leaves_the_connection_s_next_one_alone(serve_ok: RawServer) -> None:
    first, second = CancelToken(), CancelToken()
    with SocketTransport() as transport:
        for token in (first, second):
            answer = ask(transport, serve_ok.url, terms=Terms(token=token))
            if token is second:
                first.cancel()
            assert read(answer) == b"ok"
    assert serve_ok.connections == 1


@pytest.fixture
def serve_ok() -> Iterator[RawServer]:
    from tests.integration.net.raw_server import OK, answering

    with RawServer(answering(OK)) as server:
        yield server
