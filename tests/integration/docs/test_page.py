"""The README and the guide show what happens: their commands and programs run, and print what they say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from ocitool.command_table import COMMANDS
from ocitool.program import NAME, program

ROOT = Path(__file__).resolve().parents[3]
GUIDE = sorted((ROOT / "docs/guide").glob("*.md"))
PAGES = [
    page
    for page in (ROOT / "README.md", *GUIDE)
    if re.search(r"^```(console|python)$", page.read_text(encoding="utf-8"), re.MULTILINE)
]


def transcript(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "docs.transcript", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_shows_what_happens(page: Path) -> None:
    done = transcript(page)
    assert done.returncode == 0, done.stdout + done.stderr


def test_difference_is_reported_and_can_be_written(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Text.\n\n```console\n$ ocitool manifest-digest program.py\nsha256:0\n```\n")
    failed = transcript(page)
    assert failed.returncode == 1
    assert "No such file" in failed.stderr
    program = "```python\n# program.py\nprint('127.0.0.1:5000')\n```\n"
    page.write_text(
        program + "```console\n$ python program.py\n127.0.0.1:5001\n$ exit 3\n$ echo $?\n3\n```\n"
    )
    assert "the shell ended" in transcript(page).stderr
    page.write_text(program + "```console\n$ python program.py\n127.0.0.1:5001\n$ (exit 3)\n$ echo $?\n```\n")
    shown = transcript(page)
    assert shown.returncode == 1
    assert "+127.0.0.1:5000" in shown.stdout
    assert transcript("--write", page).returncode == 0
    assert transcript(page).returncode == 0
    assert page.read_text() == program + (
        "```console\n$ python program.py\n127.0.0.1:5000\n$ (exit 3)\n$ echo $?\n3\n```\n"
    )


def options_of(command: str) -> set[str]:
    top = program.make_context(NAME, [command])
    found = program.get_command(top, command)
    assert found is not None
    parameters = [p for p in (*found.params, *program.params) if isinstance(p, click.Option)]
    return {name for p in parameters for name in (*p.opts, *p.secondary_opts)} | {"--help", "--version"}


def test_every_option_that_the_pages_name_exists() -> None:
    names = {entry.name for entry in COMMANDS}
    for page in (ROOT / "README.md", *GUIDE):
        for name, rest in re.findall(r"`ocitool ([a-z-]+)([^`]*)`", page.read_text(encoding="utf-8")):
            if name in names:
                unknown = set(re.findall(r"--[a-z-]+", rest)) - options_of(name)
                assert not unknown, f"{page.name}: ocitool {name}"
