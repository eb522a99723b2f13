"""The tables of peers' options know whatever Debian's skopeo and podman show in their help."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from ocitool.peer_map import PODMAN, SKOPEO, WHOLE, PeerMap

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Tool = Callable[[str], Path]

PEERS = (SKOPEO, PODMAN)
# Debian's is older than the first two; nobody is to use the third.
NEWER = {"generate-sigstore-key", "system check", "layers"}

pytestmark = pytest.mark.interop


def named(peer: PeerMap) -> dict[str, set[str]]:
    """Return the options in a table by their command; a command without any is not about images."""
    found: dict[str, set[str]] = {}
    for row in peer.rows:
        found.setdefault(row.command, set()).update({row.option} - {WHOLE})
    return found


def shown(tool: Tool, peer: PeerMap, *words: str) -> str:
    command = [str(tool(peer.peer)), *words, "--help"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout


@pytest.mark.parametrize(
    ("peer", "command"),
    [
        (peer, name)
        for peer in PEERS
        for name, options in named(peer).items()
        if options and name not in NEWER
    ],
    ids=lambda each: each if isinstance(each, str) else each.peer,
)
def test_every_option_is_in_the_table(tool: Tool, peer: PeerMap, command: str) -> None:
    text = shown(tool, peer, *([] if command == WHOLE else command.split()))
    options = set(re.findall(r"^ +(?:-\w, )?(--[a-z0-9.-]+)", text, re.MULTILINE))
    # For completion, skopeo shows the program's options.
    names = {command, WHOLE} if command == "completion" else {command}
    known = set().union(*(named(peer)[name] for name in names))
    assert "--help" in options or peer is PODMAN or command == "completion"
    assert options - {"--help"} <= known


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.peer)
def test_every_command_is_in_the_table(tool: Tool, peer: PeerMap) -> None:
    groups = ("",) if peer is SKOPEO else ("", "image", "system")
    for group in groups:
        listed = re.search(r"Available Commands:\n(.*?)\n\n", shown(tool, peer, *group.split()), re.DOTALL)
        assert listed
        commands = set(re.findall(r"^  ([a-z-]+)", listed[1], re.MULTILINE)) - {"help", *groups}
        assert {f"{group} {name}".strip() for name in commands} <= named(peer).keys()
        assert commands
