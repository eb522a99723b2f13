"""GPG signatures in files: what skopeo signs we verify, and the other way."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.integration.cli.process import ocitool
from tests.openpgp import GpgHome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.interop

NAME = "r.example/team/app:1"


@pytest.fixture(scope="module")
def gpg_home(tool: Callable[[str], Path]) -> Iterator[GpgHome]:
    with GpgHome(tool("gpg")) as home:
        yield home


class Exchange:
    """A key, a manifest, and both programs in one folder."""

    def __init__(self, folder: Path, home: GpgHome, skopeo: Path) -> None:
        self._folder, self._home, self._skopeo = folder, home, skopeo
        self.key = home.make_key(f"{folder.name}@signer.example")
        (folder / "manifest").write_bytes(b'{"schemaVersion": 2}')

    def theirs(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self._skopeo), *arguments],
            cwd=self._folder,
            env={**os.environ, **self._home.environ, **environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def ours(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return ocitool(*arguments, cwd=self._folder, env={**self._home.environ, **environ})


@pytest.fixture
def exchange(tmp_path: Path, gpg_home: GpgHome, tool: Callable[[str], Path]) -> Exchange:
    return Exchange(tmp_path, gpg_home, tool("skopeo"))


def test_they_verify_what_we_sign(exchange: Exchange) -> None:
    made = exchange.ours("standalone-sign", "manifest", NAME, exchange.key, "-o", "sig")
    assert made.returncode == 0, made.stderr
    good = exchange.theirs("standalone-verify", "manifest", NAME, exchange.key, "sig")
    assert good.returncode == 0, good.stderr
    bad = exchange.theirs("standalone-verify", "manifest", f"{NAME}x", exchange.key, "sig")
    assert bad.returncode != 0


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
def test_both_show_the_same_of_a_signature_that_nobody_has_verified(exchange: Exchange, zone: str) -> None:
    words = ("untrusted-signature-dump-without-verification", "sig")
    for sign in (exchange.theirs, exchange.ours):
        made = sign("standalone-sign", "manifest", NAME, exchange.key, "--output", "sig")
        assert made.returncode == 0, made.stderr
        theirs, ours = exchange.theirs(*words, TZ=zone), exchange.ours(*words, TZ=zone)
        assert theirs.returncode == ours.returncode == 0, ours.stderr
        assert ours.stdout == theirs.stdout


def test_we_verify_what_they_sign(exchange: Exchange) -> None:
    made = exchange.theirs("standalone-sign", "manifest", NAME, exchange.key, "--output", "sig")
    assert made.returncode == 0, made.stderr
    good = exchange.ours("standalone-verify", "manifest", NAME, exchange.key, "sig")
    assert good.returncode == 0, good.stderr
    assert exchange.key in good.stdout
    bad = exchange.ours("standalone-verify", "manifest", f"{NAME}x", exchange.key, "sig")
    assert bad.returncode != 0 and "does not match" in bad.stderr
