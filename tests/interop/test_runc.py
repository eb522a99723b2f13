"""runc runs the bundles that an image is unpacked to, as they are; and what it changed is packed again."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import oci
from oci.frozen import replace
from oci.layers import IdMap, IdRange, Ownership
from oci.settings import Settings
from tests.integration.layers.conftest import root

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["root"]

SCRIPT = 'echo "$HOME $A"; id; pwd; echo written > /data/file && echo new > /srv/new; exit 3'
PASSWD = b"root:x:0:0::/root:/bin/sh\napp:x:1000:100::/home/app:/bin/sh\n"
GROUP = b"users:x:100:\naudio:x:63:app\n"
CONTEXT = oci.Context(settings=replace(Settings(), latest_s=1_700_000_000))


def programs() -> dict[str, bytes]:
    """Take a shell and id(1) from this host, with the libraries that they need."""
    paths = {"/bin/sh", "/usr/bin/id"}
    for program in sorted(paths):
        said = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
        paths.update(word for word in said.split() if word.startswith("/"))
    return {path: Path(path).read_bytes() for path in paths}


@pytest.fixture
def image(tmp_path: Path) -> str:
    tree = tmp_path / "tree"
    (tree / "data").mkdir(parents=True)
    (tree / "srv").mkdir()
    (tree / "data/there").write_text("already")
    for each in (tree / "data", tree / "srv"):
        each.chmod(0o777)
    name = f"oci:{tmp_path}/layout:v1"
    with oci.build(context=CONTEXT) as made:
        made.add_files(programs(), mode=0o755)
        made.add_files({"etc/passwd": PASSWD, "etc/group": GROUP})
        made.add_tree(tree)
        made.configure(
            oci.ConfigChanges(
                entrypoint=("/bin/sh", "-c"),
                command=(SCRIPT,),
                user="app",
                env={"A": "b"},
                working_directory="/srv",
                volumes=("/data",),
            )
        )
        made.push(name)
    return name


def run(runc: Path, tmp_path: Path, bundle: Path) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [runc, "--root", tmp_path / "state", "run", "--bundle", bundle]
    return subprocess.run(
        [*command, f"ocitool-{os.getpid()}"], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("ids", [None, IdMap((IdRange(0, 100_000, 65_536),))])
def test_a_bundle_runs_and_is_packed_again(
    tmp_path: Path, image: str, ids: IdMap | None, tool: Callable[[str], Path]
) -> None:
    # A user of the namespace has to get through the directories above the bundle.
    for each in (tmp_path, *tmp_path.parents[:3]):
        each.chmod(each.stat().st_mode | 0o111)
    ownership = None if ids is None else Ownership(ids, ids)
    oci.unpack_bundle(image, tmp_path / "bundle", ownership=ownership, context=CONTEXT)
    done = run(tool("runc"), tmp_path, tmp_path / "bundle")
    assert not done.stderr, done.stderr
    assert done.returncode == 3
    assert done.stdout.splitlines() == [
        "/home/app b",
        "uid=1000(app) gid=100(users) groups=100(users),63(audio)",
        "/srv",
    ]
    oci.repack(tmp_path / "bundle", f"oci:{tmp_path}/layout:v2", context=CONTEXT)
    oci.unpack(f"oci:{tmp_path}/layout:v2", tmp_path / "again", context=CONTEXT)
    assert (tmp_path / "again/srv/new").read_text() == "new\n"
    status = (tmp_path / "again/srv/new").stat()
    assert (status.st_uid, status.st_gid) == (1000, 100)
    # A volume's content is the container's own.
    assert [each.name for each in (tmp_path / "again/data").iterdir()] == ["there"]
