"""The layout store: what counts as a layout, what names mean, what is attached."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from oci.content import Deletes, Listed, ListsNames, ListsReferrers, Locks, Sink, Unknown
from oci.content.limits import Limits
from oci.errors import (
    InvalidDigest,
    InvalidDocument,
    InvalidReference,
    LimitExceeded,
    NotFound,
    StorageError,
    Unsupported,
)
from oci.spec import Descriptor, Digest, media_type
from oci.spec.attachment import cosign_tag, fallback_tag
from oci.testing.contract import Sample
from oci.testing.contract.sample import blob
from oci.transports.layout.planned import PlannedLayout
from oci.transports.layout.ref_name import REF_NAME, check_ref_name
from oci.transports.layout.store import LayoutStore
from oci.transports.layout.terms import DiskTerms

if TYPE_CHECKING:
    from pathlib import Path

ONE, TWO = Sample.image("one"), Sample.image("two")


@pytest.fixture
def store(tmp_path: Path) -> LayoutStore:
    return LayoutStore.create(tmp_path / "layout")


def relist(store: LayoutStore, *entries: dict[str, object]) -> None:
    """Write an index as another tool might."""
    store.index.path.write_text(json.dumps({"schemaVersion": 2, "manifests": list(entries)}))


def test_the_store_is_what_the_seam_asks_for(store: LayoutStore) -> None:
    sink: Sink = store
    assert isinstance(sink, Deletes)
    assert isinstance(sink, ListsNames)
    assert isinstance(sink, ListsReferrers)
    assert isinstance(sink, Locks)


def test_a_new_layout_has_what_the_specification_wants(store: LayoutStore) -> None:
    assert json.loads((store.directory / "oci-layout").read_text()) == {"imageLayoutVersion": "1.0.0"}
    assert json.loads((store.directory / "index.json").read_text())["manifests"] == []
    assert (store.directory / "blobs").is_dir()
    assert store.label == f"oci:{store.directory}"


def test_a_layout_holds_nothing_else_when_it_is_closed(store: LayoutStore) -> None:
    ONE.push(store, "v1")
    store.close()
    assert sorted(path.name for path in store.directory.iterdir()) == ["blobs", "index.json", "oci-layout"]


def test_an_empty_directory_becomes_a_layout(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()
    LayoutStore.create(tmp_path).close()
    assert LayoutStore.at(tmp_path).listing().entries == ()


def test_a_directory_with_other_content_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(StorageError) as caught:
        LayoutStore.create(tmp_path)
    assert "thesis.txt" in caught.value.message
    assert caught.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_what_is_no_layout_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("absent", "file", "."):
        with pytest.raises(NotFound):
            LayoutStore.at(tmp_path / name)


@pytest.mark.parametrize("mark", ['{"imageLayoutVersion":"2.0.0"}', '{"imageLayoutVersion":1}', "{}"])
def test_another_version_is_refused(store: LayoutStore, mark: str) -> None:
    (store.directory / "oci-layout").write_text(mark)
    for way in (LayoutStore.at, LayoutStore.create):
        with pytest.raises(Unsupported):
            way(store.directory)


@pytest.mark.parametrize("mark", ["", "[]", "x" * 70_000])
def test_a_damaged_mark_is_refused(store: LayoutStore, mark: str) -> None:
    (store.directory / "oci-layout").write_text(mark)
    with pytest.raises(InvalidDocument):
        LayoutStore.at(store.directory)


@pytest.mark.parametrize(
    "name",
    ["latest", "v1.0", "docker.io/library/alpine:3.19", "a--b", "a@b+c", "_x", "a..b", "A-", "1" * 512],
)
def test_names_that_may_be_written(name: str) -> None:
    assert check_ref_name(name) == name


@pytest.mark.parametrize("name", ["", "/a", "a/", "a//b", "@0", "-a", "a b", "a\n", "ä", "a:/b", "1" * 513])
def test_names_that_may_not_be_written(store: LayoutStore, name: str) -> None:
    with pytest.raises(InvalidReference):
        ONE.push(store, name)
    assert store.listing().entries == ()


def test_any_name_that_others_wrote_can_be_read(store: LayoutStore) -> None:
    ONE.push(store)
    relist(store, {**ONE.root.descriptor.to_json(), "annotations": {REF_NAME: "my image: ä"}})
    assert store.open("my image: ä") == ONE.root


def test_without_a_name_the_only_image_is_meant(store: LayoutStore) -> None:
    with pytest.raises(NotFound):
        store.resolve(None)
    ONE.push(store, "a", "b")
    assert store.open(None) == ONE.root
    TWO.push(store, "c")
    with pytest.raises(NotFound) as caught:
        store.resolve(None)
    assert "a, b, c" in caught.value.hint


def test_what_is_attached_is_not_the_only_image(store: LayoutStore) -> None:
    ONE.push(store, "v1")
    signature = Sample.attached_to(ONE, "signature", "application/vnd.example")
    signature.push(store)
    TWO.push(store, cosign_tag(ONE.root.descriptor.digest, "sig"))
    assert store.open(None) == ONE.root


def test_two_nameless_images_can_be_counted(store: LayoutStore) -> None:
    ONE.push(store)
    TWO.push(store)
    with pytest.raises(NotFound) as caught:
        store.resolve(None)
    assert "@0" in caught.value.hint
    assert store.open("@0") == ONE.root
    assert store.open("@1") == TWO.root
    with pytest.raises(NotFound) as caught:
        store.resolve("@2")
    assert "there are 2" in caught.value.hint


def test_documents_beneath_a_listed_index_have_no_entry_and_are_found(store: LayoutStore) -> None:
    index = Sample.index(ONE, TWO)
    index.push(store)
    assert [entry.digest_text for entry in store.listing().entries] == [str(index.root.descriptor.digest)]
    assert store.open(ONE.root.descriptor.digest) == ONE.root
    assert store.open(None) == index.root


def test_a_digest_of_something_else_is_no_image(store: LayoutStore) -> None:
    ONE.push(store, "v1")
    with pytest.raises(NotFound):
        store.resolve(ONE.blobs[0].descriptor.digest)


def test_an_entry_without_a_media_type_is_understood_by_its_bytes(store: LayoutStore) -> None:
    ONE.push(store)
    TWO.push(store)
    digest = ONE.root.descriptor.digest
    relist(store, {"digest": str(digest), "size": ONE.root.descriptor.size, "annotations": {REF_NAME: "x"}})
    assert store.resolve("x") == ONE.root.descriptor
    config = ONE.blobs[0].descriptor
    relist(store, {"digest": str(config.digest), "size": config.size})
    with pytest.raises(InvalidDocument):
        store.resolve("@0")


def test_an_entry_that_cannot_be_understood_says_so(store: LayoutStore) -> None:
    relist(store, {"mediaType": "x", "digest": "sha256:../../etc", "size": 1, "annotations": {REF_NAME: "x"}})
    with pytest.raises(InvalidDigest):
        store.resolve("x")
    with pytest.raises(NotFound):
        store.resolve(Digest.of(b""))


def test_a_document_of_an_unknown_kind_is_found_by_digest(store: LayoutStore) -> None:
    one = blob('{"what":"is this"}', "application/vnd.example.v1+json")
    store.publish(*one)
    assert store.open(one.descriptor.digest) == one


def test_a_document_has_a_limit(store: LayoutStore) -> None:
    one = blob(json.dumps({"x": "y" * 2000}), media_type.OCI_MANIFEST)
    store.publish(*one)
    with pytest.raises(LimitExceeded):
        LayoutStore.at(store.directory, DiskTerms(limits=Limits(manifest_bytes=2000))).open(
            one.descriptor.digest
        )


def test_an_index_that_is_none_is_not_published(store: LayoutStore) -> None:
    one = blob('{"schemaVersion":2}', media_type.OCI_INDEX)
    with pytest.raises(InvalidDocument):
        store.publish(*one)
    assert not store.exists(one.descriptor)


def test_a_fallback_tag_lists_what_is_attached(store: LayoutStore) -> None:
    signature = Sample.attached_to(ONE, "signature", "application/vnd.example")
    digest = ONE.root.descriptor.digest
    listing = Sample.index(signature)
    listing.push(store, fallback_tag(digest))
    answer = store.referrers(digest)
    assert isinstance(answer, Listed)
    assert answer.via == "scan"
    assert answer.descriptors == (signature.root.descriptor,)


def test_a_marked_entry_lists_what_is_attached(store: LayoutStore) -> None:
    signature = Sample.attached_to(ONE, "signature", "application/vnd.example")
    listing = Sample.index(signature)
    listing.push(store)
    digest = ONE.root.descriptor.digest
    mark = {"org.opencontainers.image.referrer.subject": str(digest)}
    relist(store, {**listing.root.descriptor.to_json(), "annotations": mark})
    answer = store.referrers(digest)
    assert isinstance(answer, Listed)
    assert answer.descriptors == (signature.root.descriptor,)


def test_a_damaged_document_makes_the_answer_unknown(store: LayoutStore) -> None:
    signature = Sample.attached_to(ONE, "signature", "application/vnd.example")
    signature.push(store)
    path = store.blobs.path_of(signature.root.descriptor.digest)
    path.write_bytes(bytes(signature.root.descriptor.size))
    assert isinstance(store.referrers(ONE.root.descriptor.digest), Unknown)


def test_a_listed_document_that_is_absent_is_not_attached(store: LayoutStore) -> None:
    ONE.push(store, "v1")
    store.index.update(lambda listing: listing.put(TWO.root.descriptor, ["sparse"]))
    assert store.referrers(ONE.root.descriptor.digest) == Listed((), via="scan")


def test_deleting_the_only_image_and_by_position(store: LayoutStore) -> None:
    ONE.push(store, "v1")
    assert store.delete(None) == ONE.root.descriptor
    assert store.listing().entries == ()
    ONE.push(store)
    assert store.delete("@0") == ONE.root.descriptor
    assert store.listing().entries == ()


def test_shared_blobs_lie_elsewhere(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    first = LayoutStore.create(tmp_path / "first", DiskTerms(shared_blobs=shared))
    ONE.push(first, "v1")
    second = LayoutStore.create(tmp_path / "second", DiskTerms(shared_blobs=shared))
    assert second.exists(ONE.root.descriptor)
    assert list((tmp_path / "first" / "blobs").iterdir()) == []
    assert (shared / "sha256" / ONE.root.descriptor.digest.encoded).exists()
    with pytest.raises(NotFound):
        LayoutStore.at(tmp_path / "first").open("v1")


def test_a_position_is_a_number(store: LayoutStore) -> None:
    ONE.push(store, "v1")
    assert store.resolve("@0") == ONE.root.descriptor
    assert store.resolve("@00") == ONE.root.descriptor
    for name in ("@x", "@-1", "@"):
        with pytest.raises(NotFound):
            store.resolve(name)


def test_another_descriptor_of_the_same_digest_is_refused(store: LayoutStore) -> None:
    one = ONE.root
    longer = Descriptor(one.descriptor.media_type, one.descriptor.digest, one.descriptor.size + 1)
    ONE.push(store)
    assert not store.exists(longer)


def test_a_planned_layout_is_made_by_the_first_thing_that_is_written(tmp_path: Path) -> None:
    def planned(name: str) -> LayoutStore:
        store = PlannedLayout.planned(tmp_path / name)
        assert list(store.names()) == []
        assert not store.exists(ONE.root.descriptor)
        with pytest.raises(NotFound):
            store.open("v1")
        store.close()
        assert not (tmp_path / name).exists()
        return store

    planned("ingest").ingest(ONE.blobs[0].descriptor).abort()
    planned("publish").publish(*ONE.root, ["v1"])
    with planned("lock").lock():
        pass
    made = [LayoutStore.at(tmp_path / name) for name in ("ingest", "publish", "lock")]
    assert [list(store.names()) for store in made] == [[], ["v1"], []]


def test_a_plan_for_a_directory_with_other_content_fails_at_once(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(StorageError):
        PlannedLayout.planned(tmp_path)


def test_a_plan_for_a_layout_is_the_layout(store: LayoutStore) -> None:
    ONE.push(store, "v1")
    planned = PlannedLayout.planned(store.directory)
    assert planned.open("v1") == ONE.root
