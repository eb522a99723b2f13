"""The blob store: partial files, verification, locks, and what is not a blob."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from oci.errors import (
    DigestMismatch,
    LimitExceeded,
    Locked,
    NotFound,
    SizeMismatch,
    StorageError,
    Unsupported,
)
from oci.spec import Descriptor, Digest
from oci.transports.layout.blob_store import BlobStore
from oci.transports.layout.blob_writer import FinishedWriter

if TYPE_CHECKING:
    from pathlib import Path

    from oci.content import Writer

CONTENT = bytes(range(256)) * 40_000
BLOB = Descriptor.of(CONTENT, "application/octet-stream")


def store_in(directory: Path, *, patience_s: float = 60) -> BlobStore:
    return BlobStore(
        directory / "blobs", ingest=directory / ".ocitool" / "ingest", label="here", patience_s=patience_s
    )


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return store_in(tmp_path)


def partial_of(store: BlobStore, blob: Descriptor = BLOB) -> Path:
    return store.ingest_directory / f"{blob.digest.algorithm}-{blob.digest.encoded}"


def read(store: BlobStore) -> bytes:
    with store.fetch(BLOB) as reader:
        return reader.read(limit=BLOB.size)


def fill(store: BlobStore, content: bytes = CONTENT, blob: Descriptor = BLOB) -> Writer:
    writer = store.ingest(blob)
    writer.write(content[writer.offset :])
    return writer


def test_a_blob_is_invisible_until_it_is_committed(store: BlobStore) -> None:
    writer = fill(store)
    assert not store.exists(BLOB)
    assert list(store.digests()) == []
    writer.commit()
    assert store.exists(BLOB)
    assert store.path_of(BLOB.digest).read_bytes() == CONTENT
    assert not partial_of(store).exists()


def test_a_suspended_ingest_goes_on_where_it_stopped(store: BlobStore, tmp_path: Path) -> None:
    writer = store.ingest(BLOB)
    writer.write(CONTENT[:5_000_000])
    writer.suspend()
    writer = store_in(tmp_path).ingest(BLOB)
    assert writer.offset == 5_000_000
    writer.write(CONTENT[5_000_000:])
    writer.commit()
    assert read(store) == CONTENT


def test_an_aborted_ingest_leaves_nothing(store: BlobStore) -> None:
    writer = fill(store, CONTENT[:100])
    writer.abort()
    writer.abort()
    assert not partial_of(store).exists()
    assert store.ingest(BLOB).offset == 0


def test_an_empty_suspended_ingest_leaves_nothing(store: BlobStore) -> None:
    store.ingest(BLOB).suspend()
    assert not partial_of(store).exists()


def test_other_bytes_are_thrown_away(store: BlobStore) -> None:
    writer = fill(store, bytes(len(CONTENT)))
    with pytest.raises(DigestMismatch) as caught:
        writer.commit()
    assert caught.value.expected == str(BLOB.digest)
    assert not store.exists(BLOB)
    assert not partial_of(store).exists()


def test_missing_bytes_may_still_come(store: BlobStore) -> None:
    writer = fill(store, CONTENT[:100])
    with pytest.raises(SizeMismatch):
        writer.commit()
    writer.write(CONTENT[100:])
    writer.commit()
    assert store.exists(BLOB)


def test_excess_bytes_are_refused_at_once(store: BlobStore) -> None:
    writer = fill(store)
    with pytest.raises(SizeMismatch):
        writer.write(b"x")
    writer.abort()
    assert not store.exists(BLOB)


def test_an_ended_writer_takes_nothing(store: BlobStore) -> None:
    writer = fill(store)
    writer.commit()
    with pytest.raises(ValueError, match="ended"):
        writer.write(b"")
    with pytest.raises(Unsupported):
        writer.recover()
    assert writer.ticket() is None
    writer.abort()
    writer.suspend()
    assert store.exists(BLOB)


def test_a_partial_file_that_is_too_long_is_begun_anew(store: BlobStore) -> None:
    store.ingest_directory.mkdir(parents=True)
    partial_of(store).write_bytes(CONTENT + b"x")
    assert store.ingest(BLOB).offset == 0


def test_a_complete_partial_file_of_other_bytes_is_begun_anew(store: BlobStore) -> None:
    store.ingest_directory.mkdir(parents=True)
    partial_of(store).write_bytes(bytes(len(CONTENT)))
    writer = store.ingest(BLOB)
    assert writer.offset == 0
    writer.write(CONTENT)
    writer.commit()
    assert read(store) == CONTENT


def test_a_complete_partial_file_needs_only_its_commit(store: BlobStore) -> None:
    store.ingest_directory.mkdir(parents=True)
    partial_of(store).write_bytes(CONTENT)
    writer = store.ingest(BLOB)
    assert writer.offset == BLOB.size
    writer.commit()
    assert store.exists(BLOB)


def test_a_corrupted_partial_file_is_found_by_its_digest(store: BlobStore) -> None:
    writer = fill(store, CONTENT[:1000])
    writer.suspend()
    partial_of(store).write_bytes(b"?" + CONTENT[1:1000])
    writer = fill(store)
    with pytest.raises(DigestMismatch):
        writer.commit()
    writer = fill(store)
    writer.commit()
    assert read(store) == CONTENT


def test_a_second_writer_waits_and_finds_the_blob_finished(store: BlobStore, tmp_path: Path) -> None:
    first = fill(store)
    asleep, first_done, found = threading.Event(), threading.Event(), []

    def nap(_: float) -> None:
        asleep.set()
        first_done.wait(60)

    def second() -> None:
        found.append(BlobStore(store.directory, ingest=store.ingest_directory, sleep=nap).ingest(BLOB))

    thread = threading.Thread(target=second)
    thread.start()
    assert asleep.wait(60)
    first.commit()
    first_done.set()
    thread.join(60)
    (writer,) = found
    assert isinstance(writer, FinishedWriter)
    assert writer.offset == BLOB.size
    writer.write(b"")
    with pytest.raises(SizeMismatch):
        writer.write(b"x")
    writer.commit()
    assert store.exists(BLOB)


def test_a_second_writer_goes_on_after_the_first_gave_up(store: BlobStore) -> None:
    first = fill(store, CONTENT[:100])
    naps: list[float] = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        first.suspend()

    second = BlobStore(store.directory, ingest=store.ingest_directory, sleep=nap).ingest(BLOB)
    assert naps
    assert second.offset == 100


def test_a_writer_without_progress_is_not_waited_for_forever(store: BlobStore, tmp_path: Path) -> None:
    first = fill(store, CONTENT[:100])
    with pytest.raises(Locked) as caught:
        store_in(tmp_path, patience_s=0).ingest(BLOB)
    assert caught.value.path == str(partial_of(store))
    first.abort()


def test_a_writer_with_progress_is_waited_for(store: BlobStore) -> None:
    first = store.ingest(BLOB)
    pieces = [CONTENT[at : at + 1_000_000] for at in range(0, BLOB.size, 1_000_000)]

    def nap(_: float) -> None:
        if pieces:
            first.write(pieces.pop(0))
        else:
            first.commit()

    # No patience at all: only the progress keeps the second one waiting.
    second = BlobStore(store.directory, ingest=store.ingest_directory, sleep=nap, patience_s=0)
    assert second.ingest(BLOB).offset == BLOB.size


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_both_algorithms_have_their_directory(store: BlobStore, algorithm: str) -> None:
    blob = Descriptor.of(b"hello", "text/plain", algorithm)
    store.put(blob, b"hello")
    assert (store.directory / algorithm / blob.digest.encoded).read_bytes() == b"hello"
    assert list(store.digests()) == [blob.digest]


def test_put_checks_what_it_is_given(store: BlobStore) -> None:
    blob = Descriptor.of(b"hello", "text/plain")
    with pytest.raises(DigestMismatch):
        store.put(blob, b"hallo")
    with pytest.raises(SizeMismatch):
        store.put(blob, b"hell")
    assert not store.exists(blob)
    assert list(store.ingest_directory.iterdir()) == []


def test_put_distrusts_what_an_earlier_run_left(store: BlobStore) -> None:
    blob = Descriptor.of(b"hello", "text/plain")
    store.ingest_directory.mkdir(parents=True)
    partial_of(store, blob).write_bytes(b"ha")
    store.put(blob, b"hello")
    assert store.read_small(blob.digest, limit=5) == b"hello"


def test_put_mends_a_blob_that_holds_other_bytes(store: BlobStore) -> None:
    blob = Descriptor.of(b"hello", "text/plain")
    store.put(blob, b"hello")
    store.path_of(blob.digest).write_bytes(b"hallo")
    store.put(blob, b"hello")
    assert store.path_of(blob.digest).read_bytes() == b"hello"


def test_a_blob_of_another_size_is_as_good_as_absent(store: BlobStore) -> None:
    fill(store).commit()
    os.truncate(store.path_of(BLOB.digest), 17)
    assert not store.exists(BLOB)
    with pytest.raises(SizeMismatch):
        store.stream(BLOB)
    fill(store).commit()
    assert store.exists(BLOB)


def test_absent_content_is_not_found(store: BlobStore) -> None:
    for attempt in (store.stream, store.fetch):
        with pytest.raises(NotFound) as caught:
            attempt(BLOB)
        assert caught.value.name == str(BLOB.digest)
    with pytest.raises(NotFound):
        store.remove(BLOB.digest)
    assert store.size_of(BLOB.digest) is None
    assert store.read_small(BLOB.digest, limit=10) is None


def test_a_stream_delivers_the_stretch_that_was_asked_for(store: BlobStore) -> None:
    fill(store).commit()
    buffer = memoryview(bytearray(1000))
    with store.stream(BLOB, 300, 500) as stream:
        assert stream.readinto(buffer) == 500
        assert bytes(buffer[:500]) == CONTENT[300:800]
        assert stream.readinto(buffer) == 0
    with store.stream(BLOB, BLOB.size - 10) as stream:
        assert stream.readinto(buffer) == 10
        assert stream.readinto(buffer) == 0


def test_links_and_pipes_are_no_blobs(store: BlobStore, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.write_bytes(b"hello")
    blob = Descriptor.of(b"hello", "text/plain")
    path = store.path_of(blob.digest)
    path.parent.mkdir(parents=True)
    path.symlink_to(target)
    assert not store.exists(blob)
    with pytest.raises(StorageError) as caught:
        store.stream(blob)
    assert "cp -rL" in caught.value.hint
    path.unlink()
    os.mkfifo(path)
    assert not store.exists(blob)
    with pytest.raises(StorageError):
        store.stream(blob)


def test_read_small_has_a_limit_and_checks_the_digest(store: BlobStore) -> None:
    blob = Descriptor.of(b"hello", "text/plain")
    store.put(blob, b"hello")
    assert store.read_small(blob.digest, limit=4) is None
    assert store.read_small(blob.digest, limit=5) == b"hello"
    store.path_of(blob.digest).write_bytes(b"hallo")
    with pytest.raises(DigestMismatch):
        store.read_small(blob.digest, limit=5)
    with store.fetch(blob) as reader, pytest.raises(LimitExceeded):
        reader.read(limit=4)


def test_a_verified_file_is_adopted(store: BlobStore, tmp_path: Path) -> None:
    file = tmp_path / "upload"
    file.write_bytes(CONTENT)
    store.adopt(file, BLOB.digest)
    assert not file.exists()
    assert read(store) == CONTENT


def test_a_blob_is_taken_over_by_a_second_name(store: BlobStore, tmp_path: Path) -> None:
    fill(store).commit()
    other = store_in(tmp_path / "other")
    assert other.link_from(store, BLOB.digest)
    assert other.link_from(store, BLOB.digest)
    assert other.path_of(BLOB.digest).samefile(store.path_of(BLOB.digest))
    store.remove(BLOB.digest)
    assert other.exists(BLOB)
    assert not other.link_from(store, Digest.of(b"absent"))


def test_old_partial_files_are_collected_unless_somebody_writes_them(store: BlobStore) -> None:
    other = Descriptor.of(b"other", "text/plain")
    fill(store, CONTENT[:100]).suspend()
    busy = store.ingest(other)
    busy.write(b"oth")
    for blob in (BLOB, other):
        os.utime(partial_of(store, blob), (1000, 1000))
    assert store.collect_partials(now_s=1000 + 50, older_than_s=100) == 0
    assert store.collect_partials(now_s=1000 + 200, older_than_s=100) == 100
    assert not partial_of(store).exists()
    assert partial_of(store, other).exists()
    busy.write(b"er")
    busy.commit()
    assert store.exists(other)


def test_tidying_removes_only_empty_directories(store: BlobStore, tmp_path: Path) -> None:
    writer = fill(store, CONTENT[:10])
    store.tidy()
    assert partial_of(store).exists()
    writer.abort()
    store.tidy()
    assert list(tmp_path.iterdir()) == []
