"""Asking for tokens, and believing what is granted as far as it goes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from oci.errors import InvalidDocument
from oci.wire.scope import to_pull, to_push
from oci.wire.token import (
    DEFAULT_LIFETIME_S,
    MARGIN_S,
    MAX_ANSWER,
    MAX_LIFETIME_S,
    MAX_TOKEN,
    Token,
    TokenRequest,
    anonymous_request,
    may_ask_otherwise,
    parse_token,
    password_requests,
    refresh_requests,
)

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
REALM = "https://auth.example/token"


def parse(**members: object) -> Token:
    return parse_token(json.dumps(members).encode(), now=NOW, where="auth.example")


def lifetime_s(token: Token) -> float:
    return (token.expires_at - NOW).total_seconds()


def test_an_anonymous_request_carries_the_scopes_in_order() -> None:
    request = anonymous_request(REALM, "reg", [to_push("a/b"), to_pull("c")])
    assert request.method == "GET"
    assert request.url == f"{REALM}?service=reg&scope=repository:a/b:pull,push&scope=repository:c:pull"
    assert request.authorization == ""
    assert request.body is None


def test_the_query_of_a_realm_is_kept() -> None:
    assert anonymous_request(f"{REALM}?tenant=x", "a b", []).url == f"{REALM}?tenant=x&service=a%20b"
    assert anonymous_request(REALM, "", []).url == REALM


def test_a_password_is_asked_with_by_get_and_by_post_after_it() -> None:
    get, post = password_requests(REALM, "reg", [to_pull("a")], username="joe", password="p&=\u00e4")
    assert (get.method, post.method) == ("GET", "POST")
    assert get.authorization == "Basic am9lOnAmPcOk"
    assert dict(parse_qsl(urlsplit(get.url).query))["account"] == "joe"
    assert post.url == REALM
    assert post.body is not None
    assert dict(parse_qsl(post.body.decode())) == {
        "grant_type": "password",
        "username": "joe",
        "password": "p&=\u00e4",
        "access_type": "offline",
        "service": "reg",
        "client_id": "ocitool",
        "scope": "repository:a:pull",
    }


def test_a_refresh_token_is_asked_with_by_post_and_by_get_after_it() -> None:
    post, get = refresh_requests(REALM, "reg", [to_push("a"), to_pull("b")], refresh_token="r")
    assert (post.method, get.method) == ("POST", "GET")
    assert post.body is not None
    form = dict(parse_qsl(post.body.decode()))
    assert (form["grant_type"], form["refresh_token"]) == ("refresh_token", "r")
    assert form["scope"] == "repository:a:pull,push repository:b:pull"
    assert get.authorization == "Basic PHRva2VuPjpy"


def test_no_secret_is_shown() -> None:
    requests = (
        *password_requests(REALM, "reg", [], username="joe", password="s3cr3t"),
        *refresh_requests(REALM, "reg", [], refresh_token="s3cr3t"),
        parse(token="s3cr3t", refresh_token="s3cr3t"),
    )
    assert "s3cr3t" not in "".join(map(repr, requests))
    assert "am9l" not in "".join(map(repr, requests))


GET, POST = password_requests(REALM, "reg", [], username="joe", password="pw")


@pytest.mark.parametrize(
    ("request_", "status"), [(POST, 400), (POST, 401), (POST, 404), (POST, 405), (GET, 404), (GET, 405)]
)
def test_the_other_way_of_asking_is_worth_a_try(request_: TokenRequest, status: int) -> None:
    assert may_ask_otherwise(request_, status)


@pytest.mark.parametrize("status", [200, 403, 429, 500, 503])
def test_the_other_way_would_not_help(status: int) -> None:
    assert not may_ask_otherwise(GET, status)
    assert not may_ask_otherwise(POST, status)


@pytest.mark.parametrize("status", [400, 401])
def test_a_wrong_password_is_not_tried_twice(status: int) -> None:
    assert not may_ask_otherwise(GET, status)


def test_either_name_of_the_token_is_read() -> None:
    assert parse(token="a").text == "a"
    assert parse(access_token="b").text == "b"
    assert parse(token="a", access_token="b").text == "a"
    assert parse(token="", access_token="b").authorization == "Bearer b"


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        (300, 300),
        (None, DEFAULT_LIFETIME_S),
        (0, 60),
        (59, 60),
        (-1, 60),
        ("300", 300),
        (90.5, 90.5),
        (True, 60),
        ([], 60),
        (2**60, MAX_LIFETIME_S),
    ],
)
def test_a_lifetime_is_stated_in_many_ways(stated: object, seconds: float) -> None:
    assert lifetime_s(parse(token="t", expires_in=stated)) == seconds


def test_a_token_from_a_cache_is_older_than_its_answer() -> None:
    assert lifetime_s(parse(token="t", expires_in=300, issued_at="2026-11-22T11:59:00Z")) == 240
    assert lifetime_s(parse(token="t", expires_in=300, issued_at="2026-11-22T11:59:00.123456789Z")) > 240


@pytest.mark.parametrize(
    "issued_at",
    ["2009-11-10T23:00:00Z", "2026-11-22T12:10:00Z", "2026-11-22T11:59:00", "nonsense", 5, "x" * 99],
)
def test_a_wrong_clock_is_not_believed(issued_at: object) -> None:
    assert lifetime_s(parse(token="t", expires_in=300, issued_at=issued_at)) == 300


def test_a_token_is_not_used_shortly_before_its_end() -> None:
    token = parse(token="t", expires_in=300)
    assert token.is_usable(NOW + timedelta(seconds=300 - MARGIN_S - 1))
    assert not token.is_usable(NOW + timedelta(seconds=300 - MARGIN_S))


def test_the_granted_scopes_are_read_where_they_are_named() -> None:
    assert parse(token="t", scope="repository:a:pull").granted == (to_pull("a"),)
    assert parse(token="t").granted is None
    assert parse(token="t", scope="").granted is None
    assert parse(token="t", scope=7).granted is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"<html>",
        b"{}",
        b'{"token":""}',
        b'{"token":7}',
        b'{"token":"a b"}',
        b'{"token":"a\\r\\nX: y"}',
        '{"token":"ä"}'.encode(),
        b'{"token":"a","token":"b"}',
        b'{"token":"a","refresh_token":"x\\u0000"}',
        b'{"token":"' + b"x" * (MAX_TOKEN + 1) + b'"}',
        b'{"token":"a"}' + b" " * MAX_ANSWER,
    ],
)
def test_an_answer_without_a_token_that_could_be_sent_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidDocument) as caught:
        parse_token(body, now=NOW, where="auth.example")
    assert "auth.example" in caught.value.message


def test_a_token_of_the_greatest_length_is_taken() -> None:
    assert len(parse(token="x" * MAX_TOKEN).text) == MAX_TOKEN
