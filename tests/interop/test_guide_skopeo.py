"""The page for people who come from skopeo names every option that skopeo has."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = Path(__file__).resolve().parents[2] / "docs/guide/from-skopeo.md"
COMMANDS = ("copy", "inspect", "list-tags", "delete", "login", "logout", "manifest-digest")

pytestmark = pytest.mark.interop


def section(title: str) -> str:
    found = re.search(
        rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert found, f"there is no section {title}"
    return found[1]


@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_every_option_of_skopeo_is_on_the_page(tool: Callable[[str], Path], command: str | None) -> None:
    words = [str(tool("skopeo")), *([command] if command else []), "--help"]
    text = subprocess.run(words, capture_output=True, text=True, check=True, timeout=20).stdout
    options = set(re.findall(r"^ +(?:-\w, )?(--[a-z0-9.-]+)", text, re.MULTILINE)) - {"--help"}
    assert options or command == "manifest-digest"
    named = set(re.findall(r"`(--[a-z0-9.-]+)`", section(command or "Before the command")))
    assert options <= named
