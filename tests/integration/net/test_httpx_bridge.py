"""Both ways between httpx and us: a program's client over our transport, and ours over a program's client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from oci import errors
from oci.content.cancellation import CancelToken
from oci.net.client import Client
from oci.net.httpx_bridge import BroughtTransport, OfferedTransport
from oci.net.message import EarlyAnswer
from oci.net.request import Request
from oci.net.site import Site
from oci.net.terms import Terms, Timeouts
from oci.net.transport import SocketTransport
from oci.net.upload import AnsweredEarly
from oci.wire.retry import RetryRule
from tests.integration.net.raw_request import ask, read, read_all, request
from tests.integration.net.raw_server import OK, answering, sending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from oci.net.message import Transport
    from oci.net.terms import Purpose
    from tests.integration.net.certificate import Authority
    from tests.integration.net.conftest import Serve
    from tests.integration.net.raw_server import Peer

BLOB = bytes(range(256)) * 8192  # 2 MiB
MIB = 1 << 20


@pytest.fixture
def theirs() -> Iterator[httpx.Client]:
    with httpx.Client(transport=OfferedTransport(SocketTransport()), trust_env=False) as client:
        yield client


class TestOffered:
    """httpx above, we below."""

    def test_ordinary_calls_work(self, serve: Serve, theirs: httpx.Client) -> None:
        server = serve(
            answering(b"HTTP/1.1 200 Fine\r\nContent-Length: %d\r\nX: y\r\n\r\n" % len(BLOB) + BLOB)
        )
        answer = theirs.get(server.url)
        assert (answer.content, answer.headers["x"], answer.http_version) == (BLOB, "y", "HTTP/1.1")
        assert answer.reason_phrase == "Fine"
        with theirs.stream("GET", server.url) as response:
            assert b"".join(response.iter_raw()) == BLOB
        assert server.connections == 1

    def test_the_target_is_sent_as_it_was_given(self, serve: Serve, theirs: httpx.Client) -> None:
        heads: list[bytes] = []

        def script(peer: Peer) -> None:
            while head := peer.head():
                heads.append(head)
                peer.send(OK)

        server = serve(script)
        theirs.get(f"{server.url}/a%2Fb?c=d")
        theirs.get(f"{server.url}/", extensions={"target": b"/a/../b"})
        assert [head.split(b" ")[1] for head in heads] == [b"/a%2Fb?c=d", b"/a/../b"]
        assert b"Host: localhost:%d" % server.port in heads[0]

    def test_bodies_are_sent_whole_and_in_pieces(self, serve: Serve, theirs: httpx.Client) -> None:
        def script(peer: Peer) -> None:
            for _ in range(2):
                peer.head()
                assert peer.body(6) == b"abcdef"
                peer.send(OK)

        server = serve(script)
        assert theirs.put(server.url, content=b"abcdef").content == b"ok"
        pieces = iter([b"abc", b"", b"def"])
        assert theirs.put(server.url, content=pieces, headers={"content-length": "6"}).content == b"ok"

    def test_failures_are_httpx_s(self, serve: Serve, theirs: httpx.Client) -> None:
        server = serve(sending(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"))
        with pytest.raises(httpx.ReadError) as caught:
            theirs.get(server.url)
        assert isinstance(caught.value.__cause__, errors.ConnectionBroken)
        with pytest.raises(httpx.LocalProtocolError):
            theirs.get(server.url, headers={"X": "a\r\nY: b"})
        server.close()
        with pytest.raises(httpx.ConnectError, match="refused"):
            theirs.get(server.url)
        with pytest.raises(httpx.UnsupportedProtocol):
            theirs.get("ftp://registry.example/")

    def test_a_request_s_terms_hold(self, serve: Serve, theirs: httpx.Client) -> None:
        server = serve(answering(OK))
        with pytest.raises(httpx.ConnectError, match="not 127"):
            theirs.get(server.url, extensions={"terms": Terms(permit=refusing("127.0.0.1"))})
        assert server.connections == 0


def refusing(refused: str) -> Callable[[str, str, int, Purpose], None]:
    def permit(host: str, address: str, port: int, purpose: Purpose) -> None:
        if address == refused:
            raise errors.AddressRefused(f"not {address}", host=host)

    return permit


MAKERS: dict[str, Callable[[], Transport]] = {
    "our own": SocketTransport,
    "a transport": lambda: BroughtTransport(httpx.HTTPTransport()),
    "a client": lambda: BroughtTransport(httpx.Client(trust_env=False)),
    "both ways": lambda: BroughtTransport(OfferedTransport(SocketTransport())),
}


@pytest.fixture(params=MAKERS)
def transport(request: pytest.FixtureRequest) -> Iterator[Transport]:
    transport = MAKERS[request.param]()
    yield transport
    transport.close()


@pytest.fixture
def client(transport: Transport) -> Client:
    return Client(transport=transport, retry=RetryRule(attempts=2, base_s=0.0))


def get(url: str, **headers: str) -> Request:
    return Request(method="GET", url=url, site=Site(url), headers=headers)


class TestBrought:
    """We above, whatever was brought below: the same as over our own transport."""

    def test_an_answer_and_its_body(self, serve: Serve, client: Client) -> None:
        heads: list[bytes] = []

        def script(peer: Peer) -> None:
            while head := peer.head():
                heads.append(head)
                peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nX: y\r\n\r\n" % len(BLOB), BLOB)

        server = serve(script)
        answer = client.send(get(f"{server.url}/a%2fb/../c?sig=a+b=/", Accept="x/y"), limit_bytes=len(BLOB))
        assert (answer.status, answer.headers["x"], answer.body) == (200, "y", BLOB)
        lines = heads[0].split(b"\r\n")
        assert lines[0] == b"GET /a%2fb/../c?sig=a+b=/ HTTP/1.1"
        assert {b"Accept: x/y", b"User-Agent: ocitool", b"Accept-Encoding: identity"} <= set(lines)
        with client.stream(get(server.url)) as stream:
            assert read_all(stream, size=1000) == BLOB
        assert server.connections == 1

    def test_an_encoding_is_not_undone_but_refused(self, serve: Serve, client: Client) -> None:
        server = serve(answering(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok"))
        with pytest.raises(errors.Unsupported, match="gzip"):
            client.send(get(server.url))

    def test_redirects_are_ours_and_take_no_secrets_along(self, serve: Serve, client: Client) -> None:
        heads: list[bytes] = []

        def script(peer: Peer) -> None:
            heads.append(peer.head())
            peer.send(OK)

        storage = serve(script)
        answer = b"HTTP/1.1 307 There\r\nLocation: %s/x\r\nContent-Length: 0\r\n\r\n" % storage.url.encode()
        server = serve(answering(answer))
        assert client.send(get(server.url, Authorization="Bearer secret")).body == b"ok"
        assert b"secret" not in heads[0]

    def test_a_request_that_breaks_is_repeated(self, serve: Serve, client: Client) -> None:
        server = serve(sending(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"), answering(OK))
        assert client.send(get(server.url)).body == b"ok"
        assert server.connections == 2

    @pytest.mark.parametrize("size", [None, 5 * MIB])
    def test_an_upload_is_written_piece_by_piece(
        self, serve: Serve, client: Client, size: int | None
    ) -> None:
        def script(peer: Peer) -> None:
            head = peer.head().lower()
            if size is None:
                assert b"transfer-encoding: chunked" in head
                for _ in range(5):
                    assert peer.body(8) == b"100000\r\n"
                    assert peer.body(MIB + 2) == bytes(MIB) + b"\r\n"
                assert peer.body(5) == b"0\r\n\r\n"
            else:
                assert peer.body(size) == bytes(size)
            peer.send(OK)

        server = serve(script)
        put = Request(method="PUT", url=server.url, site=Site(server.url))
        with client.upload(put, size) as upload:
            for _ in range(5):
                upload.write(bytes(MIB))
            upload.write(b"")
            assert upload.finish().body == b"ok"

    def test_a_refusal_in_the_middle_of_an_upload_is_heard(self, serve: Serve, client: Client) -> None:
        def script(peer: Peer) -> None:
            peer.head()
            peer.body(MIB)
            peer.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 9\r\nConnection: close\r\n\r\ntoo large")

        server = serve(script)
        put = Request(method="PUT", url=server.url, site=Site(server.url))
        with client.upload(put, 256 * MIB) as upload, pytest.raises(AnsweredEarly) as caught:
            for _ in range(256):
                upload.write(bytes(MIB))
        assert caught.value.answer.status == 413

    @pytest.mark.parametrize("size", [0, 99, 101])
    def test_an_upload_has_the_length_that_was_announced(
        self, serve: Serve, transport: Transport, size: int
    ) -> None:
        server = serve(lambda peer: peer.rest())
        outgoing = transport.begin(request("PUT", server.url, headers={"Content-Length": "100"}))
        with pytest.raises(errors.SizeMismatch) as caught:
            outgoing.write(bytes(size))
            outgoing.finish()
        assert (caught.value.expected, caught.value.actual) == (100, size)
        with pytest.raises(ValueError, match="over"):
            outgoing.write(b"x")

    def test_an_upload_can_be_given_up(self, serve: Serve, transport: Transport) -> None:
        def script(peer: Peer) -> None:
            peer.head()
            peer.rest()
            peer.reach("hung up on")

        server = serve(script)
        outgoing = transport.begin(request("PUT", server.url, headers={"Content-Length": "100"}))
        outgoing.write(b"abc")
        outgoing.abort()
        outgoing.abort()
        server.wait_for("hung up on")

    def test_cancelling_ends_an_upload_that_nobody_takes(self, serve: Serve, transport: Transport) -> None:
        def script(peer: Peer) -> None:
            peer.head()
            peer.reach("asked")
            peer.hold()

        server, token = serve(script), CancelToken()
        size = str(1024 * MIB)
        terms = Terms(token=token)
        outgoing = transport.begin(request("PUT", server.url, headers={"Content-Length": size}, terms=terms))
        outgoing.write(b"x")
        server.wait_for("asked")
        token.cancel()
        with pytest.raises(errors.Cancelled):
            for _ in range(1024):
                outgoing.write(bytes(MIB))

    def test_nothing_is_asked_for_by_who_was_cancelled(self, serve: Serve, transport: Transport) -> None:
        server, token = serve(answering(OK)), CancelToken()
        token.cancel()
        with pytest.raises(errors.Cancelled):
            ask(transport, server.url, terms=Terms(token=token))
        assert server.connections == 0

    def test_failures_are_ours(self, serve: Serve, transport: Transport) -> None:
        server = serve(
            sending(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"), sending(b"SSH-2.0\r\n\r\n")
        )
        with pytest.raises(errors.ConnectionBroken):
            read(ask(transport, server.url))
        with pytest.raises(errors.ConnectionBroken):
            ask(transport, server.url)
        server.close()
        with pytest.raises(errors.ConnectFailed) as caught:
            ask(transport, server.url)
        assert caught.value.host == f"localhost:{server.port}"

    def test_who_says_nothing_has_stalled(self, serve: Serve, transport: Transport) -> None:
        server = serve(lambda peer: peer.hold())
        with pytest.raises(errors.Stalled):
            ask(transport, server.url, terms=Terms(timeouts=Timeouts(idle_s=0.05, answer_s=0.05)))

    def test_a_certificate_of_a_stranger_does_not_hold(
        self, serve: Serve, transport: Transport, authority: Authority
    ) -> None:
        server = serve(answering(OK), tls=authority.server())
        with pytest.raises(errors.TlsFailed) as caught:
            ask(transport, server.url)
        assert caught.value.reason == "untrusted"

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    def test_an_address_is_judged(self, serve: Serve, transport: Transport, host: str) -> None:
        server = serve(answering(OK))
        with pytest.raises(errors.AddressRefused):
            ask(transport, f"http://{host}:{server.port}/", terms=Terms(permit=refusing("127.0.0.1")))


def test_an_address_is_judged_before_what_was_brought_is_asked() -> None:
    def handle(asked: httpx.Request) -> httpx.Response:
        raise AssertionError(asked.url)

    with BroughtTransport(httpx.MockTransport(handle)) as transport, pytest.raises(errors.AddressRefused):
        ask(transport, "http://169.254.169.254/", terms=Terms(permit=refusing("169.254.169.254")))


def test_a_unix_socket_is_not_led_to_by_what_was_brought() -> None:
    with BroughtTransport(httpx.HTTPTransport()) as transport, pytest.raises(errors.Unsupported):
        ask(transport, "http://localhost/", terms=Terms(socket_path="/run/docker.sock"))


def test_an_answer_made_up_by_a_test_will_do() -> None:
    def handle(asked: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=asked.method.encode(), headers={"X": "y"})

    with Client(transport=BroughtTransport(httpx.MockTransport(handle))) as client:
        answer = client.send(get("http://registry.example/v2/"))
    assert (answer.body, answer.headers["x"]) == (b"GET", "y")


class Hasty(httpx.BaseTransport):
    """Answers without having looked at the body."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(401, content=b"who are you")


def test_an_early_answer_can_be_read() -> None:
    with BroughtTransport(Hasty()) as transport:
        outgoing = transport.begin(request("PUT", "http://r.example/", headers={"Content-Length": "3"}))
        with pytest.raises(EarlyAnswer) as caught:
            outgoing.write(b"abc")
        assert (caught.value.answer.status, read(caught.value.answer)) == (401, b"who are you")
