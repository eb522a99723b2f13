"""An image directory: what is read from it, what is refused, and what a new image leaves of the old one."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from oci.content import Limits, Listed
from oci.errors import (
    DigestMismatch,
    InvalidDocument,
    LimitExceeded,
    NotFound,
    OciError,
    StorageError,
    Unsupported,
)
from oci.spec import Digest, media_type
from oci.testing.contract import Sample
from oci.testing.contract.sample import blob
from oci.transports.directory.sink import DirectorySink
from oci.transports.directory.store import DirectoryStore
from oci.transports.layout.terms import DiskTerms

if TYPE_CHECKING:
    from pathlib import Path

SHARED = blob("shared", media_type.OCI_LAYER)
OLD = Sample.image("old", layers=[SHARED, blob("old", media_type.OCI_LAYER)])
NEW = Sample.image("new", layers=[SHARED, blob("new", media_type.OCI_LAYER)])
LONG = Sample.image("long", layers=[blob("long", media_type.OCI_LAYER, "sha512")], algorithm="sha512")


def write(directory: Path, sample: Sample, *attached: Sample) -> None:
    sink = DirectorySink.create(directory)
    for one in (sample, *attached):
        one.push(sink)
    sink.choose(sample.root.descriptor)
    sink.close()


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def hexes(sample: Sample) -> set[str]:
    return {one.descriptor.digest.encoded for one in sample.blobs}


def test_the_files_are_those_of_the_format(tmp_path: Path) -> None:
    write(tmp_path / "image", OLD)
    assert names(tmp_path / "image") == {"version", "manifest.json", *hexes(OLD)}
    assert (tmp_path / "image" / "version").read_bytes() == b"Directory Transport Version: 1.1\n"
    assert (tmp_path / "image" / "manifest.json").read_bytes() == OLD.root.content


def test_documents_of_an_index_lie_beside_it(tmp_path: Path) -> None:
    index = Sample.index(OLD, NEW)
    write(tmp_path, index)
    documents = {f"{one.root.descriptor.digest.encoded}.manifest.json" for one in (OLD, NEW)}
    assert names(tmp_path) == {"version", "manifest.json", *documents, *hexes(index)}
    store = DirectoryStore.at(tmp_path)
    assert store.open(None) == index.root
    index.assert_held_by(store)


def test_longer_digests_have_their_algorithm_in_their_names_and_a_newer_version(tmp_path: Path) -> None:
    write(tmp_path, LONG)
    assert (tmp_path / "version").read_bytes() == b"Directory Transport Version: 1.2\n"
    assert {f"sha512-{encoded}" for encoded in hexes(LONG)} <= names(tmp_path)
    assert DirectoryStore.at(tmp_path).open(None) == LONG.root
    write(tmp_path, OLD)
    assert names(tmp_path) == {"version", "manifest.json", *hexes(OLD)}
    assert (tmp_path / "version").read_bytes() == b"Directory Transport Version: 1.1\n"


def test_a_new_image_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    write(tmp_path, OLD, Sample.attached_to(OLD, "sbom", "application/vnd.example.sbom"))
    (tmp_path / "signature-1").write_bytes(b"of the old one")
    (tmp_path / "notes.txt").write_bytes(b"not ours")
    write(tmp_path, NEW)
    assert names(tmp_path) == {"version", "manifest.json", "notes.txt", *hexes(NEW)}
    assert DirectoryStore.at(tmp_path).open(None) == NEW.root


def test_the_same_image_keeps_its_signatures(tmp_path: Path) -> None:
    write(tmp_path, OLD)
    (tmp_path / "signature-1").write_bytes(b"signature")
    write(tmp_path, OLD)
    assert (tmp_path / "signature-1").read_bytes() == b"signature"


def test_until_it_is_chosen_the_old_image_is_there(tmp_path: Path) -> None:
    write(tmp_path, OLD)
    sink = DirectorySink.create(tmp_path)
    NEW.push(sink)
    sink.close()
    assert DirectoryStore.at(tmp_path).open(None) == OLD.root
    OLD.assert_held_by(DirectoryStore.at(tmp_path))


def test_nothing_is_made_before_something_is_stored(tmp_path: Path) -> None:
    DirectorySink.create(tmp_path / "image").close()
    assert not (tmp_path / "image").exists()


def test_what_was_counted_on_and_cleaned_away_is_missed(tmp_path: Path) -> None:
    write(tmp_path, OLD)
    late = DirectorySink.create(tmp_path)
    assert all(late.exists(one.descriptor) for one in OLD.blobs)
    late.publish(*OLD.root)
    write(tmp_path, NEW)
    with pytest.raises(StorageError, match="another writer"):
        late.choose(OLD.root.descriptor)
    assert DirectoryStore.at(tmp_path).open(None) == NEW.root


def test_of_many_writers_one_wins_whole(tmp_path: Path) -> None:
    images = [Sample.image(f"{number}", layers=[SHARED, blob(f"layer {number}")]) for number in range(8)]

    def attempt(image: Sample) -> bool:
        try:
            write(tmp_path, image)
        except StorageError:
            return False
        return True

    with ThreadPoolExecutor(len(images)) as pool:
        assert any(pool.map(attempt, images))
    store = DirectoryStore.at(tmp_path)
    (winner,) = [image for image in images if image.root == store.open(None)]
    assert store.document(winner.root.descriptor) == winner.root.content


def test_names_are_refused(tmp_path: Path) -> None:
    sink = DirectorySink.create(tmp_path)
    with pytest.raises(Unsupported, match="no names"):
        OLD.push(sink, "v1")
    with pytest.raises(NotFound):
        sink.open("v1")


@pytest.mark.parametrize("name", ["notes.txt", "manifest.json", "oci-layout", ".hidden", "a" * 64])
def test_a_directory_with_something_else_in_it_is_not_written_to(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"precious")
    with pytest.raises(StorageError, match="not an image directory"):
        DirectorySink.create(tmp_path)
    assert (tmp_path / name).read_bytes() == b"precious"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (b"Directory Transport Version: 1.1", StorageError),
        (b"something else\n", StorageError),
        (b"x" * 10_000, StorageError),
        (b"Directory Transport Version: 1.3\n", Unsupported),
        (b"Directory Transport Version: 2.0\n", Unsupported),
    ],
)
def test_other_versions_are_neither_read_nor_written(
    tmp_path: Path, text: bytes, kind: type[OciError]
) -> None:
    write(tmp_path, OLD)
    (tmp_path / "version").write_bytes(text)
    with pytest.raises(kind):
        DirectorySink.create(tmp_path)
    with pytest.raises((InvalidDocument, Unsupported)):
        DirectoryStore.at(tmp_path)


def test_a_directory_without_a_version_is_read(tmp_path: Path) -> None:
    write(tmp_path, OLD)
    (tmp_path / "version").unlink()
    assert DirectoryStore.at(tmp_path).open(None) == OLD.root


def test_an_absent_directory_and_an_empty_one_hold_no_image(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        DirectoryStore.at(tmp_path / "absent")
    assert caught.value.hint
    with pytest.raises(NotFound):
        DirectoryStore.at(tmp_path)


def test_changed_content_is_noticed(tmp_path: Path) -> None:
    index = Sample.index(OLD)
    write(tmp_path, index)
    (document,) = tmp_path.glob("*.manifest.json")
    document.write_bytes(document.read_bytes().replace(b"amd64", b"arm64").replace(b"layers", b"Layers"))
    store = DirectoryStore.at(tmp_path)
    with pytest.raises(DigestMismatch):
        store.open(OLD.root.descriptor.digest)
    with pytest.raises(DigestMismatch):
        store.document(OLD.root.descriptor)


def test_links_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "image", OLD)
    image = tmp_path / "image" / "manifest.json"
    image.rename(tmp_path / "elsewhere")
    image.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError):
        DirectoryStore.at(tmp_path / "image").open(None)


def test_a_pipe_in_place_of_the_image_is_not_waited_for(tmp_path: Path) -> None:
    write(tmp_path, OLD)
    (tmp_path / "manifest.json").unlink()
    os.mkfifo(tmp_path / "manifest.json")
    with pytest.raises(OciError):
        DirectoryStore.at(tmp_path).open(None)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"{}", b'{"schemaVersion": 2}'])
def test_an_image_that_is_no_document_is_refused(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, OLD)
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(InvalidDocument):
        DirectoryStore.at(tmp_path).open(None)
    write(tmp_path, NEW)
    assert DirectoryStore.at(tmp_path).open(None) == NEW.root


def test_a_huge_image_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, OLD)
    size = len(OLD.root.content)
    assert DirectoryStore.at(tmp_path, DiskTerms(limits=Limits(manifest_bytes=size))).open(None) == OLD.root
    with pytest.raises(LimitExceeded):
        DirectoryStore.at(tmp_path, DiskTerms(limits=Limits(manifest_bytes=size - 1))).open(None)


def test_schema_1_is_carried_as_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(b'{"schemaVersion": 1, "fsLayers": []}')
    assert DirectoryStore.at(tmp_path).resolve(None).media_type == media_type.DOCKER_SCHEMA1


def test_what_is_attached_is_listed_by_kind(tmp_path: Path) -> None:
    sbom = Sample.attached_to(OLD, "sbom", "application/vnd.example.sbom")
    write(tmp_path, OLD, sbom)
    store = DirectoryStore.at(tmp_path)
    digest = OLD.root.descriptor.digest
    found = store.referrers(digest, artifact_type="application/vnd.example.sbom")
    assert isinstance(found, Listed)
    assert [link.digest for link in found.descriptors] == [sbom.root.descriptor.digest]
    assert store.referrers(digest, artifact_type="other/kind") == Listed((), via="scan")
    assert store.referrers(Digest("sha256", "0" * 64)) == Listed((), via="scan")
