"""What the options about registries mean to the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from oci.settings import Credential, Security, Settings
from ocitool.option.access import Access, access_options
from ocitool.option.command import Command

if TYPE_CHECKING:
    from pathlib import Path


@click.command(cls=Command)
@access_options("first", side="src", place="the source")
@access_options("second")
@click.pass_obj
def example(found: list[Access], /, *, first: Access, second: Access) -> None:
    """Keep what was parsed."""
    found += [first, second]


def accesses(*arguments: str, env: dict[str, str] | None = None) -> tuple[Access, Access]:
    found: list[Access] = []
    result = CliRunner().invoke(example, arguments, obj=found, env=env, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return found[0], found[1]


def refused(*arguments: str) -> str:
    result = CliRunner().invoke(example, arguments, obj=[])
    assert result.exit_code == 2
    return result.output.splitlines()[-1]


def settings(*arguments: str, env: dict[str, str] | None = None) -> Settings:
    return accesses(*arguments, env=env)[1].settings(Settings())


def test_without_options_nothing_changes() -> None:
    base = Settings(attempts=3)
    assert accesses()[0].settings(base) is base


def test_the_sides_are_kept_apart() -> None:
    first, second = accesses("--src-creds", "a:b", "--creds", "c:d:e", "--no-src-tls-verify")
    assert first.settings(Settings()) == Settings(
        credential=Credential(username="a", password="b"), security=Security.UNVERIFIED
    )
    assert second.settings(Settings()) == Settings(credential=Credential(username="c", password="d:e"))


@pytest.mark.parametrize(
    ("argument", "security"),
    [
        ("--tls-verify=false", Security.UNVERIFIED),
        ("--no-tls-verify", Security.UNVERIFIED),
        ("--tls-verify", Security.VERIFIED),
        ("--tls-verify=true", Security.VERIFIED),
    ],
)
def test_verifying_certificates(argument: str, security: Security) -> None:
    assert settings(argument).security is security


def test_anonymous_and_bearer() -> None:
    assert settings("--no-creds").is_anonymous
    assert settings("--registry-token", "abc").credential == Credential(registry_token="abc")


def test_certificates_and_auth_file(tmp_path: Path) -> None:
    auth_file = tmp_path / "auth.json"
    auth_file.write_text('{"auths": {"h": {"auth": "YTpi"}}}')
    found = settings("--cert-dir", str(tmp_path), "--authfile", str(auth_file))
    assert found.certificate_directory == tmp_path
    assert list(found.credentials_for("h")) == [Credential(username="a", password="b")]


def test_the_password_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("secret word \nsecond line\n")
    expected = Credential(username="me", password="secret word ")
    assert settings("--username", "me", "--password-file", str(file)).credential == expected
    assert settings("--creds", "me", "--password-file", str(file)).credential == expected


def test_the_password_from_the_environment() -> None:
    expected = Credential(username="me", password="secret")
    assert settings("--username", "me", env={"OCITOOL_PASSWORD": "secret"}).credential == expected
    first, _ = accesses("--src-username", "me", env={"OCITOOL_SRC_PASSWORD": "secret"})
    assert first.settings(Settings()).credential == expected


def test_a_password_in_the_environment_alone_changes_nothing() -> None:
    assert settings(env={"OCITOOL_PASSWORD": "secret"}) == Settings()


def test_no_password_and_nobody_to_ask() -> None:
    with pytest.raises(click.UsageError, match="--password-file"):
        accesses("--username", "me")[1].settings(Settings())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--creds", "a:b", "--username", "c"], "--creds and --username exclude each other"),
        (
            ["--src-no-creds", "--src-registry-token", "x"],
            "--src-registry-token and --src-no-creds exclude each other",
        ),
        (["--password", "x"], "a password needs a user: --username"),
        (["--src-password-file", "x"], "a password needs a user: --src-username"),
    ],
)
def test_contradictions_are_refused(arguments: list[str], message: str) -> None:
    assert message in refused(*arguments)


def test_a_secret_is_not_in_the_help_or_in_what_is_printed() -> None:
    result = CliRunner().invoke(example, ["--help"], env={"OCITOOL_PASSWORD": "topsecret"})
    assert "topsecret" not in result.output
    assert "$OCITOOL_SRC_PASSWORD" in result.output
    access = accesses("--username", "a", "--password", "topsecret", "--src-creds", "b:topsecret")
    assert "topsecret" not in repr(access)
