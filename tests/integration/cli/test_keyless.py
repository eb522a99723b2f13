"""``sign --keyless``: what is refused before anybody is asked, with and without the package that does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocitool.exit_code import ExitCode
from tests.integration.cli.process import ocitool

if TYPE_CHECKING:
    from pathlib import Path

IMAGE = "docker://127.0.0.1:1/app:v1"


@pytest.mark.parametrize(
    "options",
    [
        ("--identity-token-file", "t", "--key", "cosign.key"),
        ("--keyless", "--signing-config", "c.json"),
        ("--keyless", "--key", "cosign.key"),
        ("--keyless", "--gpg", "KEY"),
        ("--keyless", "--identity", "r.example/app"),
        ("--keyless", "--as", "notation"),
        ("--keyless", "--recursive"),
    ],
)
def test_options_that_do_not_go_together_are_refused(tmp_path: Path, options: tuple[str, ...]) -> None:
    done = ocitool("sign", *options, IMAGE, cwd=tmp_path, env={"SIGSTORE_ID_TOKEN": "t"})
    assert done.returncode == ExitCode.USAGE, done.stderr


def test_without_the_package_it_says_how_to_get_it(tmp_path: Path) -> None:
    (tmp_path / "layout").mkdir()
    done = ocitool("sign", "--keyless", IMAGE, cwd=tmp_path)
    assert done.returncode == ExitCode.UNSUPPORTED
    assert "ocitool[keyless]" in done.stderr
