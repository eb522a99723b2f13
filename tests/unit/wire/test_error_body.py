"""What failed answers say, in every shape they are known to come in."""

from __future__ import annotations

import json

import pytest

from oci.wire.error_body import MAX_BYTES, MAX_ITEMS, ErrorItem, parse_error_body


@pytest.mark.parametrize(
    ("body", "items"),
    [
        (
            b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{"Tag":"x"}}]}',
            [("MANIFEST_UNKNOWN", "manifest unknown")],
        ),
        (b'{"errors":[{"code":"DENIED"},{"message":"no"}]}', [("DENIED", ""), ("", "no")]),
        (b'{"errors":{"code":"DENIED","message":"no"}}', [("DENIED", "no")]),
        (b'{"errors":["just text"]}', [("", "just text")]),
        (b'{"details":"incorrect username or password"}', [("", "incorrect username or password")]),
        (b'{"error":"invalid_grant","error_description":"expired"}', [("invalid_grant", "expired")]),
        (b'{"error":"a whole sentence"}', [("", "a whole sentence")]),
        (b'{"__type":"ThrottlingException","Message":"slow"}', [("ThrottlingException", "slow")]),
        (b'{"message":"Not Found"}', [("", "Not Found")]),
        (b"404 page not found\n", [("", "404 page not found")]),
        (
            b"<?xml?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
            [("AccessDenied", "Request has expired")],
        ),
        (b"{broken", [("", "{broken")]),
        (b"{}", [("", "{}")]),
        (b'{"errors":[]}', [("", '{"errors":[]}')]),
        (b'{"errors":[{"code":7,"message":[]}]}', [("", '{"errors":[{"code":7,"message":[]}]}')]),
        (b"", []),
        (b"  \n", []),
        (b"\xff\xfe", [("", "\ufffd\ufffd")]),
    ],
)
def test_each_shape_is_understood(body: bytes, items: list[tuple[str, str]]) -> None:
    parsed = parse_error_body(body)
    assert [(item.code, item.message) for item in parsed.items] == items
    assert not parsed.is_page


def test_a_web_page_is_known_by_its_title() -> None:
    parsed = parse_error_body(b"<!doctype html><html><head><title>404\n Not Found</title></head></html>")
    assert parsed.is_page
    assert str(parsed) == "404 Not Found"
    assert parse_error_body(b"<html>").is_page


def test_what_is_shown_has_no_control_characters_and_one_line() -> None:
    body = json.dumps({"errors": [{"code": "X\x1b[0m", "message": "a\x1b[31m\nb\u202e"}]}).encode()
    assert str(parse_error_body(body)) == "a\\x1b[31m b\\u202e"


def test_everything_is_bounded() -> None:
    errors = [{"code": "A", "message": "m" * 10_000}] * 500
    parsed = parse_error_body(json.dumps({"errors": errors[:5]}).encode())
    assert len(str(parsed)) < 1000
    assert len(parse_error_body(json.dumps({"errors": [{"code": "A"}] * 50}).encode()).items) <= MAX_ITEMS + 1
    assert len(str(parse_error_body(b"x" * (2 * MAX_BYTES)))) <= 300
    assert len(str(parse_error_body(b"[" * 500_000))) <= 300


def test_the_codes_come_in_order() -> None:
    parsed = parse_error_body(b'{"errors":[{"code":"B"},{"message":"x"},{"code":"A"}]}')
    assert parsed.codes == ("B", "A")
    assert str(ErrorItem("", "")) == ""
