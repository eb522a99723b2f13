"""The table of skopeo's options knows every command and option that Debian's skopeo shows in its help."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from ocitool.skopeo_map import WHOLE, rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMED = {(row.command, row.option) for row in rows()}
# Debian's is older than the first one; nobody is to use the second.
COMMANDS = sorted({command for command, _ in NAMED} - {WHOLE, "generate-sigstore-key", "layers"})

pytestmark = pytest.mark.interop


def shown(tool: Callable[[str], Path], *words: str) -> str:
    command = [str(tool("skopeo")), *words, "--help"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout


@pytest.mark.parametrize("command", [WHOLE, *COMMANDS])
def test_every_option_of_skopeo_is_in_the_table(tool: Callable[[str], Path], command: str) -> None:
    text = shown(tool, *([] if command == WHOLE else [command]))
    options = set(re.findall(r"^ +(?:-\w, )?(--[a-z0-9.-]+)", text, re.MULTILINE))
    # For completion, skopeo shows the program's options.
    names = {command, WHOLE} if command == "completion" else {command}
    named = {option for name, option in NAMED if name in names}
    assert "--help" in options or command == "completion"
    assert options - {"--help"} <= named


def test_every_command_of_skopeo_is_in_the_table(tool: Callable[[str], Path]) -> None:
    listed = re.search(r"Available Commands:\n(.*?)\n\n", shown(tool), re.DOTALL)
    assert listed
    commands = set(re.findall(r"^  ([a-z-]+)", listed[1], re.MULTILINE)) - {"help"}
    assert commands <= {command for command, _ in NAMED}
    assert "sync" in commands
