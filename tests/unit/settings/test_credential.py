"""Credentials and the helpers that keep them: no secret is shown, no path is run."""

from __future__ import annotations

import json

import pytest

from oci.errors import CredentialError, InvalidValue
from oci.settings import Credential, HelperCall
from oci.settings.credential_helper import MAX_ANSWER, get_input, parse_get, store_input

CALL = HelperCall("pass", "r.example", "/home/u/.docker/config.json")


def answer(**members: object) -> bytes:
    return json.dumps(members).encode()


@pytest.mark.parametrize(
    ("text", "username", "password"),
    [
        ("joe:pw", "joe", "pw"),
        ("joe:p:w:", "joe", "p:w:"),
        ("joe", "joe", ""),
        ("joe:", "joe", ""),
        ("j:\u00e4", "j", "\u00e4"),
    ],
)
def test_an_option_gives_user_and_password(text: str, username: str, password: str) -> None:
    credential = Credential.parse(text)
    assert (credential.username, credential.password) == (username, password)
    assert credential.login == (username, password)


def test_the_user_token_means_an_identity_token() -> None:
    credential = Credential.parse("<token>:abc")
    assert credential.identity_token == "abc"
    assert credential.password == ""
    assert credential.login == ("<token>", "abc")


@pytest.mark.parametrize("text", ["", ":pw", "a\nb:pw", "a\x7f:pw", "a:\ud800"])
def test_what_is_no_login_is_refused_without_being_said(text: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        Credential.parse(text)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    "members",
    [{}, {"password": "x"}, {"registry_token": "a b"}, {"registry_token": "a\r\nX: y"}, {"username": "a:b"}],
)
def test_what_no_request_can_carry_is_refused(members: dict[str, str]) -> None:
    with pytest.raises(InvalidValue):
        Credential(**members)


def test_no_secret_is_shown() -> None:
    shown = repr(
        [
            Credential(username="joe", password="s3cr3t"),
            Credential(identity_token="s3cr3t"),
            Credential(registry_token="s3cr3t"),
        ]
    )
    assert "s3cr3t" not in shown
    assert "joe" in shown


class TestHelperCall:
    def test_the_program_has_dockers_prefix(self) -> None:
        assert CALL.program == "docker-credential-pass"
        assert HelperCall("ecr-login", "x").program == "docker-credential-ecr-login"

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "../evil",
            "/bin/sh",
            "a/b",
            "a\\b",
            "a b",
            "-x",
            ".",
            "..",
            "a;b",
            "a\n",
            "\u0430",
            "x" * 65,
            "$(x)",
        ],
    )
    def test_only_plain_names_are_helpers(self, name: str) -> None:
        with pytest.raises(CredentialError) as caught:
            HelperCall(name, "r.example", "/f")
        assert caught.value.message.isprintable()

    @pytest.mark.parametrize("server", ["", "a\nb", "a\0", "\ud800"])
    def test_only_plain_servers_are_asked_about(self, server: str) -> None:
        with pytest.raises(CredentialError):
            HelperCall("pass", server)


class TestProtocol:
    def test_a_helper_is_asked_by_the_servers_name(self) -> None:
        assert get_input(CALL) == b"r.example"

    def test_a_login_is_stored_under_it(self) -> None:
        stored = json.loads(store_input(CALL, Credential(username="joe", password="p\u00e4")))
        assert stored == {"ServerURL": "r.example", "Username": "joe", "Secret": "p\u00e4"}
        token = json.loads(store_input(CALL, Credential(identity_token="t")))
        assert (token["Username"], token["Secret"]) == ("<token>", "t")

    def test_a_registry_token_has_no_place_in_a_helper(self) -> None:
        with pytest.raises(CredentialError):
            store_input(CALL, Credential(registry_token="t"))

    def test_an_answer_is_a_login_or_an_identity_token(self) -> None:
        login = parse_get(CALL, 0, answer(ServerURL="x", Username="joe", Secret="pw"))
        assert login == Credential(username="joe", password="pw")
        token = parse_get(CALL, 0, answer(Username="<token>", Secret="t"))
        assert token == Credential(identity_token="t")

    @pytest.mark.parametrize(
        ("status", "output"),
        [
            (1, b"credentials not found in native keychain\n"),
            (1, b"Credentials not found"),
            (0, b'{"ServerURL":"garbage","Username":"","Secret":""}'),
            (0, b'{"Username":"joe","Secret":""}'),
            (0, b"{}"),
        ],
    )
    def test_a_helper_may_have_nothing(self, status: int, output: bytes) -> None:
        assert parse_get(CALL, status, output) is None

    @pytest.mark.parametrize(
        ("status", "output"),
        [
            (1, b"gpg: decryption failed: s3cr3t"),
            (1, b""),
            (-9, b""),
            (0, b""),
            (0, b"s3cr3t"),
            (0, b'["s3cr3t"]'),
            (0, b'{"Username":7,"Secret":"s3cr3t"}'),
            (0, b'{"Username":"a:b","Secret":"s3cr3t"}'),
            (0, b'{"Username":"a","Secret":"s3cr3t","Secret":"x"}'),
            (0, b" " * (MAX_ANSWER + 1)),
            (1, b"\xff" * (MAX_ANSWER + 1)),
        ],
    )
    def test_anything_else_is_a_failure_that_says_no_secret(self, status: int, output: bytes) -> None:
        with pytest.raises(CredentialError) as caught:
            parse_get(CALL, status, output)
        assert caught.value.helper == "docker-credential-pass"
        assert "s3cr3t" not in f"{caught.value} {caught.value.hint} {caught.value.__cause__}"
