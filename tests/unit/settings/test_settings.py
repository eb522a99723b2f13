"""What a host has decided: search order, certificates, proxies, and no look at the host itself."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest

from oci.errors import InvalidReference, InvalidSettings
from oci.frozen import replace
from oci.settings import BrokenAuthFile, Credential, HelperCall, Proxies, Security, Settings
from oci.settings.certificate import ClientCertificate, find_certificates, read_certificates
from oci.settings.host import read_host
from oci.settings.proxy import proxies_of
from oci.spec import Platform

HOME = {"HOME": "/home/u"}


def write_login(path: Path, name: str, host: str = "r.example") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    auth = base64.b64encode(f"{name}:pw".encode()).decode()
    entries = {host: {"auth": auth}}
    path.write_text(json.dumps(entries if path.name == ".dockercfg" else {"auths": entries}))


def names(settings: Settings, host: str = "r.example") -> list[str]:
    return [
        c.username if isinstance(c, Credential) else c.program for c in settings.credentials_for(host, "a")
    ]


class TestAuthFiles:
    def test_they_are_asked_in_order(self, tmp_path: Path) -> None:
        environ = HOME | {"XDG_RUNTIME_DIR": "/run/user/5"}
        for path in (
            "run/user/5/containers/auth.json",
            "home/u/.config/containers/auth.json",
            "home/u/.docker/config.json",
            "home/u/.dockercfg",
        ):
            write_login(tmp_path / path, Path(path).parts[2] + Path(path).name)
        settings = Settings.discover(environ, tmp_path, uid=5)
        assert names(settings) == [
            "5auth.json",
            ".configauth.json",
            ".dockerconfig.json",
            ".dockercfg.dockercfg",
        ]

    def test_variables_move_them(self, tmp_path: Path) -> None:
        environ = HOME | {"XDG_CONFIG_HOME": "/c", "DOCKER_CONFIG": "/d"}
        write_login(tmp_path / "c/containers/auth.json", "xdg")
        write_login(tmp_path / "d/config.json", "docker")
        write_login(tmp_path / "home/u/.docker/config.json", "unasked")
        write_login(tmp_path / "run/containers/7/auth.json", "run")
        assert names(Settings.discover(environ, tmp_path, uid=7)) == ["run", "xdg", "docker"]

    def test_a_chosen_file_is_the_only_one(self, tmp_path: Path) -> None:
        write_login(tmp_path / "home/u/.docker/config.json", "docker")
        write_login(tmp_path / "x/auth.json", "chosen")
        environ = HOME | {"REGISTRY_AUTH_FILE": "/x/auth.json"}
        settings = Settings.discover(environ, tmp_path)
        assert names(settings) == ["chosen"]
        assert settings.login_file is not None
        assert settings.login_file.path == tmp_path / "x/auth.json"

    def test_a_chosen_file_that_is_missing_is_an_error_for_those_who_need_it(self, tmp_path: Path) -> None:
        settings = Settings.discover(HOME | {"REGISTRY_AUTH_FILE": "/x/auth.json"}, tmp_path)
        with pytest.raises(InvalidSettings) as caught:
            names(settings)
        assert caught.value.path == str(tmp_path / "x/auth.json")
        assert names(replace(settings, is_anonymous=True)) == []
        assert names(replace(settings, credential=Credential.parse("joe:pw"))) == ["joe"]

    def test_an_option_stands_in_for_all_of_them(self, tmp_path: Path) -> None:
        write_login(tmp_path / "home/u/.docker/config.json", "docker")
        write_login(tmp_path / "mine.json", "mine")
        settings = Settings.discover(HOME, tmp_path).with_auth_file(tmp_path / "mine.json")
        assert names(settings) == ["mine"]
        assert settings.login_file is not None
        assert not settings.login_file.is_required

    def test_a_variable_with_the_content_of_a_file_comes_before_the_files(self, tmp_path: Path) -> None:
        write_login(tmp_path / "home/u/.config/containers/auth.json", "containers")
        write_login(tmp_path / "home/u/.docker/config.json", "docker")
        login = base64.b64encode(b"variable:pw").decode()
        content = json.dumps({"auths": {"r.example": {"auth": login}}, "credHelpers": {"r.example": "pass"}})
        environ = HOME | {"DOCKER_AUTH_CONFIG": content}
        settings = Settings.discover(environ, tmp_path)
        assert names(settings) == ["docker-credential-pass", "variable", "containers", "docker"]
        assert settings.login_file is not None
        assert settings.login_file.path == tmp_path / "home/u/.config/containers/auth.json"
        assert names(settings.with_auth_file(tmp_path / "home/u/.docker/config.json")) == ["docker"]
        write_login(tmp_path / "x/auth.json", "chosen")
        assert names(Settings.discover(environ | {"REGISTRY_AUTH_FILE": "/x/auth.json"}, tmp_path)) == [
            "chosen"
        ]
        assert names(Settings.discover(environ | {"DOCKER_AUTH_CONFIG": ""}, tmp_path)) == [
            "containers",
            "docker",
        ]

    @pytest.mark.parametrize("content", ["{", "[]", '{"auths": 1}', "\udcff"])
    def test_a_variable_with_something_else_in_it_is_an_error_without_its_content(
        self, tmp_path: Path, content: str
    ) -> None:
        settings = Settings.discover(HOME | {"DOCKER_AUTH_CONFIG": content}, tmp_path)
        with pytest.raises(InvalidSettings, match=r"^\$DOCKER_AUTH_CONFIG: ") as caught:
            names(settings)
        assert caught.value.path == "$DOCKER_AUTH_CONFIG"

    def test_a_broken_file_stops_only_who_gets_to_it(self, tmp_path: Path) -> None:
        write_login(tmp_path / "home/u/.config/containers/auth.json", "first")
        (tmp_path / "home/u/.docker").mkdir()
        (tmp_path / "home/u/.docker/config.json").write_text("{")
        settings = Settings.discover(HOME, tmp_path)
        assert isinstance(settings.auth_files[1], BrokenAuthFile)
        found = settings.credentials_for("r.example")
        assert next(found) == Credential(username="first", password="pw")
        with pytest.raises(InvalidSettings):
            next(found)

    def test_a_directory_in_its_place_is_an_error_of_ours(self, tmp_path: Path) -> None:
        (tmp_path / "home/u/.docker/config.json").mkdir(parents=True)
        with pytest.raises(InvalidSettings) as caught:
            names(Settings.discover(HOME, tmp_path))
        assert "config.json" in caught.value.path

    @pytest.mark.parametrize(
        ("mode", "is_exposed"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True)]
    )
    def test_a_file_that_others_can_read_says_so(self, tmp_path: Path, mode: int, is_exposed: bool) -> None:
        path = tmp_path / "home/u/.docker/config.json"
        write_login(path, "joe")
        path.chmod(mode)
        (file,) = Settings.discover(HOME, tmp_path).auth_files
        assert not isinstance(file, BrokenAuthFile)
        assert file.is_exposed is is_exposed
        settings = Settings(auth_files=(file,))
        (found,) = settings.credentials_for("r.example")
        assert settings.exposure_of(found).startswith(str(path)) is is_exposed
        assert settings.exposure_of(HelperCall("pass", "r.example", str(path))) == ""
        assert settings.exposure_of(Credential(username="joe", origin="elsewhere")) == ""
        assert file.is_docker

    def test_helpers_of_a_file_come_before_the_next_file(self, tmp_path: Path) -> None:
        first = tmp_path / "home/u/.config/containers/auth.json"
        first.parent.mkdir(parents=True)
        first.write_text('{"credHelpers":{"r.example":"pass"}}')
        write_login(tmp_path / "home/u/.docker/config.json", "docker")
        assert names(Settings.discover(HOME, tmp_path)) == ["docker-credential-pass", "docker"]

    @pytest.mark.parametrize(
        ("environ", "uid", "path"),
        [
            (HOME | {"XDG_RUNTIME_DIR": "/run/user/5"}, 5, "run/user/5/containers/auth.json"),
            (HOME, 0, "run/containers/0/auth.json"),
            (HOME, 5, "home/u/.config/containers/auth.json"),
            (HOME | {"XDG_CONFIG_HOME": "/c"}, None, "c/containers/auth.json"),
            (HOME | {"XDG_CONFIG_HOME": "relative"}, 5, "home/u/.config/containers/auth.json"),
            ({}, 5, None),
        ],
    )
    def test_a_login_is_written_to_the_first_file_that_is_read(
        self, tmp_path: Path, environ: dict[str, str], uid: int | None, path: str | None
    ) -> None:
        location = Settings.discover(environ, tmp_path, uid=uid).login_file
        assert (location and location.path) == (path and tmp_path / path)

    def test_explicit_and_anonymous(self) -> None:
        settings = Settings(credential=Credential.parse("joe:pw"))
        assert names(settings) == ["joe"]
        assert names(replace(settings, is_anonymous=True)) == []
        assert names(Settings()) == []


class TestCertificates:
    def test_the_first_directory_of_a_host_counts(self, tmp_path: Path) -> None:
        docker, containers = tmp_path / "etc/docker/certs.d", tmp_path / "etc/containers/certs.d"
        for folder in (docker, containers):
            (folder / "r.example:5000").mkdir(parents=True)
        (docker / "r.example:5000/docker.crt").touch()
        (containers / "r.example:5000/b.crt").touch()
        (containers / "r.example:5000/a.crt").touch()
        (containers / "r.example:5000/README").touch()
        settings = Settings.discover(HOME, tmp_path, uid=5)
        found = settings.certificates_for("r.example:5000")
        assert [path.name for path in found.authorities] == ["a.crt", "b.crt"]
        assert settings.certificates_for("r.example").authorities == ()
        assert settings.certificates_for("r.example:5001").authorities == ()

    @pytest.mark.parametrize(
        ("uid", "folder"),
        [
            (0, "etc/containers/certs.rootful.d"),
            (5, "etc/containers/certs.rootless.d"),
            (5, "home/u/.config/containers/certs.d"),
            (5, "usr/share/containers/certs.d"),
        ],
    )
    def test_every_place_is_asked(self, tmp_path: Path, uid: int, folder: str) -> None:
        (tmp_path / folder / "r.example").mkdir(parents=True)
        (tmp_path / folder / "r.example/ca.crt").touch()
        found = Settings.discover(HOME, tmp_path, uid=uid).certificates_for("r.example")
        assert found.authorities == (tmp_path / folder / "r.example/ca.crt",)

    def test_a_certificate_of_ours_needs_its_key(self, tmp_path: Path) -> None:
        for name in ("b.cert", "b.key", "a.b.cert", "a.b.key"):
            (tmp_path / name).touch()
        assert read_certificates(tmp_path).clients == (
            ClientCertificate(tmp_path / "a.b.cert", tmp_path / "a.b.key"),
            ClientCertificate(tmp_path / "b.cert", tmp_path / "b.key"),
        )
        for lonely in ("b.key", "a.b.cert"):
            (tmp_path / lonely).unlink()
            with pytest.raises(InvalidSettings) as caught:
                read_certificates(tmp_path)
            assert str(tmp_path) in caught.value.path
            (tmp_path / lonely).touch()

    def test_a_directory_that_was_asked_for_must_be_there(self, tmp_path: Path) -> None:
        settings = Settings(certificate_directory=tmp_path / "none")
        with pytest.raises(InvalidSettings):
            settings.certificates_for("r.example")
        (tmp_path / "none").mkdir()
        assert settings.certificates_for("r.example").authorities == ()

    @pytest.mark.parametrize("host", ["..", "a/../../b", "/etc", ""])
    def test_only_hosts_become_parts_of_a_path(self, tmp_path: Path, host: str) -> None:
        with pytest.raises(InvalidReference):
            find_certificates((tmp_path,), host)


class TestProxies:
    @pytest.mark.parametrize(
        ("environ", "proxies"),
        [
            ({}, Proxies()),
            (
                {"HTTP_PROXY": "http://a", "https_proxy": "http://b"},
                Proxies(http="http://a", https="http://b"),
            ),
            ({"HTTPS_PROXY": "http://A", "https_proxy": "http://a"}, Proxies(https="http://A")),
            ({"ALL_PROXY": "http://a"}, Proxies(http="http://a", https="http://a")),
            ({"all_proxy": "http://a", "HTTP_PROXY": "http://b"}, Proxies(http="http://b", https="http://a")),
            ({"NO_PROXY": "a,b"}, Proxies(no_proxy="a,b")),
            ({"no_proxy": " a "}, Proxies(no_proxy="a")),
            ({"HTTP_PROXY": "", "http_proxy": "http://a"}, Proxies(http="http://a")),
            ({"HTTP_PROXY": "http://evil", "REQUEST_METHOD": "GET"}, Proxies()),
            ({"http_proxy": "http://a", "REQUEST_METHOD": "GET"}, Proxies(http="http://a")),
        ],
    )
    def test_the_environment_names_them(self, environ: dict[str, str], proxies: Proxies) -> None:
        assert proxies_of(environ) == proxies

    def test_a_password_in_them_is_not_shown(self, tmp_path: Path) -> None:
        settings = Settings.discover({"HTTPS_PROXY": "http://u:s3cr3t@p:1"}, tmp_path)
        assert settings.proxies.https == "http://u:s3cr3t@p:1"
        assert "s3cr3t" not in repr(settings)


class TestSecurity:
    @pytest.mark.parametrize(
        ("tls_verify", "security", "schemes"),
        [
            (None, Security.VERIFIED, ("https",)),
            (True, Security.VERIFIED, ("https",)),
            (False, Security.UNVERIFIED, ("https", "http")),
        ],
    )
    def test_what_the_option_means(
        self, tls_verify: bool | None, security: Security, schemes: tuple[str, ...]
    ) -> None:
        assert Security.of(tls_verify=tls_verify) is security
        assert security.schemes == schemes
        assert security.verifies is (security is Security.VERIFIED)

    def test_plain_is_plain(self) -> None:
        assert Security.PLAIN.schemes == ("http",)
        assert not Security.PLAIN.verifies

    def test_a_host_may_have_its_own(self) -> None:
        settings = Settings(security_by_host={"localhost:5000": Security.PLAIN})
        assert settings.security_of("localhost:5000") is Security.PLAIN
        assert settings.security_of("localhost:5001") is Security.VERIFIED


class TestHost:
    def test_nothing_is_known_without_a_host(self) -> None:
        settings = Settings()
        assert settings.auth_files == ()
        assert settings.login_file is None
        assert settings.platform is None
        assert settings.user_agent.startswith("ocitool/")

    @pytest.mark.parametrize(
        ("machine", "platform"),
        [
            ("linux/x86_64", Platform("linux", "amd64")),
            ("linux/aarch64", Platform("linux", "arm64")),
            ("linux/armv7l", Platform("linux", "arm", "v7")),
            ("", None),
            ("odd", None),
        ],
    )
    def test_the_machine_says_which_images_run(
        self, tmp_path: Path, machine: str, platform: Platform | None
    ) -> None:
        assert Settings.discover({}, tmp_path, machine=machine).platform == platform

    def test_state_and_cache_have_their_places(self, tmp_path: Path) -> None:
        settings = Settings.discover(HOME | {"XDG_CACHE_HOME": "/cache"}, tmp_path)
        assert settings.state_directory == tmp_path / "home/u/.local/state/ocitool"
        assert settings.cache_directory == tmp_path / "cache/ocitool"
        assert Settings.discover({}, tmp_path).state_directory is None

    def test_this_host_is_read_in_one_place(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write_login(tmp_path / "auth.json", "joe")
        monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / "auth.json"))
        settings = Settings.of_host()
        assert names(settings) == ["joe"]
        assert settings.platform is not None
        assert list(settings.credentials_for("other.example")) == []

    def test_a_host_without_home_is_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("HOME")
        host = read_host()
        assert host.environ.get("HOME")
        assert host.root == Path("/")
        assert host.uid == os.getuid()


def test_a_helper_call_is_a_value() -> None:
    assert HelperCall("a", "b", "c") == HelperCall("a", "b", "d")


def test_temporary_files_may_be_large_so_they_do_not_go_into_memory(tmp_path: Path) -> None:
    assert Settings.discover(HOME, tmp_path).scratch_directory is None
    (tmp_path / "var/tmp").mkdir(parents=True)
    assert Settings.discover(HOME, tmp_path).scratch_directory == tmp_path / "var/tmp"
    assert Settings.discover(HOME | {"TMPDIR": "/fast"}, tmp_path).scratch_directory == tmp_path / "fast"
