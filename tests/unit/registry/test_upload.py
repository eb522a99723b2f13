from __future__ import annotations

import errno
import itertools
import os
import resource
import threading
from typing import TYPE_CHECKING

import pytest

from oci.errors import DigestMismatch, LimitExceeded, StorageError
from oci.registry import RegistryLimits
from oci.registry.error import ApiError
from oci.registry.upload import UploadStore
from oci.spec import Digest

if TYPE_CHECKING:
    from pathlib import Path


def store(folder: Path, limits: RegistryLimits | None = None) -> UploadStore:
    numbers = itertools.count(len(list(folder.glob("*.data"))))
    return UploadStore(
        folder, limits=limits or RegistryLimits(), make_session=lambda: f"{next(numbers):032x}"
    )


def view(data: bytes) -> memoryview:
    return memoryview(data)


@pytest.mark.parametrize("begun_as", ["sha256", "sha512"])
@pytest.mark.parametrize("asked_as", ["sha256", "sha512"])
def test_pieces_become_one_blob_of_either_algorithm(tmp_path: Path, begun_as: str, asked_as: str) -> None:
    upload = store(tmp_path).create("a", begun_as)
    for piece in (b"one ", b"two ", b"three"):
        upload.append(view(piece))
    assert upload.offset == 13
    upload.seal(Digest.of(b"one two three", asked_as))
    assert upload.data.read_bytes() == b"one two three"


def test_a_wrong_digest_is_refused(tmp_path: Path) -> None:
    upload = store(tmp_path).create("a", "sha256")
    upload.append(view(b"data"))
    with pytest.raises(DigestMismatch) as caught:
        upload.seal(Digest.of(b"other"))
    assert caught.value.actual == str(Digest.of(b"data"))


def test_a_session_outlives_the_process(tmp_path: Path) -> None:
    upload = store(tmp_path).create("a", "sha256")
    upload.append(view(b"before "))
    again = store(tmp_path).find(upload.session, "a")
    assert again is not upload
    assert again.offset == 7
    again.append(view(b"after"))
    again.seal(Digest.of(b"before after"))


def test_a_session_belongs_to_its_repository(tmp_path: Path) -> None:
    uploads = store(tmp_path)
    upload = uploads.create("a", "sha256")
    assert uploads.find(upload.session, "a") is upload
    for session, repository in ((upload.session, "b"), ("f" * 32, "a")):
        with pytest.raises(ApiError) as caught:
            uploads.find(session, repository)
        assert caught.value.status == 404


def test_damaged_sessions_are_unknown(tmp_path: Path) -> None:
    upload = store(tmp_path).create("a", "sha256")
    (tmp_path / f"{upload.session}.json").write_text("{")
    with pytest.raises(ApiError):
        store(tmp_path).find(upload.session, "a")


def test_an_ended_session_takes_nothing_more(tmp_path: Path) -> None:
    uploads = store(tmp_path)
    upload = uploads.create("a", "sha256")
    uploads.discard(upload)
    with pytest.raises(ApiError):
        upload.append(view(b"x"))
    with pytest.raises(ApiError):
        uploads.find(upload.session, "a")
    assert list(tmp_path.iterdir()) == []


def test_a_sealed_session_takes_nothing_more_until_it_is_reopened(tmp_path: Path) -> None:
    upload = store(tmp_path).create("a", "sha256")
    upload.seal(Digest.of(b""))
    with pytest.raises(ApiError):
        upload.append(view(b"x"))
    with pytest.raises(ApiError):
        upload.seal(Digest.of(b""))
    upload.reopen()
    upload.append(view(b"x"))
    upload.seal(Digest.of(b"x"))


def test_a_blob_has_a_largest_size(tmp_path: Path) -> None:
    upload = store(tmp_path, RegistryLimits(blob_bytes=10)).create("a", "sha256")
    upload.append(view(b"0123456789"))
    with pytest.raises(LimitExceeded):
        upload.append(view(b"a"))


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    upload = store(tmp_path).create("a", "sha256")
    upload.append(view(b"x" * 1000))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(
        resource.RLIMIT_FSIZE, (1500, limits[1])
    )  # the system refuses in the middle of a write
    try:
        with pytest.raises(StorageError) as caught:
            upload.append(view(b"y" * 1000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.errno == errno.EFBIG
    assert (upload.offset, upload.data.stat().st_size) == (1000, 1000)
    upload.append(view(b"z"))
    upload.seal(Digest.of(b"x" * 1000 + b"z"))


def test_old_sessions_end_and_young_ones_stay(tmp_path: Path) -> None:
    first = store(tmp_path)
    old, young = first.create("a", "sha256"), first.create("a", "sha256")
    os.utime(old.data, (1, 1))
    store(tmp_path).create("a", "sha256")
    assert not old.data.exists()
    assert not old.data.with_suffix(".json").exists()
    assert young.data.exists()


def test_there_are_only_so_many_sessions(tmp_path: Path) -> None:
    uploads = store(tmp_path, RegistryLimits(uploads=2))
    first = uploads.create("a", "sha256")
    uploads.create("a", "sha256")
    with pytest.raises(ApiError) as caught:
        uploads.create("a", "sha256")
    assert caught.value.status == 429
    assert len(list(tmp_path.glob("*.data"))) == 2
    uploads.discard(first)
    uploads.create("a", "sha256")


def test_threads_take_turns(tmp_path: Path) -> None:
    upload = store(tmp_path).create("a", "sha256")
    pieces = [bytes([n]) * 50_000 for n in range(8)]
    threads = [threading.Thread(target=upload.append, args=(view(piece),)) for piece in pieces]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    data = upload.data.read_bytes()
    assert sorted(data[n : n + 50_000] for n in range(0, len(data), 50_000)) == pieces
    upload.seal(Digest.of(data))
