"""index.json: replaced whole, one writer at a time."""

from __future__ import annotations

import errno
import os
import threading
from typing import TYPE_CHECKING

import pytest

from oci import lock
from oci.errors import InvalidDocument, Locked, StorageError
from oci.spec import Descriptor
from oci.transports.layout import disk
from oci.transports.layout.index_file import MARK_NAME, IndexFile

if TYPE_CHECKING:
    from pathlib import Path

    from oci.transports.layout.listing import Listing

A = Descriptor.of(b"a", "application/vnd.oci.image.manifest.v1+json")


@pytest.fixture
def index(tmp_path: Path) -> IndexFile:
    (tmp_path / MARK_NAME).write_text("{}")
    return IndexFile(tmp_path)


def test_an_update_is_seen_by_other_readers(index: IndexFile, tmp_path: Path) -> None:
    other = IndexFile(tmp_path)
    index.update(lambda listing: listing.put(A, ["v1"]))
    assert other.read().names() == ["v1"]
    other.update(lambda listing: listing.put(A, ["v2"]))
    assert index.read().names() == ["v1", "v2"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index.json", MARK_NAME]


def test_an_update_that_changes_nothing_writes_nothing(index: IndexFile) -> None:
    index.update(lambda listing: listing.put(A, ["v1"]))
    before = index.path.stat()
    index.update(lambda listing: listing.put(A, ["v1"]))
    assert index.path.stat().st_ino == before.st_ino


def test_a_failed_change_changes_nothing(index: IndexFile) -> None:
    def fail(_: Listing) -> Listing:
        raise InvalidDocument("no")

    index.update(lambda listing: listing.put(A, ["v1"]))
    with pytest.raises(InvalidDocument):
        index.update(fail)
    assert index.read().names() == ["v1"]
    assert index.update(lambda listing: listing.put(A, ["v2"])).names() == ["v1", "v2"]


def test_permissions_are_kept(index: IndexFile) -> None:
    index.update(lambda listing: listing.put(A, ["v1"]))
    index.path.chmod(0o600)
    index.update(lambda listing: listing.put(A, ["v2"]))
    assert index.path.stat().st_mode & 0o777 == 0o600


def test_an_absent_or_damaged_index_is_named(index: IndexFile) -> None:
    with pytest.raises(InvalidDocument) as caught:
        index.read()
    assert "no index.json" in caught.value.message
    index.path.write_text("{")
    with pytest.raises(InvalidDocument) as caught:
        index.update(lambda listing: listing.put(A))
    assert str(index.path) in caught.value.message
    assert index.path.read_text() == "{"


def test_the_lock_keeps_others_out_and_lets_its_holder_in(index: IndexFile, tmp_path: Path) -> None:
    other = IndexFile(tmp_path, patience_s=0)
    with index.lock(), index.lock():
        index.update(lambda listing: listing.put(A, ["v1"]))
        with pytest.raises(Locked):
            other.update(lambda listing: listing.put(A, ["v2"]))
    assert other.update(lambda listing: listing.put(A, ["v3"])).names() == ["v1", "v3"]


def test_the_lock_keeps_threads_of_one_object_apart(index: IndexFile) -> None:
    started, order = threading.Event(), []

    def later() -> None:
        started.set()
        with index.lock():
            order.append("second")

    thread = threading.Thread(target=later)
    with index.lock():
        thread.start()
        started.wait(60)
        order.append("first")
    thread.join(60)
    assert order == ["first", "second"]


def test_a_lock_file_replaced_meanwhile_is_locked_anew(index: IndexFile, tmp_path: Path) -> None:
    mark = tmp_path / MARK_NAME
    naps: list[float] = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        mark.unlink()
        mark.write_text("{}")
        os.close(handle)

    handle = os.open(mark, os.O_RDWR)
    lock.wait_for_lock(handle, mark)
    waiting = IndexFile(tmp_path, sleep=nap)
    with waiting.lock(), pytest.raises(Locked):
        IndexFile(tmp_path, patience_s=0).update(lambda listing: listing)
    assert len(naps) == 1


def test_without_a_layout_there_is_no_lock(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught:
        IndexFile(tmp_path).update(lambda listing: listing)
    assert caught.value.errno == errno.ENOENT


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (errno.ENOSPC, "space"),
        (errno.EDQUOT, "space"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permissions"),
    ],
)
def test_a_refusal_says_what_to_do(tmp_path: Path, number: int, word: str) -> None:
    with pytest.raises(StorageError) as caught, disk.storage_errors("write", tmp_path):
        raise OSError(number, os.strerror(number))
    assert caught.value.errno == number
    assert caught.value.path == str(tmp_path)
    assert word in caught.value.hint


def test_a_file_is_created_once(tmp_path: Path) -> None:
    disk.create_file(tmp_path / "a", b"first")
    disk.create_file(tmp_path / "a", b"second")
    assert (tmp_path / "a").read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_failed_replacement_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "directory"
    target.mkdir()
    (target / "x").touch()
    with pytest.raises(OSError, match="directory"):
        disk.replace_file(target, b"new", scratch=tmp_path / "scratch")
    assert [path.name for path in tmp_path.iterdir()] == ["directory"]
