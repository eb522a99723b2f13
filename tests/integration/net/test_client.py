"""The client: retries, redirects, limits, and what it never does with a secret."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING

import pytest

from oci import errors
from oci.content.cancellation import CancelToken
from oci.content.limits import Limits
from oci.net.answer import ERROR_BYTES
from oci.net.client import Client
from oci.net.clock import Clock
from oci.net.request import Request
from oci.net.site import Site
from oci.net.terms import Timeouts
from oci.net.upload import AnsweredEarly
from oci.wire.redirect import origin_of
from oci.wire.retry import RetryRule
from tests.integration.net.raw_server import OK, answering, sending

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.net.certificate import Authority
    from tests.integration.net.conftest import Serve
    from tests.integration.net.raw_server import Peer, RawServer, Script

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)


class World:
    """A client whose pauses are written down instead of waited for."""

    def __init__(self, timeouts: Timeouts | None = None) -> None:
        self.pauses: list[float] = []
        self.seconds = 0.0
        clock = Clock(monotonic=lambda: self.seconds, now=lambda: NOW, jitter=lambda: 0.5, pause=self._pause)
        retry = RetryRule(attempts=4, base_s=1.0, cap_s=8.0, retry_after_cap_s=100.0)
        self.client = Client(retry=retry, clock=clock, timeouts=timeouts, user_agent="test/1")

    def _pause(self, token: CancelToken, seconds: float) -> bool:
        self.pauses.append(seconds)
        self.seconds += seconds
        return token.cancelled


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    with world.client:
        yield world


def get(server: RawServer, path: str = "/v2/", **headers: str) -> Request:
    return Request(method="GET", url=server.url + path, site=Site(server.url), headers=headers)


def status(code: int, *fields: bytes, body: bytes = b"") -> bytes:
    lines = [b"HTTP/1.1 %d Status" % code, b"Content-Length: %d" % len(body), *fields]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def redirect(target: str, code: int = 307) -> bytes:
    return status(code, b"Location: " + target.encode())


def recording(heads: list[bytes], *answers: bytes) -> Script:
    """Script: write the heads of requests down, and answer them one after the other."""

    def script(peer: Peer) -> None:
        while head := peer.head():
            heads.append(head)
            peer.send(answers[min(len(heads), len(answers)) - 1])

    return script


class TestAnswers:
    def test_a_small_answer_is_read(self, serve: Serve, world: World) -> None:
        heads: list[bytes] = []
        server = serve(recording(heads, status(200, b"X-Name: y", body=b"hello")))
        answer = world.client.send(get(server, "/v2/?a=b%2Fc", Accept="text/plain"))
        assert (answer.status, answer.headers["x-name"], answer.body) == (200, "y", b"hello")
        assert answer.url == server.url + "/v2/?a=b%2Fc"
        lines = heads[0].split(b"\r\n")
        assert lines[0] == b"GET /v2/?a=b%2Fc HTTP/1.1"
        assert {b"Accept: text/plain", b"User-Agent: test/1", b"Accept-Encoding: identity"} <= set(lines)

    @pytest.mark.parametrize("target", ["/v2/a%2fb/%7Ec", "/?sig=a+b%20c/=&x", "/a/../b//c"])
    def test_a_url_is_sent_exactly_as_it_stands(self, serve: Serve, world: World, target: str) -> None:
        heads: list[bytes] = []
        server = serve(recording(heads, OK))
        world.client.send(get(server, target))
        assert heads[0].split(b" ")[1] == target.encode()

    def test_a_body_may_be_as_large_as_the_limit(self, serve: Serve, world: World) -> None:
        server = serve(answering(status(200, body=bytes(1000))))
        assert len(world.client.send(get(server), limit_bytes=1000).body) == 1000
        with pytest.raises(errors.LimitExceeded) as caught:
            world.client.send(get(server), limit_bytes=999, limit_name="manifest_bytes")
        assert (caught.value.limit, caught.value.allowed) == ("manifest_bytes", 999)

    def test_a_body_without_end_stops_at_the_limit(self, serve: Serve, world: World) -> None:
        def script(peer: Peer) -> None:
            peer.head()
            peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while True:
                peer.send(b"10000\r\n", bytes(65536), b"\r\n")

        server = serve(script)
        with pytest.raises(errors.LimitExceeded):
            world.client.send(get(server), limit_bytes=1_000_000)

    def test_of_a_failure_only_so_much_is_read(self, serve: Serve, world: World) -> None:
        server = serve(answering(status(404, body=b"x" * 1_000_000)))
        answer = world.client.send(get(server), limit_bytes=10)
        assert (answer.status, len(answer.body)) == (404, ERROR_BYTES)

    def test_a_failure_whose_body_breaks_off_is_still_an_answer(self, serve: Serve, world: World) -> None:
        server = serve(sending(b"HTTP/1.1 403 No\r\nContent-Length: 100\r\n\r\nbecause"))
        answer = world.client.send(get(server))
        assert (answer.status, answer.body) == (403, b"because")

    def test_a_compressed_body_is_refused(self, serve: Serve, world: World) -> None:
        server = serve(answering(status(200, b"Content-Encoding: gzip", body=b"\x1f\x8b")))
        for call in (world.client.send, world.client.stream):
            with pytest.raises(errors.Unsupported, match="gzip"):
                call(get(server))

    def test_a_stream_is_read_by_the_caller(self, serve: Serve, world: World) -> None:
        content = bytes(range(256)) * 10_000
        server = serve(answering(status(206, body=content)))
        with world.client.stream(get(server)) as answer:
            assert answer.status == 206
            buffer, seen = bytearray(1 << 20), b""
            while count := answer.readinto(memoryview(buffer)):
                seen += buffer[:count]
        assert seen == content

    def test_cookies_are_neither_kept_nor_sent(self, serve: Serve, world: World) -> None:
        heads: list[bytes] = []
        server = serve(recording(heads, status(200, b"Set-Cookie: a=b; Path=/; Domain=localhost")))
        world.client.send(get(server))
        world.client.send(get(server))
        assert b"cookie" not in heads[1].lower()

    def test_the_query_of_a_url_is_neither_logged_nor_told(
        self, serve: Serve, caplog: pytest.LogCaptureFixture
    ) -> None:
        server = serve(answering(OK))
        told: list[str] = []
        with caplog.at_level(logging.DEBUG), Client(trace=told.append) as client:
            client.send(get(server, "/blob?X-Amz-Signature=secret"))
        assert [line.partition(": ")[0] for line in told] == [f"GET {server.url}/blob"]
        assert "secret" not in f"{told}{caplog.text}"

    @pytest.mark.parametrize("name", ["a\nb", "ä"])
    def test_what_cannot_be_sent_is_an_error_of_ours(self, serve: Serve, world: World, name: str) -> None:
        server = serve(answering(OK))
        with pytest.raises(errors.InvalidValue):
            world.client.send(get(server, Accept=name))


class TestRetries:
    @pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504])
    def test_an_answer_that_says_later_is_asked_for_again(
        self, serve: Serve, world: World, code: int
    ) -> None:
        server = serve(answering(status(code, body=b"x"), status(code, body=b"x"), OK))
        assert world.client.send(get(server)).body == b"ok"
        assert server.connections == 1

    def test_the_last_answer_is_the_answer(self, serve: Serve, world: World) -> None:
        heads: list[bytes] = []
        server = serve(recording(heads, status(500, body=b"broken")))
        answer = world.client.send(get(server))
        assert (answer.status, answer.body, len(heads)) == (500, b"broken", 4)
        # Full jitter of one half on 1, 2 and 4 seconds.
        assert world.pauses == [0.5, 1.0, 2.0]

    @pytest.mark.parametrize("code", [200, 206, 304, 400, 401, 403, 404, 405, 413, 416, 501])
    def test_other_answers_are_answers(self, serve: Serve, world: World, code: int) -> None:
        heads: list[bytes] = []
        server = serve(recording(heads, status(code)))
        assert world.client.send(get(server)).status == code
        assert (len(heads), world.pauses) == (1, [])

    @pytest.mark.parametrize(
        ("asked", "least"),
        [(b"7", 7.0), (b"Sun, 22 Nov 2026 12:00:09 GMT", 9.0), (b"5000", 100.0), (b"rubbish", 0.0)],
    )
    def test_retry_after_is_honoured_up_to_its_cap(
        self, serve: Serve, world: World, asked: bytes, least: float
    ) -> None:
        server = serve(answering(status(429, b"Retry-After: " + asked), OK))
        assert world.client.send(get(server)).status == 200
        assert least <= world.seconds <= least + 1

    def test_all_requests_to_a_throttling_host_wait(self, serve: Serve, world: World) -> None:
        server = serve(answering(status(429, b"Retry-After: 30"), OK))
        origin = origin_of(server.url)
        before = world.client.gate(origin).limit
        upload = Request(method="PUT", url=server.url, site=Site(server.url))
        with world.client.upload(upload, 0) as sent:
            assert sent.finish().status == 429
        assert world.client.gate(origin).limit == before // 2
        assert world.pauses == []
        assert world.client.send(get(server)).status == 200
        assert world.pauses == [30.0]

    def test_a_broken_answer_is_asked_for_again(self, serve: Serve, world: World) -> None:
        server = serve(
            sending(),
            sending(b"HTTP/1.1 200"),
            sending(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no"),
            answering(OK),
        )
        assert world.client.send(get(server)).body == b"ok"
        assert server.connections == 4

    def test_a_body_that_breaks_off_is_the_business_of_who_reads_it(self, serve: Serve, world: World) -> None:
        server = serve(sending(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no"))
        with world.client.stream(get(server)) as answer:
            assert answer.readinto(bytearray(2)) == 1
            with pytest.raises(errors.ConnectionBroken):
                answer.readinto(bytearray(2))
        assert server.connections == 1

    def test_a_standstill_is_tried_again_where_there_was_an_answer_before(self, serve: Serve) -> None:
        def stalling(peer: Peer) -> None:
            peer.head()
            peer.rest()

        never = serve(stalling)
        known = serve(answering(OK))
        patient, hasty = World(), World(Timeouts(idle_s=0.25))
        with patient.client, hasty.client:
            with pytest.raises(errors.Stalled):
                hasty.client.send(get(never))
            assert (never.connections, hasty.pauses) == (1, [])
            hasty.client._answered.add(origin_of(never.url))
            with pytest.raises(errors.Stalled):
                hasty.client.send(get(never))
            assert never.connections == 5
            assert patient.client.send(get(known)).body == b"ok"
            assert patient.client._answered == {origin_of(known.url)}

    def test_a_host_that_was_never_there_is_not_waited_for(self, serve: Serve, world: World) -> None:
        server = serve(answering(OK))
        server.close()
        with pytest.raises(errors.ConnectFailed):
            world.client.send(get(server))
        assert world.pauses == []

    def test_a_host_that_was_there_is(self, serve: Serve, world: World) -> None:
        server = serve(sending(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"))
        world.client.send(get(server))
        server.close()
        with pytest.raises(errors.ConnectFailed):
            world.client.send(get(server))
        assert len(world.pauses) == 3

    def test_a_bad_certificate_stays_bad(self, serve: Serve, world: World, authority: Authority) -> None:
        server = serve(answering(OK), tls=authority.server())
        with pytest.raises(errors.TlsFailed):
            world.client.send(get(server))
        assert (server.connections, world.pauses) == (1, [])
        request = Request(method="GET", url=server.url, site=Site.unverified(server.url))
        assert world.client.send(request).body == b"ok"

    def test_cancelling_ends_the_pause(self, serve: Serve) -> None:
        token = CancelToken()
        server = serve(answering(status(503, b"Retry-After: 3600")))

        def pause(token: CancelToken, seconds: float) -> bool:
            token.cancel()
            return token.wait(seconds)

        with Client(clock=Clock(pause=pause)) as client, pytest.raises(errors.Cancelled):
            client.send(get(server), token=token)

    def test_a_body_is_sent_again(self, serve: Serve, world: World) -> None:
        bodies: list[bytes] = []

        def script(peer: Peer) -> None:
            while peer.head():
                bodies.append(peer.body(5))
                peer.send(status(500) if len(bodies) < 3 else OK)

        server = serve(script)
        request = Request(method="PUT", url=server.url, site=Site(server.url), content=b"hello")
        assert world.client.send(request).status == 200
        assert bodies == [b"hello"] * 3


class TestRedirects:
    def test_they_are_followed_with_what_may_go_along(self, serve: Serve, world: World) -> None:
        near: list[bytes] = []
        far: list[bytes] = []
        storage = serve(recording(far, OK))
        registry = serve(recording(near, redirect("/v2/b", 301), redirect(f"{storage.url}/c?sig=x", 302)))
        answer = world.client.send(get(registry, Authorization="Bearer secret", Range="bytes=1-"))
        assert (answer.body, answer.url) == (b"ok", f"{storage.url}/c?sig=x")
        assert answer.shown_url == f"{storage.url}/c"
        assert all(b"Authorization: Bearer secret\r\n" in head for head in near)
        assert len(near) == 2
        assert b"authorization" not in far[0].lower()
        assert b"Range: bytes=1-\r\n" in far[0]
        assert far[0].startswith(b"GET /c?sig=x ")

    def test_a_secret_that_was_dropped_does_not_come_back(self, serve: Serve, world: World) -> None:
        heads: list[bytes] = []
        away = serve(answering(b""))
        home = serve(recording(heads, redirect(f"{away.url}/away"), OK))
        away._scripts = (answering(redirect(f"{home.url}/again")),)
        world.client.send(get(home, Authorization="Bearer secret"))
        assert [b"authorization" in head.lower() for head in heads] == [True, False]

    @pytest.mark.parametrize(
        ("code", "method", "expected"),
        [
            (303, "POST", b"GET"),
            (303, "HEAD", b"HEAD"),
            (302, "POST", b"POST"),
            (307, "PUT", b"PUT"),
            (308, "DELETE", b"DELETE"),
        ],
    )
    def test_the_method_is_kept(
        self, serve: Serve, world: World, code: int, method: str, expected: bytes
    ) -> None:
        heads: list[bytes] = []
        server = serve(recording(heads, redirect("/b", code), status(204)))
        world.client.send(Request(method=method, url=server.url, site=Site(server.url)))
        assert [head.split(b" ")[0] for head in heads] == [method.encode(), expected]

    def test_a_circle_is_seen(self, serve: Serve, world: World) -> None:
        heads: list[bytes] = []
        server = serve(recording(heads, redirect("/b"), redirect("/v2/")))
        with pytest.raises(errors.AddressRefused, match="circle"):
            world.client.send(get(server))
        assert len(heads) == 2

    def test_there_are_only_so_many(self, serve: Serve, world: World) -> None:
        allowed = Limits().redirects
        hops = [redirect(f"/{number}") for number in range(allowed)]
        heads: list[bytes] = []
        server = serve(recording(heads, *hops, OK))
        assert world.client.send(get(server)).body == b"ok"
        heads.clear()
        endless = serve(recording(heads, *hops, redirect("/more"), OK))
        with pytest.raises(errors.AddressRefused, match="more than"):
            world.client.send(get(endless))
        assert len(heads) == allowed + 1

    @pytest.mark.parametrize(
        "location",
        [
            "ftp://localhost/x",
            "file:///etc/passwd",
            "//user:secret@localhost/x",
            "http://[::1/x",
            "http://169.254.169.254/latest/meta-data/",
            "http://2852039166/",
            "http://[fd00:ec2::254]/",
            "http://[::ffff:169.254.169.254]/",
            "http://0.0.0.0:1/",
        ],
    )
    def test_where_they_must_not_lead(self, serve: Serve, world: World, location: str) -> None:
        server = serve(answering(redirect(location)))
        with pytest.raises(errors.AddressRefused) as caught:
            world.client.send(get(server))
        assert "secret" not in str(caught.value)
        assert world.pauses == []

    def test_never_from_https_to_http(self, serve: Serve, world: World, authority: Authority) -> None:
        plain = serve(answering(OK))
        server = serve(answering(redirect(plain.url)), tls=authority.server())
        request = Request(method="GET", url=server.url, site=Site.unverified(server.url))
        with pytest.raises(errors.AddressRefused, match="https"):
            world.client.send(request)
        assert plain.connections == 0

    def test_trust_does_not_go_along(self, serve: Serve, world: World, authority: Authority) -> None:
        other = serve(answering(OK), tls=authority.server("other"))
        server = serve(answering(redirect(other.url)), tls=authority.server())
        request = Request(method="GET", url=server.url, site=Site.unverified(server.url))
        with pytest.raises(errors.TlsFailed):
            world.client.send(request)

    def test_a_redirect_may_be_an_answer(self, serve: Serve, world: World) -> None:
        server = serve(answering(redirect("/b")))
        request = Request(method="GET", url=server.url, site=Site(server.url), follows=False)
        assert world.client.send(request).status == 307

    def test_a_retry_begins_again_at_its_own_url(self, serve: Serve, world: World) -> None:
        near: list[bytes] = []
        storage = serve(answering(status(503), OK))
        registry = serve(recording(near, redirect(f"{storage.url}/1"), redirect(f"{storage.url}/2")))
        assert world.client.send(get(registry)).url == f"{storage.url}/2"


class TestUploads:
    def put(self, server: RawServer) -> Request:
        return Request(method="PUT", url=f"{server.url}/upload?a=b", site=Site(server.url))

    @pytest.mark.parametrize("size", [10, None])
    def test_the_caller_writes(self, serve: Serve, world: World, size: int | None) -> None:
        seen: list[bytes] = []

        def script(peer: Peer) -> None:
            head = peer.head()
            assert head.startswith(b"PUT /upload?a=b HTTP/1.1\r\n")
            seen.append(peer.body(10) if size else peer.body(25))
            peer.send(status(201, b"Location: /blob"))

        server = serve(script)
        with world.client.upload(self.put(server), size) as upload:
            upload.write(b"hello")
            upload.write(b"world")
            answer = upload.finish()
        assert (answer.status, answer.headers["location"]) == (201, "/blob")
        assert seen == [b"helloworld" if size else b"5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n"]

    def test_a_refusal_comes_with_what_it_says(self, serve: Serve, world: World) -> None:
        def script(peer: Peer) -> None:
            peer.head()
            peer.send(status(413, body=b'{"errors":[]}'))
            peer.hold()

        server = serve(script)
        with world.client.upload(self.put(server), 1 << 30) as upload, pytest.raises(AnsweredEarly) as caught:
            while True:
                upload.write(bytes(1 << 20))
        assert (caught.value.answer.status, caught.value.answer.body) == (413, b'{"errors":[]}')

    def test_what_was_not_finished_is_given_up(self, serve: Serve, world: World) -> None:
        def script(peer: Peer) -> None:
            peer.head()
            peer.rest()
            peer.reach("hung up on")

        server = serve(script)
        with pytest.raises(KeyError), world.client.upload(self.put(server), 100) as upload:
            upload.write(b"hello")
            raise KeyError
        server.wait_for("hung up on")
