"""``ocitool login`` and ``logout``, with files and with a real credential helper."""

from __future__ import annotations

import base64
import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from oci.testing import ScriptedRegistry, TokenServer, basic_login
from tests.integration.cli.process import hints, ocitool

if TYPE_CHECKING:
    from pathlib import Path

    from oci.testing import Content

PLAIN = "--tls-verify=false"

HELPER = f"""#!{sys.executable}
# Keeps its secrets in a file beside itself, as the protocol of docker-credential-helpers wants it.
import json, pathlib, sys
kept = pathlib.Path(__file__).with_name("secrets.json")
secrets = json.loads(kept.read_text()) if kept.exists() else {{}}
given = sys.stdin.read()
if sys.argv[1] == "store":
    secrets[json.loads(given)["ServerURL"]] = json.loads(given)
elif sys.argv[1] == "erase":
    del secrets[given.strip()]
elif given.strip() in secrets:
    print(json.dumps(secrets[given.strip()]))
else:
    print("credentials not found in native keychain")
    sys.exit(1)
kept.write_text(json.dumps(secrets))
"""


@pytest.fixture
def guarded(registry: ScriptedRegistry) -> ScriptedRegistry:
    """Return a registry that asks for a login."""
    registry.script(basic_login({"ann": "secret"}))
    return registry


@pytest.fixture
def auth_file(tmp_path: Path) -> Path:
    """Return a path for an auth file that does not exist."""
    return tmp_path / "auth" / "auth.json"


def test_good_credentials_are_saved_for_their_owner_only(guarded: ScriptedRegistry, auth_file: Path) -> None:
    done = ocitool(
        *("login", PLAIN, "-v", "-u", "ann", "--password-stdin", "--authfile", str(auth_file), guarded.host),
        stdin="secret\n",
    )
    assert (done.returncode, done.stdout) == (0, "Login Succeeded!\n")
    assert done.stderr == f"ocitool: saved in {auth_file}\n"
    entry = {"auth": base64.b64encode(b"ann:secret").decode()}
    assert json.loads(auth_file.read_text()) == {"auths": {guarded.host: entry}}
    assert auth_file.stat().st_mode & 0o777 == 0o600
    name = f"docker://{guarded.host}/app:1"
    assert ocitool("inspect", PLAIN, "--authfile", str(auth_file), name).returncode == 2
    assert ocitool("inspect", PLAIN, name).returncode == 3


def test_wrong_credentials_are_not_saved(guarded: ScriptedRegistry, auth_file: Path) -> None:
    done = ocitool("login", PLAIN, "-u", "ann", "-p", "wrong-one", "--authfile", str(auth_file), guarded.host)
    assert (done.returncode, done.stdout) == (3, "")
    assert not auth_file.exists()
    assert "wrong-one" not in done.stderr


def test_tokens(tmp_path: Path, auth_file: Path) -> None:
    with (
        TokenServer({"ann": "secret"}) as tokens,
        ScriptedRegistry(tmp_path / "r", tokens=tokens) as registry,
    ):
        arguments = ("login", PLAIN, "--authfile", str(auth_file), "-u", "ann", registry.host)
        assert ocitool(*arguments, "--password-stdin", stdin="nonsense").returncode == 3
        assert not auth_file.exists()
        done = ocitool(*arguments, env={"OCITOOL_PASSWORD": "secret"})
        assert (done.returncode, done.stdout) == (0, "Login Succeeded!\n")
        assert registry.host in json.loads(auth_file.read_text())["auths"]


def test_a_registry_that_asks_nobody_is_told_of(registry: ScriptedRegistry, auth_file: Path) -> None:
    done = ocitool("login", PLAIN, "-u", "a", "-p", "b", "--authfile", str(auth_file), registry.host)
    assert done.returncode == 0
    assert "could not be tried" in done.stderr


def test_a_file_that_others_can_read_is_warned_of_once(
    guarded: ScriptedRegistry, auth_file: Path, image: Content
) -> None:
    guarded.put("app", image, "1")
    where, name = ("--authfile", str(auth_file)), f"docker://{guarded.host}/app:1"
    ocitool("login", PLAIN, *where, "-u", "ann", "-p", "secret", guarded.host)
    sides = ("--src-tls-verify=false", "--dest-tls-verify=false")
    copying = ("copy", *sides, "-q", *where, name, f"docker://{guarded.host}/mirror:1")
    assert ocitool(*copying).stderr == ""
    auth_file.chmod(0o644)
    reason = "others can read the credentials in this file; chmod 600 keeps them out"
    warning = f"ocitool: warning: {auth_file}: {reason}\n"
    assert ocitool(*copying).stderr == warning
    assert ocitool("login", PLAIN, *where, guarded.host).stderr.startswith(warning)
    assert ocitool("inspect", PLAIN, "--creds", "ann:secret", *where, name).stderr == ""


def test_credentials_that_would_come_first_are_told_of(guarded: ScriptedRegistry, tmp_path: Path) -> None:
    arguments = ("login", PLAIN, "-u", "ann", "-p", "secret", guarded.host)
    env = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
    other = json.dumps({"auths": {guarded.host: {"auth": base64.b64encode(b"bob:other").decode()}}})
    done = ocitool(*arguments, env={**env, "DOCKER_AUTH_CONFIG": other})
    assert (done.returncode, done.stdout) == (0, "Login Succeeded!\n")
    said = f"$DOCKER_AUTH_CONFIG has credentials for {guarded.host}, too, and they come before these"
    assert done.stderr == f"ocitool: warning: {said}\n"
    elsewhere = other.replace(guarded.host, "registry.example.com")
    assert ocitool(*arguments, env={**env, "DOCKER_AUTH_CONFIG": elsewhere}).stderr == ""


def test_who_is_logged_in(guarded: ScriptedRegistry, auth_file: Path) -> None:
    where = ("--authfile", str(auth_file))
    nobody = ocitool("login", "--get-login", *where, guarded.host)
    assert (nobody.returncode, nobody.stdout) == (1, "")
    assert hints(nobody.stderr) == [f"ocitool login {guarded.host}"]
    ocitool("login", PLAIN, "-u", "ann", "-p", "secret", *where, guarded.host)
    assert ocitool("login", "--get-login", *where, guarded.host).stdout == "ann\n"


def test_credentials_that_are_there_and_good_are_enough(guarded: ScriptedRegistry, auth_file: Path) -> None:
    where = ("--authfile", str(auth_file))
    ocitool("login", PLAIN, "-u", "ann", "-p", "secret", *where, guarded.host)
    before = auth_file.read_bytes()
    done = ocitool("login", PLAIN, *where, guarded.host)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "ocitool: already logged in as ann\n"
    assert auth_file.read_bytes() == before


def test_nobody_to_ask(guarded: ScriptedRegistry, auth_file: Path) -> None:
    done = ocitool("login", PLAIN, "--authfile", str(auth_file), guarded.host, stdin="")
    assert done.returncode == 64
    assert "--username" in done.stderr
    done = ocitool("login", PLAIN, "-u", "ann", "--authfile", str(auth_file), guarded.host, stdin="")
    assert done.returncode == 64
    assert "--password-stdin" in done.stderr


def test_logging_out(guarded: ScriptedRegistry, auth_file: Path) -> None:
    where = ("--authfile", str(auth_file))
    ocitool("login", PLAIN, "-u", "ann", "-p", "secret", *where, guarded.host)
    done = ocitool("logout", *where, guarded.host)
    assert (done.returncode, done.stdout) == (0, f"Removed login credentials for {guarded.host}\n")
    assert json.loads(auth_file.read_text()) == {"auths": {}}
    again = ocitool("logout", *where, guarded.host)
    assert (again.returncode, again.stdout) == (1, "")


def test_logging_out_everywhere(tmp_path: Path) -> None:
    auth_file = tmp_path / "auth.json"
    entry = {"auth": base64.b64encode(b"a:b").decode()}
    auth_file.write_text(json.dumps({"auths": {"one.example": entry, "two.example/team": entry}}))
    done = ocitool("logout", "--all", "--authfile", str(auth_file))
    assert (done.returncode, done.stdout) == (0, "Removed login credentials for all registries\n")
    assert json.loads(auth_file.read_text()) == {"auths": {}}


def test_a_helper_keeps_the_secret_and_the_file_does_not(guarded: ScriptedRegistry, tmp_path: Path) -> None:
    helper = tmp_path / "bin" / "docker-credential-test"
    helper.parent.mkdir()
    helper.write_text(HELPER)
    helper.chmod(0o755)
    config = tmp_path / "docker" / "config.json"
    config.parent.mkdir()
    config.write_text('{"credsStore": "test"}')
    env = {"PATH": f"{helper.parent}{os.pathsep}{os.environ['PATH']}"}
    where = ("--compat-auth-file", str(config))
    done = ocitool("login", PLAIN, "-v", "-u", "ann", "-p", "secret", *where, guarded.host, env=env)
    assert (done.returncode, done.stderr) == (0, "ocitool: saved in docker-credential-test\n")
    assert json.loads(config.read_text()) == {"credsStore": "test", "auths": {guarded.host: {}}}
    assert ocitool("login", "--get-login", *where, guarded.host, env=env).stdout == "ann\n"
    assert ocitool("logout", *where, guarded.host, env=env).returncode == 0
    assert json.loads((helper.parent / "secrets.json").read_text()) == {}
    assert ocitool("login", "--get-login", *where, guarded.host, env=env).returncode == 1


@pytest.fixture
def helper(tmp_path: Path) -> Path:
    """Return a credential helper called test."""
    program = tmp_path / "bin" / "docker-credential-test"
    program.parent.mkdir()
    program.write_text(HELPER)
    program.chmod(0o755)
    return program


def helped(tmp_path: Path, helper: Path, helpers: str) -> dict[str, str]:
    file = tmp_path / "registries.conf"
    file.write_text(f"credential-helpers = {helpers}\n")
    return {
        "PATH": f"{helper.parent}{os.pathsep}{os.environ['PATH']}",
        "CONTAINERS_REGISTRIES_CONF": str(file),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }


def test_registries_conf_names_helpers_for_all_registries(
    guarded: ScriptedRegistry, tmp_path: Path, helper: Path
) -> None:
    env = helped(tmp_path, helper, '["test", "containers-auth.json"]')
    done = ocitool("login", PLAIN, "-v", "-u", "ann", "-p", "secret", guarded.host, env=env)
    assert (done.returncode, done.stderr) == (0, "ocitool: saved in docker-credential-test\n")
    assert guarded.host in json.loads((helper.parent / "secrets.json").read_text())
    assert ocitool("list-tags", PLAIN, f"docker://{guarded.host}/app", env=env).returncode == 2
    assert ocitool("login", PLAIN, "-u", "a", "-p", "b", f"{guarded.host}/team", env=env).returncode != 0
    assert ocitool("logout", guarded.host, env=env).returncode == 0
    assert json.loads((helper.parent / "secrets.json").read_text()) == {}


def test_a_helper_that_fails_is_passed_over_while_another_one_knows(
    guarded: ScriptedRegistry, tmp_path: Path, helper: Path
) -> None:
    env = helped(tmp_path, helper, '["containers-auth.json"]')
    assert ocitool("login", PLAIN, "-u", "ann", "-p", "secret", guarded.host, env=env).returncode == 0
    env = helped(tmp_path, helper, '["absent", "containers-auth.json"]')
    assert ocitool("login", "--get-login", guarded.host, env=env).stdout == "ann\n"
    done = ocitool("login", "--get-login", "other.example", env=env)
    assert done.returncode == 3
    assert "the credential helper docker-credential-absent is not installed" in done.stderr


def test_a_broken_file_stays_as_it_is(guarded: ScriptedRegistry, tmp_path: Path) -> None:
    auth_file = tmp_path / "auth.json"
    auth_file.write_text("{nonsense")
    done = ocitool("login", PLAIN, "-u", "ann", "-p", "secret", "--authfile", str(auth_file), guarded.host)
    assert done.returncode == 78
    assert auth_file.read_text() == "{nonsense"


@pytest.mark.parametrize(
    "arguments",
    [
        ["login"],
        ["login", "not a host"],
        ["login", "--authfile", "a", "--compat-auth-file", "b", "h.example"],
        ["login", "--password-stdin", "h.example"],
        ["logout"],
        ["logout", "--all", "h.example"],
    ],
)
def test_wrong_command_lines(arguments: list[str]) -> None:
    done = ocitool(*arguments, stdin="")
    assert (done.returncode, done.stdout) == (64, "")
