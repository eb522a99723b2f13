"""``ocitool copy`` on a terminal: bars while it works, and a clean screen when it is done or interrupted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oci.testing import ScriptedRegistry, fault
from tests.integration.cli.terminal import COLUMNS, Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from oci.testing import Content

PLAIN = "--src-tls-verify=false"


def test_bars_are_painted_on_stderr_and_taken_away(
    registry: ScriptedRegistry, image: Content, tmp_path: Path
) -> None:
    registry.put("app", image, "1")
    big = max((blob.descriptor for blob in image.leaves), key=lambda blob: blob.size)
    stalled = fault.stall(100_000)
    registry.script(stalled, method="GET", path=f"*/blobs/{big.digest}", times=1)
    name = f"docker://{registry.host}/app:1"
    with Terminal("--insecure-policy", "copy", PLAIN, name, f"oci:{tmp_path}/to:1") as terminal:
        # How much of it is shown is open: bytes are told of from time to time, and none moves after these.
        terminal.wait_for(rf"{big.digest!s:.19} +\d+%\|.*\| +[.\d]+k?/200k ")
        terminal.wait_for(r"total +\d+%\|.*of 3 blobs")
        assert max(map(len, terminal.screen())) <= COLUMNS
        stalled.release()
        assert terminal.end() == 0
        assert terminal.output.decode() == f"{image.digest}\n"
        [last] = terminal.screen()
        assert last.startswith("done: 3 blobs: 3 sent ")
        assert terminal.text.endswith("\n")
        assert terminal.is_as_before()


def test_ctrl_c_leaves_the_terminal_clean(registry: ScriptedRegistry, image: Content, tmp_path: Path) -> None:
    registry.put("app", image, "1")
    registry.script(fault.stall(1000), method="GET", path="*/blobs/*")
    with Terminal(
        "--insecure-policy", "copy", PLAIN, f"docker://{registry.host}/app:1", f"oci:{tmp_path}/to:1"
    ) as terminal:
        terminal.wait_for(r"sha256:\w+ +\d+%\|")
        terminal.press(b"\x03")
        assert terminal.end() == 130
        assert terminal.output == b""
        stopped, message = terminal.screen()
        assert stopped.startswith("stopped: ")
        assert message == "ocitool: Ended by SIGINT: Ctrl-C."
        assert terminal.text.endswith("\n")
        assert terminal.is_as_before()


def test_a_dumb_terminal_gets_lines(image: Content, tmp_path: Path) -> None:
    image.write_to(tmp_path / "layout", "1")
    names = (f"oci:{tmp_path}/layout:1", f"oci:{tmp_path}/to:1")
    with Terminal("--insecure-policy", "copy", *names, kind="dumb") as terminal:
        assert terminal.end() == 0
        assert "\x1b" not in terminal.text
        assert "%|" not in terminal.text
        assert terminal.screen()[-1].count("done: ") == 1
