"""A disk that is full, and one that cannot be written: in a mount namespace of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from oci.testing import Content, ScriptedRegistry

pytestmark = pytest.mark.usefixtures("root")


def in_a_namespace(script: str, directory: Path, image: str) -> list[str]:
    """Run a script that may mount what it likes; return the lines it printed."""
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", str(directory), image],
        env={**os.environ, "OCITOOL": f"{sys.executable} -m ocitool --root={directory}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


FULL = """
mount -t tmpfs -o size=500k tmpfs "$1" || exit 1
$OCITOOL pull -q --tls-verify=false "$2" 2> "$1.err"; echo "pull $?"
grep -c 'No space left' "$1.err"
mount -o remount,size=20M "$1" || exit 1
$OCITOOL images -q
$OCITOOL system check; echo "check $?"
$OCITOOL pull -q --tls-verify=false "$2" || exit 1
$OCITOOL system check; echo "check $?"
"""


def test_a_full_disk_is_said_and_leaves_a_sound_store(
    tmp_path: Path, registry: ScriptedRegistry, image: Content
) -> None:
    registry.put("team/app", image, "v1")
    (tmp_path / "store").mkdir()
    lines = in_a_namespace(FULL, tmp_path / "store", f"{registry.host}/team/app:v1")
    identity = image.leaves[0].descriptor.digest.encoded
    assert lines == ["pull 7", "1", "check 0", identity, "check 0"]


READ_ONLY = """
$OCITOOL pull -q --tls-verify=false "$2" || exit 1
mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" || exit 1
$OCITOOL images -q --no-trunc
$OCITOOL system check --quick; echo "check $?"
$OCITOOL copy -q "store:$2" "oci:$1.out:1"; echo "copy $?"
$OCITOOL tag "$2" app 2> "$1.err"; echo "tag $?"
$OCITOOL pull -q --tls-verify=false "$2" 2>> "$1.err"; echo "pull $?"
"""


def test_a_store_that_cannot_be_written_can_be_read(
    tmp_path: Path, registry: ScriptedRegistry, image: Content
) -> None:
    registry.put("team/app", image, "v1")
    lines = in_a_namespace(READ_ONLY, tmp_path / "store", f"{registry.host}/team/app:v1")
    identity = image.leaves[0].descriptor.digest
    assert lines == [identity.encoded, str(identity), "check 0", "copy 0", "tag 7", "pull 7"]
