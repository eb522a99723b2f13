"""What a connection does, seen from the other end of a real socket."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from oci.errors import ConnectionBroken, Stalled
from oci.serving import (
    FileRegion,
    Headers,
    RawStream,
    Request,
    Response,
    ServerLimits,
    Takeover,
    running,
    text_response,
)
from tests.unit.serving.wire import Wire, get

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from oci.serving import Application


async def echo(request: Request) -> Response:
    """Answers with what was sent and how."""
    body = await request.body.read(1_000_000)
    return Response(200, Headers([("Path", request.path)]), body)


@contextmanager
def wire(application: Application, limits: ServerLimits | None = None) -> Iterator[Wire]:
    with running(application, limits=limits) as server, Wire(server) as client:
        yield client


def test_several_requests_share_a_connection() -> None:
    with wire(echo) as client:
        for number in range(3):
            answer = client.ask(
                f"PUT /{number} HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{number}!".encode()
            )
            assert answer.status == 200
            assert answer.fields["Path"] == f"/{number}"
            assert answer.body == f"{number}!".encode()


def test_pipelined_requests_are_answered_in_order() -> None:
    with wire(echo) as client:
        client.send(b"PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\none" + get("/b") + get("/c"))
        assert [client.answer().fields["Path"] for _ in range(3)] == ["/a", "/b", "/c"]


def test_a_head_may_arrive_byte_by_byte() -> None:
    with wire(echo) as client:
        for (
            byte
        ) in b"PUT /slow HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n":
            client.send(bytes([byte]))
        assert client.answer().body == b"ab"


def test_connection_close_is_obeyed() -> None:
    with wire(echo) as client:
        assert client.ask(get("/", "Connection: close")).fields["Connection"] == "close"
        assert client.read() == b""


def test_http_1_0_is_answered_and_closed() -> None:
    async def stream(_: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"one "
            yield b"two"

        return Response(200, body=pieces())

    with wire(stream) as client:
        answer = client.ask(b"GET / HTTP/1.0\r\n\r\n")
        assert "Transfer-Encoding" not in answer.fields
        assert answer.body == b"one two"


def test_a_stream_is_chunked() -> None:
    async def stream(_: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"hello"
            yield b""
            yield b"world!"

        return Response(200, body=pieces())

    with wire(stream) as client:
        client.send(get())
        assert client.answer(to_head=True).fields["Transfer-Encoding"] == "chunked"
        assert client.read(26) == b"5\r\nhello\r\n6\r\nworld!\r\n0\r\n\r\n"


def test_head_has_the_length_but_no_body() -> None:
    async def large(_: Request) -> Response:
        return Response(200, body=b"x" * 1234)

    with wire(large) as client:
        client.send(b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n" + get())
        assert client.answer(to_head=True).fields["Content-Length"] == "1234"
        assert client.answer().body == b"x" * 1234


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET http://elsewhere/ HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: h\r\n\r\n",
        b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        b"PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    ],
)
def test_malformed_requests_are_refused_and_the_connection_ends(head: bytes) -> None:
    with wire(echo) as client:
        answer = client.ask(head)
        assert answer.status == 400
        assert client.read() == b""


def test_unknown_transfer_codings_are_not_implemented() -> None:
    with wire(echo) as client:
        assert client.ask(b"PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n").status == 501


def test_a_head_over_its_limit_is_refused() -> None:
    limits = ServerLimits(head_bytes=1000)
    with wire(echo, limits) as client:
        assert client.ask(get("/", "Filler: " + "x" * 800)).status == 200
    with wire(echo, limits) as client:
        assert client.ask(get("/", "Filler: " + "x" * 1000)).status == 431


def test_a_body_over_its_limit_is_refused_and_the_answer_arrives() -> None:
    async def small(request: Request) -> Response:
        return Response(200, body=await request.body.read(10))

    with wire(small) as client:
        assert client.ask(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789").status == 200
        answer = client.ask(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n0123456789a")
        assert answer.status == 413
    with wire(small) as client:
        chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
        client.send(b"PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 20)
        assert client.answer().status == 413


def test_continue_is_sent_when_the_body_is_asked_for() -> None:
    with wire(echo) as client:
        client.send(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert client.line() == b"HTTP/1.1 100 Continue\r\n"
        assert client.line() == b"\r\n"
        assert client.ask(b"ok").body == b"ok"


def test_continue_is_not_sent_by_an_application_that_refuses() -> None:
    async def refuse(_: Request) -> Response:
        return text_response(401, "no")

    with wire(refuse) as client:
        answer = client.ask(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert answer.status == 401
        assert answer.fields["Connection"] == "close"


def test_an_unread_body_does_not_spoil_the_next_request() -> None:
    async def ignore(request: Request) -> Response:
        return text_response(200, request.path)

    with wire(ignore) as client:
        body = b"GET /fake HTTP/1.1\r\nHost: h\r\n\r\n"
        head = f"PUT /real HTTP/1.1\r\nHost: h\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        assert client.ask(head + body).body == b"/real\n"
        assert client.ask(get("/next")).body == b"/next\n"


def test_an_answer_reaches_a_peer_that_is_still_sending() -> None:
    async def refuse(_: Request) -> Response:
        return text_response(401, "no")

    with wire(refuse) as client:
        client.send(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n")
        client.send(b"x" * 3_000_000)
        assert client.answer().status == 401


def test_large_bodies_arrive_whole_in_large_pieces() -> None:
    sizes: list[int] = []

    async def digest(request: Request) -> Response:
        hasher = hashlib.sha256()
        async for piece in request.body.pieces(at_least=1 << 20):
            sizes.append(len(piece))
            hasher.update(piece)
        return text_response(200, hasher.hexdigest())

    data = bytes(range(256)) * 40_000
    expected = hashlib.sha256(data).hexdigest().encode()
    with wire(digest, ServerLimits(bulk_buffer_bytes=1 << 20)) as client:
        client.send(f"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
        assert client.answer().body.strip() == expected
        assert max(sizes) == 1 << 20
        sizes.clear()
        client.send(b"PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        for start in range(0, len(data), 30_000):
            chunk = data[start : start + 30_000]
            client.send(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
        client.send(b"0\r\n\r\n")
        assert client.answer().body.strip() == expected
        assert max(sizes) > 500_000


def test_what_arrived_before_the_peer_was_lost_is_delivered() -> None:
    received = bytearray()
    done = threading.Event()

    async def keep(request: Request) -> Response:
        try:
            async for piece in request.body.pieces(at_least=1 << 20):
                received.extend(piece)
        except ConnectionBroken:
            done.set()
            raise
        return Response(200)

    with wire(keep) as client:
        client.send(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 300_000)
        client.__exit__(None, None, None)
        assert done.wait(60)
    assert bytes(received) == b"x" * 300_000


def test_a_peer_that_sends_nothing_is_given_up() -> None:
    seen: list[BaseException] = []
    done = threading.Event()

    async def wait(request: Request) -> Response:
        try:
            await request.body.receive()
        except Stalled as error:
            seen.append(error)
            done.set()
            raise
        return Response(200)

    with wire(wait, ServerLimits(stall_timeout_s=0.05)) as client:
        client.send(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n")
        assert client.read() == b""
        assert done.wait(60)
    assert isinstance(seen[0], Stalled)


def test_a_peer_that_never_finishes_its_head_is_given_up() -> None:
    with wire(echo, ServerLimits(head_timeout_s=0.05)) as client:
        assert client.ask(b"GET / HT").status == 408
        assert client.read() == b""


def test_an_idle_connection_is_closed() -> None:
    with wire(echo, ServerLimits(idle_timeout_s=1.0)) as client:
        assert client.ask(get()).status == 200
        assert client.read() == b""


def test_a_peer_that_takes_nothing_is_given_up() -> None:
    closed = threading.Event()

    async def flood(_: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"x" * 100_000
            finally:
                closed.set()

        return Response(200, body=pieces())

    with wire(flood, ServerLimits(stall_timeout_s=0.05)) as client:
        client.send(get())
        assert closed.wait(60)


@pytest.mark.parametrize("length", [0, 1, 100_000, 5_000_000])
def test_file_regions_are_sent_and_closed(tmp_path: Path, length: int) -> None:
    data = bytes(range(251)) * 24_000
    (tmp_path / "blob").write_bytes(data)
    file = (tmp_path / "blob").open("rb")

    async def serve(_: Request) -> Response:
        return Response(200, body=FileRegion(file, 1000, length))

    with wire(serve) as client:
        assert client.ask(get()).body == data[1000 : 1000 + length]
        client.send(b"BAD")
    assert file.closed


def test_a_file_that_shrinks_ends_the_connection(tmp_path: Path) -> None:
    (tmp_path / "blob").write_bytes(b"x" * 1_000_000)

    async def serve(_: Request) -> Response:
        return Response(200, body=FileRegion((tmp_path / "blob").open("rb"), 0, 2_000_000))

    with wire(serve) as client:
        assert client.ask(get()).body == b"x" * 1_000_000


def test_a_stream_shorter_than_promised_ends_the_connection() -> None:
    async def lie(_: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"short"

        return Response(200, Headers([("Content-Length", "10")]), pieces())

    with wire(lie) as client:
        assert client.ask(get()).body == b"short"


def test_an_application_that_fails_answers_500_without_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    async def fail(_: Request) -> Response:
        raise RuntimeError("the password is swordfish")

    with wire(fail) as client:
        answer = client.ask(get())
        assert answer.status == 500
        assert b"swordfish" not in answer.body
        assert client.ask(get()).status == 500
    assert "swordfish" in caplog.text


def test_a_field_that_would_split_the_answer_is_never_sent(caplog: pytest.LogCaptureFixture) -> None:
    async def split(_: Request) -> Response:
        return Response(200, Headers([("Location", "/a\r\nSet-Cookie: b")]))

    with wire(split) as client:
        client.send(get())
        assert client.read() == b""


def test_a_connection_can_be_taken_over() -> None:
    async def shout(stream: RawStream) -> None:
        while len(data := await stream.receive()):
            await stream.send(bytes(data).upper())
        stream.send_eof()

    async def upgrade(_: Request) -> Response:
        return Response(101, Headers([("Upgrade", "shouting"), ("Connection", "Upgrade")]), Takeover(shout))

    with wire(upgrade) as client:
        client.send(get("/", "Connection: Upgrade", "Upgrade: shouting") + b"early ")
        assert client.answer(to_head=True).status == 101
        client.send(b"late")
        assert client.read(10) == b"EARLY LATE"
        client.socket.shutdown(1)
        assert client.read() == b""


def test_a_taken_connection_can_be_reset() -> None:
    async def reset(stream: RawStream) -> None:
        stream.reset()

    async def take(_: Request) -> Response:
        return Response(200, body=Takeover(reset))

    with wire(take) as client:
        client.send(get())
        with pytest.raises(ConnectionResetError):
            client.read()


def test_more_connections_than_allowed_are_told_so() -> None:
    with running(echo, limits=ServerLimits(connections=2)) as server, Wire(server) as a, Wire(server) as b:
        assert a.ask(get()).status == 200
        assert b.ask(get()).status == 200
        with Wire(server) as c:
            assert c.ask(get()).status == 503
        assert a.ask(get()).status == 200


def test_closing_lets_a_request_finish_and_cancels_what_takes_too_long() -> None:
    begun = threading.Barrier(3)
    cancelled = threading.Event()

    async def slow(request: Request) -> Response:
        await asyncio.to_thread(begun.wait)
        if request.path == "/forever":
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()
        await asyncio.sleep(0.05)
        return text_response(200, "done")

    with running(slow, grace_s=0.5) as server:
        quick, forever, idle = Wire(server), Wire(server), Wire(server)
        quick.send(get("/quick"))
        forever.send(get("/forever"))
        begun.wait(60)
    with quick, forever, idle:
        answer = quick.answer()
        assert answer.status == 200
        assert cancelled.is_set()
        assert forever.read() == b""
        assert idle.read() == b""


def test_the_access_log_has_facts_but_no_query(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="oci.serving.access")
    with wire(echo) as client:
        client.ask(get("/v2/?token=secret"))
    record = next(record for record in caplog.records if record.name == "oci.serving.access")
    assert record.__dict__["status"] == 200
    assert record.__dict__["path"] == "/v2/"
    assert "secret" not in caplog.text


def test_small_packets_are_not_held_back() -> None:
    seen: list[int] = []

    async def look(stream: RawStream) -> None:
        own: socket.socket = stream.transport.get_extra_info("socket")
        seen.append(own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    async def take(_: Request) -> Response:
        return Response(200, body=Takeover(look))

    with wire(take) as client:
        client.send(get())
        client.read()
    assert seen == [1]


def test_bodies_arrive_although_all_large_buffers_are_lent() -> None:
    async def digest(request: Request) -> Response:
        hasher = hashlib.sha256()
        async for piece in request.body.pieces(at_least=1 << 20):
            hasher.update(piece)
        return text_response(200, hasher.hexdigest())

    data = bytes(range(256)) * 4000
    with wire(digest, ServerLimits(bulk_buffers=0)) as client:
        client.send(f"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
        assert client.answer().body.strip() == hashlib.sha256(data).hexdigest().encode()
