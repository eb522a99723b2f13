"""``ocitool serve``, as a process."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import httpx
import pytest

from ocitool.exit_code import ExitCode
from tests.integration.cli.process import hints, ocitool
from tests.peers.server import ocitool_serve

if TYPE_CHECKING:
    from pathlib import Path

    from oci.testing import Content


def test_it_says_where_it_listens_and_who_can_reach_it(tmp_path: Path, index: Content) -> None:
    index.write_to(tmp_path / "r" / "app", "v1")
    with ocitool_serve(tmp_path / "r", "--access-log") as server:
        url = f"http://{server.address}/v2/app/manifests/v1"
        assert httpx.get(url).content == index.raw
    assert server.process.returncode == 0
    said = "".join(server.said)
    assert "only this machine can reach it" in said
    assert "GET /v2/app/manifests/v1 200 " in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it(tmp_path: Path, number: signal.Signals) -> None:
    with ocitool_serve(tmp_path) as server, httpx.Client() as client:
        assert client.get(f"http://{server.address}/v2/").status_code == 200
        server.process.send_signal(number)
        assert server.process.wait(60) == 0


def test_read_only(tmp_path: Path) -> None:
    with ocitool_serve(tmp_path, "--read-only") as server:
        assert httpx.post(f"http://{server.address}/v2/app/blobs/uploads/").status_code == 405


def test_a_layout_is_named(tmp_path: Path, index: Content) -> None:
    index.write_to(tmp_path / "My Layout", "v1")
    with ocitool_serve(tmp_path / "My Layout", "--repository", "x/y") as server:
        assert httpx.get(f"http://{server.address}/v2/x/y/tags/list").json()["tags"] == ["v1"]
    assert "serving a single repository: x/y" in "".join(server.said)
    refused = ocitool("serve", str(tmp_path / "My Layout"), "--listen", "127.0.0.1:0")
    assert refused.returncode == ExitCode.USAGE
    assert hints(refused.stderr)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--listen", "0.0.0.0:0"], ExitCode.USAGE),
        (["--listen", "host.test:5000"], ExitCode.USAGE),
        (["--listen", "127.0.0.1:0", "--tls-key", "absent"], ExitCode.SETTINGS),
        (["--listen", "127.0.0.1:0", "--tls-cert", "absent"], ExitCode.SETTINGS),
        (["--listen", "127.0.0.1:0", "--htpasswd", "absent"], ExitCode.STORAGE),
    ],
)
def test_what_cannot_be_served_is_said(tmp_path: Path, arguments: list[str], code: ExitCode) -> None:
    ended = ocitool("serve", str(tmp_path), *arguments, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (code, "")
    assert ended.stderr.startswith(("ocitool: serve ", "ocitool: serve: "))


@pytest.mark.parametrize(
    ("folder", "arguments", "reason"),
    [
        ("file/registry", [], "create"),
        ("/proc/self", [], "write to"),
        ("missing", ["--read-only"], "read"),
    ],
)
def test_a_directory_that_is_no_good_is_said_at_the_start(
    tmp_path: Path, folder: str, arguments: list[str], reason: str
) -> None:
    (tmp_path / "file").touch()
    ended = ocitool("serve", folder, "--listen", "127.0.0.1:0", *arguments, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (ExitCode.STORAGE, "")
    lines = [line for line in ended.stderr.splitlines() if not line.startswith("hint: ")]
    assert len(lines) == 1
    assert lines[0].startswith(f"ocitool: serve: cannot {reason} {folder}: ")


def test_looking_at_the_directory_leaves_nothing_in_it(tmp_path: Path) -> None:
    with ocitool_serve(tmp_path / "new" / "registry"):
        assert list((tmp_path / "new" / "registry").iterdir()) == []


def test_an_address_in_use_is_locked(tmp_path: Path) -> None:
    with ocitool_serve(tmp_path) as server:
        ended = ocitool("serve", str(tmp_path), "--listen", server.address)
    assert ended.returncode == ExitCode.LOCKED
