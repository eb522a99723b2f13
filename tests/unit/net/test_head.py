"""Heads of requests and answers, without sockets: the same however the bytes are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oci import errors
from oci.net.head import MAX_INTERIM, Dialogue, Head


def ask(method: bytes = b"GET") -> Dialogue:
    dialogue = Dialogue("registry.example")
    written = dialogue.ask(method, b"/v2/?a=b", [(b"Host", b"registry.example"), (b"X-Mixed", b"Case")])
    assert written == method + b" /v2/?a=b HTTP/1.1\r\nHost: registry.example\r\nX-Mixed: Case\r\n\r\n"
    return dialogue


def feed(dialogue: Dialogue, received: bytes, step: int) -> Head | None:
    for start in range(0, len(received), step):
        head = dialogue.feed(received[start : start + step])
        if head is not None:
            return head
    return None


ANSWER = (
    b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"
    b"HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-4/9\r\nX: 1\r\nX: 2\r\nContent-Length: 5\r\n\r\n"
)


@pytest.mark.parametrize("step", [1, 2, 7, 1000])
def test_an_answer_is_the_same_however_it_is_cut(step: int) -> None:
    head = feed(ask(), ANSWER, step)
    assert head == Head(
        status=206,
        reason=b"Partial",
        version=b"1.1",
        headers=((b"Content-Range", b"bytes 0-4/9"), (b"X", b"1"), (b"X", b"2"), (b"Content-Length", b"5")),
        length=5,
        chunked=False,
        keep_alive=True,
    )


@given(st.binary(min_size=1, max_size=400), st.integers(1, 50))
def test_whatever_comes_is_an_answer_or_an_error_of_ours(received: bytes, step: int) -> None:
    dialogue = ask()
    try:
        head = feed(dialogue, received, step) or dialogue.feed(b"")
    except (errors.ConnectionBroken, errors.LimitExceeded):
        return
    assert head is not None
    assert head.status >= 200


@given(st.data())
def test_a_damaged_answer_is_an_answer_or_an_error_of_ours(data: st.DataObject) -> None:
    damaged = bytearray(ANSWER)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        head = feed(ask(), bytes(damaged), data.draw(st.integers(1, 200)))
    except (errors.ConnectionBroken, errors.LimitExceeded):
        return
    assert head is None or head.status >= 200


def test_what_follows_the_head_is_kept() -> None:
    dialogue = ask()
    assert dialogue.feed(ANSWER + b"hello") is not None
    assert dialogue.take_rest() == b"hello"


@pytest.mark.parametrize(
    ("method", "answer", "length", "chunked", "keep_alive"),
    [
        (b"GET", b"HTTP/1.1 200 OK\r\n\r\n", None, False, True),
        (b"GET", b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n", 3, False, False),
        (b"GET", b"HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\n", 3, False, True),
        (b"GET", b"HTTP/1.1 200 OK\r\nConnection: x, CLOSE\r\nContent-Length: 3\r\n\r\n", 3, False, False),
        (b"GET", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n", None, True, True),
        (b"HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 0, False, True),
        (b"HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", 0, False, True),
        (b"GET", b"HTTP/1.1 204 No\r\nContent-Length: 3\r\n\r\n", 0, False, True),
        (b"GET", b"HTTP/1.1 304 No\r\n\r\n", 0, False, True),
    ],
)
def test_how_the_body_is_framed(
    method: bytes, answer: bytes, length: int | None, chunked: bool, keep_alive: bool
) -> None:
    head = ask(method).feed(answer)
    assert head is not None
    assert (head.length, head.chunked, head.keep_alive) == (length, chunked, keep_alive)


def test_interim_answers_up_to_the_limit() -> None:
    interim, final = b"HTTP/1.1 100 Go on\r\n\r\n", b"HTTP/1.1 204 Done\r\n\r\n"
    head = ask().feed(interim * MAX_INTERIM + final)
    assert head is not None
    with pytest.raises(errors.ConnectionBroken, match="without end"):
        ask().feed(interim * (MAX_INTERIM + 1) + final)


def test_an_unasked_for_switch_of_protocols_is_broken() -> None:
    with pytest.raises(errors.ConnectionBroken):
        ask().feed(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n")


@pytest.mark.parametrize("received", [b"", b"HTTP/1.1 2"])
def test_an_end_before_the_head_is_told_apart(received: bytes) -> None:
    dialogue = ask()
    if received:
        assert dialogue.feed(received) is None
    assert dialogue.answered == bool(received)
    with pytest.raises(errors.ConnectionBroken):
        dialogue.feed(b"")


@pytest.mark.parametrize(
    ("method", "target", "header"),
    [
        (b"GET\r\n", b"/", (b"X", b"y")),
        (b"GET", b"/ HTTP/1.1\r\nX: y\r\n\r\n", (b"X", b"y")),
        (b"GET", b"/a b", (b"X", b"y")),
        (b"GET", b"/", (b"X: y\r\nZ", b"y")),
        (b"GET", b"/", (b"X", b"y\r\nZ: z")),
    ],
)
def test_nothing_can_be_smuggled_into_a_request(
    method: bytes, target: bytes, header: tuple[bytes, bytes]
) -> None:
    with pytest.raises(errors.InvalidValue):
        Dialogue("registry.example").ask(method, target, [(b"Host", b"registry.example"), header])
