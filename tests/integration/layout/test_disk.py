"""A disk that is full, read-only, or forbidden: a clear error, nothing half there, and it goes on later."""

from __future__ import annotations

import errno
import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from oci.content import MemoryStore
from oci.errors import CopyError, InvalidDocument, StorageError
from oci.spec import Digest, media_type
from oci.testing import ScriptedRegistry, build_image, random_layer
from oci.testing.contract import Sample
from oci.testing.contract.sample import blob
from oci.transfer import copy
from oci.transports.layout.store import LayoutStore
from oci.transports.layout.terms import DiskTerms
from oci.transports.oci_archive.sink import ArchiveSink
from ocitool.exit_code import ExitCode
from tests.integration.cli.process import ocitool
from tests.missing import missing

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL = Sample.image("small", layers=[blob(b"s" * 1000, media_type.OCI_LAYER)])
LARGE = Sample.image("large", layers=[blob(b"l" * 1_500_000, media_type.OCI_LAYER)])
BIG = build_image([random_layer(1_500_000, seed=1, compression="none")])


def mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        missing(f"the privilege to mount a tmpfs, CAP_SYS_ADMIN ({done.stderr.strip()})")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place))
    yield place
    subprocess.run(["umount", str(place)], check=True)


def memory(sample: Sample) -> MemoryStore:
    store = MemoryStore()
    sample.push(store, "v1")
    return store


def test_a_full_disk_leaves_what_was_whole_and_goes_on_later(disk: Path) -> None:
    layout = LayoutStore.create(disk / "layout")
    copy(memory(SMALL), "v1", layout, ["small"])
    with pytest.raises(CopyError) as caught:
        copy(memory(LARGE), "v1", layout, ["large"])
    assert isinstance(caught.value.__cause__, StorageError)
    assert caught.value.__cause__.errno == errno.ENOSPC
    assert "space" in caught.value.__cause__.hint
    again = LayoutStore.at(disk / "layout")
    SMALL.assert_held_by(again)
    assert list(again.names()) == ["small"]
    mount("-o", "remount,size=4m", str(disk))
    result = copy(memory(LARGE), "v1", again, ["large"])
    LARGE.assert_held_by(again)
    # What fitted the first time was not moved again.
    assert sum(one.moved for one in result.blobs) < 1_000_000
    again.close()


@pytest.mark.parametrize("destination", ["oci:{disk}/layout:v1", "oci-archive:{disk}/images.tar:v1"])
def test_a_copy_to_a_full_disk_says_so_in_one_line_and_succeeds_when_there_is_space(
    disk: Path, tmp_path: Path, destination: str
) -> None:
    with ScriptedRegistry(tmp_path / "registry") as registry:
        registry.put("app", BIG, "v1")
        place = destination.format(disk=disk)
        arguments = ("copy", "-q", "--src-tls-verify=false", f"docker://{registry.host}/app:v1", place)
        done = ocitool(*arguments)
        assert (done.returncode, done.stdout) == (ExitCode.STORAGE, "")
        said, hint = done.stderr.splitlines()
        assert said.startswith(f"ocitool: copy {arguments[-2]} {place}: ")
        assert said.endswith("No space left on device")
        assert hint == "hint: free some space there; a second run continues with what has been stored"
        # Nothing can be taken for an image; what has the name of a blob is that blob.
        assert ocitool("inspect", "--raw", place).returncode == ExitCode.NOT_FOUND
        assert not list(disk.glob("*.tar"))
        for file in disk.glob("layout/blobs/sha256/*"):
            assert Digest.of(file.read_bytes()).encoded == file.name
        mount("-o", "remount,size=8m", str(disk))
        assert ocitool(*arguments).returncode == 0
        assert ocitool("inspect", "--raw", place).stdout.encode() == BIG.raw


def test_an_index_that_does_not_fit_is_not_replaced(disk: Path) -> None:
    layout = LayoutStore.create(disk / "layout")
    SMALL.push(layout, "v1")
    (disk / "filler").write_bytes(bytes(os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize))
    with pytest.raises(StorageError) as caught:
        layout.publish(*SMALL.root, [f"name-{number}" for number in range(100)])
    assert caught.value.errno == errno.ENOSPC
    assert list(LayoutStore.at(disk / "layout").names()) == ["v1"]
    SMALL.assert_held_by(layout)


def test_an_archive_that_does_not_fit_is_not_replaced(disk: Path) -> None:
    path = disk / "images.tar"
    for sample, name in ((SMALL, "v1"), (Sample.image("x", layers=[blob(b"x" * 450_000)]), "v2")):
        sink = ArchiveSink.extend(path)
        sample.push(sink, name)
        before = path.read_bytes() if path.exists() else b""
        if name == "v1":
            sink.finish()
        else:
            # There is room for the blob once, but not for the blob and the archive.
            (disk / "filler").write_bytes(bytes(200_000))
            with pytest.raises(StorageError) as caught:
                sink.finish()
            assert caught.value.errno == errno.ENOSPC
            assert path.read_bytes() == before
        sink.close()


def test_a_read_only_disk_is_read_and_not_written(disk: Path) -> None:
    layout = LayoutStore.create(disk / "layout")
    SMALL.push(layout, "v1")
    layout.close()
    mount("-o", "remount,ro", str(disk))
    layout = LayoutStore.at(disk / "layout")
    SMALL.assert_held_by(layout)
    for attempt in (
        lambda: layout.ingest(LARGE.blobs[0].descriptor),
        lambda: layout.publish(*LARGE.root, ["v2"]),
        lambda: layout.publish(*SMALL.root, ["v2"]),
        lambda: layout.delete("v1"),
        lambda: LayoutStore.create(disk / "other"),
        lambda: ArchiveSink.create(disk / "images.tar"),
    ):
        with pytest.raises(StorageError) as caught:
            attempt()
        assert caught.value.errno == errno.EROFS
        assert "read-only" in caught.value.hint
    layout.close()


def test_a_forbidden_directory_says_what_to_check() -> None:
    if os.geteuid():
        missing("root, to become somebody else")
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o755)
        SMALL.push(LayoutStore.create(directory / "layout"), "v1")
        os.seteuid(65534)
        try:
            layout = LayoutStore.at(directory / "layout")
            SMALL.assert_held_by(layout)
            for attempt in (
                lambda: layout.publish(*SMALL.root, ["v2"]),
                lambda: layout.ingest(LARGE.blobs[0].descriptor),
                lambda: LayoutStore.create(directory / "other"),
            ):
                with pytest.raises(StorageError) as caught:
                    attempt()
                assert caught.value.errno == errno.EACCES
                assert "permissions" in caught.value.hint
        finally:
            os.seteuid(0)


def test_a_mark_that_another_tool_is_just_writing_anew_is_waited_for(tmp_path: Path) -> None:
    LayoutStore.create(tmp_path).close()
    mark = tmp_path / "oci-layout"
    content = mark.read_bytes()
    mark.write_bytes(b"")
    terms = DiskTerms(sleep=lambda _seconds: mark.write_bytes(content))
    LayoutStore.at(tmp_path, terms).close()
    mark.write_bytes(b"")
    with pytest.raises(InvalidDocument):
        LayoutStore.at(tmp_path)
