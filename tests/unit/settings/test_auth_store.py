"""Writing logins: one entry changes, nothing else, and the file is whole and private at all times."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import threading
from typing import TYPE_CHECKING

import pytest

from oci.errors import InvalidSettings, Locked, StorageError
from oci.settings import AuthFile, AuthLocation, AuthStore, Credential, auth_store
from oci.settings.auth_edit import entry_of, with_entry, without_entries

if TYPE_CHECKING:
    from pathlib import Path

JOE = Credential(username="joe", password="p\u00e4:w")
DOCKER = """{
\t"auths": {
\t\t"https://index.docker.io/v1/": {
\t\t\t"auth": "YTpi",
\t\t\t"email": "a@b.c"
\t\t},
\t\t"zzz.example": {}
\t},
\t"HttpHeaders": {
\t\t"User-Agent": "Docker-Client/27 (linux)"
\t},
\t"psFormat": "table {{.ID}}",
\t"detachKeys": "ctrl-e,e"
}"""


def store(path: Path, *, is_docker: bool = False) -> AuthStore:
    return AuthStore(AuthLocation(path=path, is_docker=is_docker))


def read(path: Path) -> AuthFile:
    return AuthFile.parse(path.read_bytes(), path=str(path))


class TestText:
    def test_one_entry_changes_and_everything_else_stays(self) -> None:
        text = with_entry(DOCKER, "r.example", entry_of(JOE), path="x")
        added = DOCKER.replace(
            '"zzz.example": {}\n',
            '"zzz.example": {},\n\t\t"r.example": {\n\t\t\t"auth": "am9lOnDDpDp3"\n\t\t}\n',
        )
        assert text == added
        assert without_entries(text, ["r.example"], path="x") == DOCKER

    def test_what_is_not_a_secret_in_a_replaced_entry_stays(self) -> None:
        text = with_entry(DOCKER, "https://index.docker.io/v1/", {"identitytoken": "t"}, path="x")
        entry = json.loads(text)["auths"]["https://index.docker.io/v1/"]
        assert entry == {"email": "a@b.c", "identitytoken": "t"}

    @pytest.mark.parametrize(
        "text",
        [
            '{\n  "auths": {\n    "a": {}\n  },\n  "x": "\u00e4"\n}\n',
            '{\n    "auths": {}\n}',
            '{"auths":{"a":{}},"x":[1,2]}',
            '{"auths": {"a": {}}, "x": [1, 2]}\n',
            '{"x":"\\u00e4","auths":{}}',
        ],
    )
    def test_the_way_it_was_written_stays(self, text: str) -> None:
        grown = with_entry(text, "r.example", {"auth": "x"}, path="x")
        assert grown != text
        assert without_entries(grown, ["r.example"], path="x") == text

    def test_a_new_file_looks_like_dockers(self) -> None:
        assert (
            with_entry("", "h", {"auth": "x"}, path="x")
            == '{\n\t"auths": {\n\t\t"h": {\n\t\t\t"auth": "x"\n\t\t}\n\t}\n}'
        )

    @pytest.mark.parametrize("text", ["[]", "{", '{"auths":[]}', '{"auths":{},"auths":{}}'])
    def test_what_is_no_auth_file_is_not_rewritten(self, text: str) -> None:
        with pytest.raises(InvalidSettings):
            with_entry(text, "h", {}, path="x")
        with pytest.raises(InvalidSettings):
            without_entries(text, ["h"], path="x")

    @pytest.mark.parametrize(
        "credential",
        [
            JOE,
            Credential(identity_token="t"),
            Credential(username="joe", identity_token="t"),
            Credential(registry_token="r"),
            Credential(username="joe"),
        ],
    )
    def test_every_credential_survives(self, credential: Credential) -> None:
        text = with_entry("", "r.example", entry_of(credential), path="x")
        assert list(AuthFile.parse(text.encode(), path="x").lookup("r.example")) == [credential]


class TestFile:
    def test_a_login_is_written_and_read(self, tmp_path: Path) -> None:
        path = tmp_path / "new" / "auth.json"
        store(path).save("r.example", JOE)
        assert list(read(path).lookup("r.example")) == [JOE]
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert list(path.parent.iterdir()) == [path]

    def test_a_readable_file_becomes_private(self, tmp_path: Path) -> None:
        path = tmp_path / "config.json"
        path.write_text(DOCKER)
        path.chmod(0o644)
        store(path).save("r.example", JOE)
        assert path.stat().st_mode & 0o777 == 0o600

    def test_an_old_key_is_used_again(self, tmp_path: Path) -> None:
        path = tmp_path / "config.json"
        path.write_text(DOCKER)
        store(path, is_docker=True).save("docker.io", JOE)
        entries = json.loads(path.read_text())["auths"]
        assert list(entries) == ["https://index.docker.io/v1/", "zzz.example"]
        assert base64.b64decode(entries["https://index.docker.io/v1/"]["auth"]).decode() == "joe:p\u00e4:w"

    def test_several_keys_of_one_host_become_one(self, tmp_path: Path) -> None:
        path = tmp_path / "auth.json"
        path.write_text('{"auths":{"r.example":{"auth":"YTpi"},"https://r.example/v1/":{"auth":"Yzpk"}}}')
        store(path).save("r.example", JOE)
        assert list(json.loads(path.read_text())["auths"]) == ["r.example"]

    def test_docker_gets_the_key_that_it_knows(self, tmp_path: Path) -> None:
        store(tmp_path / "a").save("docker.io", JOE)
        store(tmp_path / "b", is_docker=True).save("docker.io", JOE)
        assert list(read(tmp_path / "a").entries) == ["docker.io"]
        assert list(read(tmp_path / "b").entries) == ["https://index.docker.io/v1/"]

    def test_a_namespace_has_its_own_login(self, tmp_path: Path) -> None:
        store(tmp_path / "a").save("r.example/team", JOE)
        assert list(read(tmp_path / "a").lookup("r.example", "team/app")) == [JOE]
        assert list(read(tmp_path / "a").lookup("r.example", "other")) == []

    def test_logging_out_removes_every_spelling(self, tmp_path: Path) -> None:
        path = tmp_path / "config.json"
        path.write_text(DOCKER)
        assert store(path).forget("index.docker.io")
        assert list(read(path).entries) == ["zzz.example"]
        before = path.read_bytes()
        assert not store(path).forget("docker.io")
        assert path.read_bytes() == before

    def test_logging_out_without_a_file_makes_none(self, tmp_path: Path) -> None:
        assert not store(tmp_path / "auth.json").forget("r.example")
        assert list(tmp_path.iterdir()) == []

    def test_a_mark_says_that_a_helper_has_it(self, tmp_path: Path) -> None:
        store(tmp_path / "a").mark("r.example")
        assert read(tmp_path / "a").entries == {"r.example": {}}

    def test_a_broken_file_stays_as_it_is(self, tmp_path: Path) -> None:
        path = tmp_path / "auth.json"
        path.write_text('{"auths": ')
        with pytest.raises(InvalidSettings):
            store(path).save("r.example", JOE)
        assert path.read_text() == '{"auths": '
        assert list(tmp_path.iterdir()) == [path]

    def test_a_link_stays_a_link(self, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        link = tmp_path / "auth.json"
        link.symlink_to(tmp_path / "real" / "auth.json")
        store(link).save("r.example", JOE)
        assert link.is_symlink()
        assert list(read(tmp_path / "real" / "auth.json").lookup("r.example")) == [JOE]

    def test_the_systems_own_directory_is_never_made(self, tmp_path: Path) -> None:
        runtime = tmp_path / "run" / "user" / "5"
        location = AuthLocation(path=runtime / "containers" / "auth.json", anchor=runtime)
        with pytest.raises(StorageError) as caught:
            AuthStore(location).save("r.example", JOE)
        assert caught.value.hint
        assert list(tmp_path.iterdir()) == []

    def test_a_place_that_cannot_be_written_is_an_error_of_ours(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(StorageError) as caught:
            store(tmp_path / "file" / "auth.json").save("r.example", JOE)
        assert caught.value.errno is not None
        assert str(tmp_path) in caught.value.path

    def test_many_logins_at_once_lose_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "auth.json"
        hosts = [f"r{number}.example" for number in range(16)]
        threads = [threading.Thread(target=store(path).save, args=(host, JOE)) for host in hosts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(read(path).entries) == sorted(hosts)

    def test_a_lock_that_is_never_let_go_is_an_error(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(auth_store, "PATIENCE_S", 0.0)
        handle = os.open(tmp_path, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            with pytest.raises(Locked) as caught:
                store(tmp_path / "auth.json").save("r.example", JOE)
        finally:
            os.close(handle)
        assert str(tmp_path) in caught.value.path
        assert list(tmp_path.iterdir()) == []
