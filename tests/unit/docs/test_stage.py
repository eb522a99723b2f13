"""The stage of the tour ends it at the first thing that is not as expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from docs.demo.stage import Failed, Stage

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_unexpected_exit_code(stage: Stage) -> None:
    with pytest.raises(Failed, match="exit code 3 instead of 0"):
        stage.run("exit 3")
    with pytest.raises(Failed, match="exit code 0 instead of 3"):
        stage.run("exit 0", expected=3)


def test_difference(stage: Stage) -> None:
    stage.check("same", found=[1], expected=[1])
    with pytest.raises(Failed, match="digest: a instead of b"):
        stage.check("digest", found="a", expected="b")
    assert stage.checks == 1


def test_output_is_returned_whole_and_shown_in_part(stage: Stage, capfd: pytest.CaptureFixture[str]) -> None:
    assert stage.run("printf '1\n2\n3\n'", last_lines=1) == "1\n2\n3\n"
    assert capfd.readouterr().out == "$ printf '1\n2\n3\n'\n... (2 lines)\n3\n"


def test_environment_is_not_that_of_the_person(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_AUTH_FILE", "/somewhere")
    seen = Stage.run(stage, "env")
    assert "REGISTRY_AUTH_FILE" not in seen
    assert f"HOME={stage.folder / 'home'}" in seen


def test_server_that_does_not_start(stage: Stage) -> None:
    (stage.folder / "file").touch()
    with pytest.raises(Failed, match="no registry"), stage.registry("file"):
        pytest.fail("unreachable")
