"""What tokens allow."""

from __future__ import annotations

import pytest

from oci.errors import InvalidDocument, InvalidReference
from oci.wire.scope import (
    CATALOG,
    MAX_SCOPES,
    Scope,
    merged,
    missing,
    parse_scopes,
    to_delete,
    to_mount,
    to_pull,
    to_push,
)


def test_scopes_are_written_as_servers_read_them() -> None:
    assert str(to_pull("library/alpine")) == "repository:library/alpine:pull"
    assert str(to_push("a")) == "repository:a:pull,push"
    assert str(CATALOG) == "registry:catalog:*"


def test_deleting_never_asks_for_delete_by_name() -> None:
    assert str(to_delete("a")) == "repository:a:*"


def test_what_is_needed_comes_first_in_a_mount() -> None:
    assert [str(scope) for scope in to_mount("a/new", "b/old")] == [
        "repository:a/new:pull,push",
        "repository:b/old:pull",
    ]


@pytest.mark.parametrize("name", ["A", "../x", "", "a b", "a:b"])
def test_a_scope_is_made_for_a_repository_only(name: str) -> None:
    with pytest.raises(InvalidReference):
        to_pull(name)


@pytest.mark.parametrize(
    "text",
    [
        "repository:library/alpine:pull,push",
        "repository:host:5000/x:pull",
        "registry:catalog:*",
        "repository(plugin):x:pull",
        "repository:x:metadata_read,pull",
    ],
)
def test_a_scope_survives_being_written_and_read(text: str) -> None:
    assert str(Scope.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "x", "repository:x", "repository::pull", "repository:x:", "a b:c:d", "r:\n:pull"]
)
def test_what_is_no_scope_is_refused(text: str) -> None:
    with pytest.raises(InvalidDocument):
        Scope.parse(text)


def test_unknown_words_between_scopes_are_left_out() -> None:
    assert parse_scopes("openid repository:a:pull  x:y") == (to_pull("a"),)
    assert len(parse_scopes("repository:a:pull " * (MAX_SCOPES + 5))) == MAX_SCOPES


def test_a_challenge_adds_to_what_is_needed_and_never_precedes_it() -> None:
    named = (Scope.parse("repository:z:pull"), to_pull("a"), CATALOG)
    assert merged([to_push("a")], named) == (to_push("a"), Scope.parse("repository:z:pull"), CATALOG)


def test_a_grant_may_be_less_than_what_was_asked_for() -> None:
    assert missing([to_push("a")], [to_pull("a")]) == (to_push("a"),)
    assert missing([to_push("a")], [to_delete("a")]) == ()
    assert missing([to_pull("a"), to_pull("b")], [to_push("a")]) == (to_pull("b"),)
