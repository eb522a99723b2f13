"""Requests and replies of the image proxy, as bytes."""

from __future__ import annotations

import json

import pytest

from oci.errors import (
    Cancelled,
    ConnectionBroken,
    DigestMismatch,
    InvalidValue,
    LimitExceeded,
    NotFound,
    RateLimited,
    RegistryError,
    Stalled,
    TlsFailed,
    Unauthorized,
)
from ocitool.image_proxy.message import MAX_PACKET_BYTES, Reply, Request, code_of, problem, refusal

BROKEN = ConnectionBroken("it broke", host="h")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BrokenPipeError(), "EPIPE"),
        (BROKEN, "retryable"),
        (Stalled("silent", host="h"), "retryable"),
        (RegistryError("?", status=503), "retryable"),
        (RateLimited("?", status=429), "retryable"),
        (RegistryError("?", status=400), "other"),
        (Unauthorized("?", status=401), "other"),
        (TlsFailed("?", host="h"), "other"),
        (NotFound("?", name="x"), "other"),
        (DigestMismatch(expected="a", actual="b", where="c"), "other"),
        (Cancelled(), "other"),
        (OSError(24, "Too many open files"), "other"),
    ],
)
def test_what_a_client_can_make_of_a_failure(error: Exception, code: str) -> None:
    assert code_of(error) == code
    reply = json.loads(refusal(error))
    assert (reply["success"], reply["value"], reply["pipeid"], reply["error_code"]) == (False, None, 0, code)
    assert reply["error"]
    assert json.loads(problem(error))["code"] == code


def test_every_member_is_in_every_reply() -> None:
    assert json.loads(Reply(value=1, pipe=2).packet()) == {
        "success": True,
        "value": 1,
        "pipeid": 2,
        "error_code": "",
        "error": "",
    }


def test_an_error_of_any_length_fits_into_a_packet() -> None:
    assert len(refusal(InvalidValue("ü" * 100_000))) <= MAX_PACKET_BYTES
    with pytest.raises(LimitExceeded):
        Reply(value="x" * MAX_PACKET_BYTES).packet()


def test_numbers_that_json_may_not_keep_are_refused() -> None:
    assert Request.parse(b'{"method":"M","args":[9007199254740991]}').number(0) == 2**53 - 1
    for text in (b"9007199254740992", b"-1", b"1.5", b"null", b'"1"', b"false"):
        with pytest.raises(InvalidValue):
            Request.parse(b'{"method":"M","args":[' + text + b"]}").number(0)
