"""Credential helpers are programs of others: they fail, print rubbish, hang, and leave children behind."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from oci import errors
from oci.content.cancellation import CancelToken
from oci.net import credential_helper
from oci.settings import Credential, HelperCall
from oci.settings.credential_helper import MAX_ANSWER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_S = 60.0
CALL = HelperCall("test", "registry.example")


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file of a helper that the search path leads to."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "docker-credential-test"


@pytest.fixture
def hold(tmp_path: Path) -> Iterator[Path]:
    """Return a fifo; whoever reads it is held up until the end of the test."""
    path = tmp_path / "hold"
    os.mkfifo(path)
    end = os.open(path, os.O_RDWR)
    yield path
    os.close(end)


def write(helper: Path, script: str) -> None:
    helper.write_text(f"#!/bin/sh\n{script}\n")
    helper.chmod(0o755)


def test_it_is_asked_by_name_and_answers_on_its_output(helper: Path) -> None:
    write(helper, f'echo "$1 $(cat)" > {helper}.asked; echo \'{{"Username": "ann", "Secret": "s3cret"}}\'')
    credential = credential_helper.get(CALL, CancelToken())
    assert credential == Credential(username="ann", password="s3cret")
    assert helper.with_suffix(".asked").read_text() == "get registry.example\n"


def test_an_identity_token_is_told_by_its_user(helper: Path) -> None:
    write(helper, 'echo \'{"Username": "<token>", "Secret": "refresh"}\'')
    credential = credential_helper.get(CALL, CancelToken())
    assert credential is not None
    assert credential.identity_token == "refresh"


def test_having_nothing_is_no_failure(helper: Path) -> None:
    write(helper, "echo 'credentials not found in native keychain'; exit 1")
    assert credential_helper.get(CALL, CancelToken()) is None


@pytest.mark.parametrize(
    "script",
    [
        "echo 'error: s3cret is locked'; exit 1",
        "echo s3cret",
        "echo '{\"Username\": 5}'",
        "exit 0",
        "kill -9 $$",
        f"head -c {MAX_ANSWER + 1} /dev/zero",
        "cat /dev/zero",
        "exec 0<&-; exit 3",
    ],
)
def test_a_helper_that_fails_is_named_and_not_quoted(helper: Path, script: str) -> None:
    write(helper, script)
    with pytest.raises(errors.CredentialError) as caught:
        credential_helper.get(CALL, CancelToken())
    assert caught.value.helper == "docker-credential-test"
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("script", ["exec cat hold", "cat hold & echo x", "exec >&-; read x < hold"])
def test_a_helper_that_hangs_is_given_up(helper: Path, script: str, hold: Path) -> None:
    write(helper, script.replace("hold", str(hold)))
    with pytest.raises(errors.CredentialError, match=r"within 0\.2 s"):
        credential_helper.get(CALL, CancelToken(), timeout_s=0.2)


def test_cancelling_ends_a_helper_at_once(helper: Path, hold: Path) -> None:
    started = helper.with_suffix(".started")
    os.mkfifo(started)
    write(helper, f"echo > {started}; cat {hold}")
    token = CancelToken()
    outcome: list[object] = []

    def run() -> None:
        try:
            outcome.append(credential_helper.get(CALL, token))
        except errors.Cancelled as error:
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.read_text() == "\n"
    token.cancel()
    thread.join(PATIENCE_S)
    assert [type(each) for each in outcome] == [errors.Cancelled]


def test_a_helper_that_is_not_there_is_named(helper: Path) -> None:
    with pytest.raises(errors.CredentialError, match="not installed") as caught:
        credential_helper.get(CALL, CancelToken())
    assert caught.value.hint


def test_a_helper_that_cannot_be_run_is_named(helper: Path) -> None:
    write(helper, "exit")
    helper.write_text("#!/no/such/interpreter\n")
    with pytest.raises(errors.CredentialError, match="cannot be run"):
        credential_helper.get(CALL, CancelToken())


def test_credentials_are_kept_and_forgotten(helper: Path) -> None:
    write(helper, f'echo "$1 $(cat)" >> {helper}.asked')
    credential_helper.store(CALL, Credential(username="ann", password="s3cret"), CancelToken())
    credential_helper.erase(CALL, CancelToken())
    stored, erased = helper.with_suffix(".asked").read_text().splitlines()
    assert stored.startswith("store {")
    assert '"Secret": "s3cret"' in stored
    assert erased == "erase registry.example"
    write(helper, "exit 1")
    with pytest.raises(errors.CredentialError, match="status 1"):
        credential_helper.erase(CALL, CancelToken())
