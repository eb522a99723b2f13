"""Auth files of every kind, and which entry speaks for a repository."""

from __future__ import annotations

import base64
import json

import pytest

from oci.errors import CredentialError, InvalidSettings
from oci.settings import AuthFile, Credential, HelperCall
from oci.settings.auth_file import MAX_BYTES
from oci.settings.auth_key import normalized, scopes_of

PATH = "/home/u/auth.json"


def auth(pair: str) -> str:
    return base64.b64encode(pair.encode()).decode()


def file(*, is_docker: bool = False, is_legacy: bool = False, **members: object) -> AuthFile:
    return AuthFile.parse(json.dumps(members).encode(), path=PATH, is_docker=is_docker, is_legacy=is_legacy)


def found(parsed: AuthFile, registry: str, repository: str = "") -> list[Credential | HelperCall]:
    return list(parsed.lookup(registry, repository))


def login(name: str) -> dict[str, str]:
    return {"auth": auth(f"{name}:pw")}


def user_for(parsed: AuthFile, registry: str, repository: str = "") -> str | None:
    credentials = [item for item in found(parsed, registry, repository) if isinstance(item, Credential)]
    return credentials[0].username if credentials else None


class TestEntries:
    @pytest.mark.parametrize(
        ("entry", "credential"),
        [
            ({"auth": auth("joe:p:w")}, Credential(username="joe", password="p:w")),
            ({"auth": auth("joe:pw\0\0")}, Credential(username="joe", password="pw")),
            ({"username": "joe", "password": "pw"}, Credential(username="joe", password="pw")),
            ({"auth": auth("a:b"), "username": "c", "password": "d"}, Credential(username="a", password="b")),
            ({"identitytoken": "t"}, Credential(identity_token="t")),
            ({"auth": auth("joe:"), "identitytoken": "t"}, Credential(username="joe", identity_token="t")),
            ({"auth": auth("<token>:t")}, Credential(identity_token="t")),
            ({"auth": auth("<token>:"), "identitytoken": "t"}, Credential(identity_token="t")),
            ({"registrytoken": "r"}, Credential(registry_token="r")),
            ({"auth": auth("j:p"), "email": "x@y", "later": [1]}, Credential(username="j", password="p")),
        ],
    )
    def test_each_kind_is_read(self, entry: dict[str, object], credential: Credential) -> None:
        assert found(file(auths={"r.example": entry}), "r.example") == [credential]

    @pytest.mark.parametrize("entry", [{}, None, {"email": "x"}, {"auth": ""}, {"auth": None}])
    def test_an_entry_may_only_mark_a_login(self, entry: object) -> None:
        assert found(file(auths={"r.example": entry}), "r.example") == []

    @pytest.mark.parametrize(
        "entry",
        [
            {"auth": "!!s3cr3t"},
            {"auth": auth("s3cr3t")},
            {"auth": auth(":s3cr3t")},
            {"auth": base64.b64encode(b"\xff:s3cr3t").decode()},
            {"auth": 7},
            {"auth": auth("a\nb:s3cr3t")},
            {"password": "s3cr3t"},
            {"registrytoken": "s3cr3t \n"},
            {"identitytoken": ["s3cr3t"]},
        ],
    )
    def test_what_is_wrong_names_file_and_key_but_no_secret(self, entry: dict[str, object]) -> None:
        parsed = file(auths={"r.example": entry, "other.example": login("joe")})
        assert user_for(parsed, "other.example") == "joe"
        with pytest.raises(InvalidSettings) as caught:
            found(parsed, "r.example")
        assert (caught.value.path, caught.value.key) == (PATH, "auths.r.example")
        text = f"{caught.value} {caught.value.hint} {caught.value.__cause__}"
        assert "s3cr3t" not in text
        assert base64.b64encode(b"s3cr3t").decode()[:6] not in text

    def test_the_entries_stay_out_of_repr(self) -> None:
        assert "am9l" not in repr(file(auths={"r.example": login("joe")}))


class TestLookup:
    def test_the_longest_path_speaks_for_a_repository(self) -> None:
        keys = {"r.example": "host", "r.example/a": "team", "r.example/a/b": "app", "r.example/ab": "other"}
        parsed = file(auths={key: login(name) for key, name in keys.items()})
        for repository, name in [
            ("a/b", "app"),
            ("a/b/c", "app"),
            ("a/c", "team"),
            ("abc", "host"),
            ("", "host"),
        ]:
            assert user_for(parsed, "r.example", repository) == name
        assert user_for(parsed, "r.example:5000", "a/b") is None
        assert user_for(parsed, "other.example", "a/b") is None

    def test_a_mark_for_a_namespace_does_not_hide_the_hosts_login(self) -> None:
        parsed = file(auths={"r.example/a": {}, "r.example": login("host")})
        assert user_for(parsed, "r.example", "a/b") == "host"

    @pytest.mark.parametrize(
        "key",
        [
            "docker.io",
            "index.docker.io",
            "registry-1.docker.io",
            "https://index.docker.io/v1/",
            "https://index.docker.io/v2/",
            "http://docker.io",
            "https://registry-1.docker.io",
        ],
    )
    @pytest.mark.parametrize("registry", ["docker.io", "index.docker.io", "registry-1.docker.io"])
    def test_docker_hub_has_many_names(self, key: str, registry: str) -> None:
        assert user_for(file(auths={key: login("joe")}), registry, "library/alpine") == "joe"

    @pytest.mark.parametrize(
        "key",
        [
            "R.Example:5000",
            "https://r.example:5000",
            "https://r.example:5000/v1/",
            "HTTP://r.example:5000/v2",
            "r.example:5000/",
        ],
    )
    def test_a_host_has_many_spellings(self, key: str) -> None:
        assert user_for(file(auths={key: login("joe")}), "r.example:5000", "a/b") == "joe"

    def test_a_plain_key_wins_over_a_url_and_a_login_over_a_mark(self) -> None:
        entries = {"https://r.example/v1/": login("url"), "r.example": login("plain")}
        assert user_for(file(auths=entries), "r.example") == "plain"
        assert user_for(file(auths=entries | {"r.example": {}}), "r.example") == "url"

    def test_scopes_go_from_the_repository_to_the_host(self) -> None:
        assert scopes_of("index.docker.io", "a/b") == ("docker.io/a/b", "docker.io/a", "docker.io")
        assert scopes_of("r.example", "") == ("r.example",)
        assert normalized("https://r.example/a/b") == "r.example"
        assert normalized("r.example/A/b") == "r.example/A/b"


class TestHelpers:
    def test_a_hosts_helper_comes_first_and_the_entries_after_it(self) -> None:
        parsed = file(credHelpers={"r.example": "pass"}, auths={"r.example": login("joe")})
        assert found(parsed, "r.example", "a") == [
            HelperCall("pass", "r.example"),
            Credential(username="joe", password="pw"),
        ]
        assert found(parsed, "other.example") == []

    def test_a_store_is_asked_about_every_host(self) -> None:
        parsed = file(credsStore="desktop", credHelpers={"r.example": "pass"})
        assert found(parsed, "other.example", "a") == [HelperCall("desktop", "other.example")]
        assert found(parsed, "r.example") == [HelperCall("pass", "r.example")]

    def test_an_empty_helper_keeps_the_store_away(self) -> None:
        parsed = file(credsStore="desktop", credHelpers={"r.example": ""}, auths={"r.example": login("joe")})
        assert found(parsed, "r.example") == [Credential(username="joe", password="pw")]

    def test_docker_calls_its_registry_by_a_url(self) -> None:
        assert found(file(is_docker=True, credsStore="x"), "docker.io") == [
            HelperCall("x", "https://index.docker.io/v1/")
        ]
        assert found(file(credsStore="x"), "docker.io") == [HelperCall("x", "docker.io")]
        assert found(file(credHelpers={"https://index.docker.io/v1/": "x"}), "docker.io")

    @pytest.mark.parametrize("name", ["../x", "/bin/sh", "a b"])
    def test_a_helper_with_a_path_is_refused(self, name: str) -> None:
        with pytest.raises(CredentialError):
            found(file(credsStore=name), "r.example")
        with pytest.raises(CredentialError):
            found(file(credHelpers={"r.example": name}), "r.example")


class TestParsing:
    @pytest.mark.parametrize(
        "raw", [b"", b" \n", b"{}", b'{"auths":null,"credHelpers":null,"credsStore":null}']
    )
    def test_an_empty_file_has_nothing(self, raw: bytes) -> None:
        assert found(AuthFile.parse(raw, path=PATH), "r.example") == []

    def test_dockers_other_settings_are_no_trouble(self) -> None:
        parsed = file(
            auths={"r.example": login("joe")}, HttpHeaders={"X": "y"}, psFormat="x", proxies={"default": {}}
        )
        assert user_for(parsed, "r.example") == "joe"

    def test_the_old_file_has_its_entries_at_the_top(self) -> None:
        old = {"https://index.docker.io/v1/": login("joe") | {"email": "x@y"}}
        parsed = AuthFile.parse(json.dumps(old).encode(), path=PATH, is_legacy=True)
        assert user_for(parsed, "docker.io", "library/alpine") == "joe"

    @pytest.mark.parametrize(
        ("raw", "key"),
        [
            (b"[]", ""),
            (b"{", ""),
            (b"\xff", ""),
            (b'{"auths":[]}', "auths"),
            (b'{"auths":{"h":7}}', "auths.h"),
            (b'{"credHelpers":"x"}', "credHelpers"),
            (b'{"credHelpers":{"h":7}}', "credHelpers.h"),
            (b'{"credsStore":7}', "credsStore"),
            (b'{"auths":{},"auths":{}}', ""),
            (b'{"auths":{"h":{"auth":"a","auth":"b"}}}', ""),
            (b" " * (MAX_BYTES + 1), ""),
        ],
    )
    def test_what_is_no_auth_file_is_refused_by_name(self, raw: bytes, key: str) -> None:
        with pytest.raises(InvalidSettings) as caught:
            AuthFile.parse(raw, path=PATH)
        assert (caught.value.path, caught.value.key) == (PATH, key)
        assert PATH in caught.value.message
