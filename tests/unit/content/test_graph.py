"""The walk: children before parents, each link once, and an end."""

from __future__ import annotations

import json

import pytest

from oci.content import Limits, MemoryStore, Node, Opened, children_of, walk
from oci.content.graph import is_image, parse_known
from oci.errors import DigestMismatch, InvalidDocument, LimitExceeded, NotFound, SizeMismatch
from oci.spec import Descriptor, Digest, parse_document
from oci.spec.media_type import OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST

CONFIG = Descriptor.of(b"{}", OCI_CONFIG)


def layer(name: str) -> Descriptor:
    return Descriptor.of(name.encode(), OCI_LAYER)


def manifest(store: MemoryStore, *layers: Descriptor, **members: object) -> Descriptor:
    known = {"schemaVersion": 2, "config": CONFIG.to_json(), "layers": [link.to_json() for link in layers]}
    return publish(store, OCI_MANIFEST, known | members)


def index(store: MemoryStore, *links: Descriptor) -> Descriptor:
    return publish(store, OCI_INDEX, {"schemaVersion": 2, "manifests": [link.to_json() for link in links]})


def publish(store: MemoryStore, media_type: str, members: dict[str, object]) -> Descriptor:
    content = json.dumps(members).encode()
    link = Descriptor.of(content, media_type)
    store.publish(link, content)
    return link


def walked(store: MemoryStore, root: Descriptor, limits: Limits | None = None) -> list[Node]:
    return list(walk(store, store.open(root.digest), limits=limits))


def digests(nodes: list[Node]) -> list[Digest]:
    return [node.descriptor.digest for node in nodes]


def test_children_come_before_parents_and_shared_ones_once() -> None:
    store = MemoryStore()
    base, top = layer("base"), layer("top")
    first, second = manifest(store, base), manifest(store, base, top)
    root = index(store, first, second)
    nodes = walked(store, root)
    assert digests(nodes) == [link.digest for link in (CONFIG, base, first, top, second, root)]
    assert [node.depth for node in nodes] == [2, 2, 1, 2, 1, 0]


def test_documents_come_with_their_content_and_blobs_without() -> None:
    store = MemoryStore()
    root = manifest(store, layer("a"))
    *blobs, top = walked(store, root)
    assert all(node.content is None and node.document is None for node in blobs)
    assert top.content == store.document(root)
    assert top.document == parse_document(store.document(root))
    assert is_image(top.document)
    assert not is_image(None)


def test_what_an_index_links_is_a_document_whatever_it_is_called() -> None:
    store = MemoryStore()
    unknown = publish(store, "application/vnd.example.thing+json", {"hello": 1})
    nodes = walked(store, index(store, unknown))
    assert nodes[0].descriptor == unknown
    assert nodes[0].content == b'{"hello": 1}'
    assert nodes[0].document is None


def test_a_subject_is_no_child() -> None:
    store = MemoryStore()
    absent = Descriptor.of(b"absent", OCI_MANIFEST)
    root = manifest(store, subject=absent.to_json())
    assert absent.digest not in digests(walked(store, root))


def test_a_digest_that_is_layer_and_manifest_is_walked_as_both() -> None:
    """An artifact that carries another image's manifest as a layer must not hide that image."""
    store = MemoryStore()
    image = manifest(store, layer("inside"))
    carrier = manifest(store, Descriptor(OCI_LAYER, image.digest, image.size))
    nodes = walked(store, index(store, carrier, image))
    assert layer("inside").digest in digests(nodes)
    assert [node.document is None for node in nodes if node.descriptor.digest == image.digest] == [
        True,
        False,
    ]


def test_the_depth_is_limited() -> None:
    store = MemoryStore()
    root = manifest(store)
    for _ in range(3):
        root = index(store, root)
    assert len(walked(store, root, Limits(index_depth=3))) == 5
    with pytest.raises(LimitExceeded) as caught:
        walked(store, root, Limits(index_depth=2))
    assert (caught.value.limit, caught.value.allowed) == ("index_depth", 2)


def test_the_number_of_nodes_is_limited() -> None:
    store = MemoryStore()
    root = manifest(store, *(layer(str(number)) for number in range(9)))
    assert len(walked(store, root, Limits(graph_nodes=10))) == 11
    with pytest.raises(LimitExceeded) as caught:
        walked(store, root, Limits(graph_nodes=9))
    assert (caught.value.limit, caught.value.allowed) == ("graph_nodes", 9)


def test_a_missing_document_is_named() -> None:
    store = MemoryStore()
    missing = Descriptor.of(b"missing", OCI_MANIFEST)
    with pytest.raises(NotFound) as caught:
        walked(store, index(store, missing))
    assert caught.value.name == str(missing.digest)


def test_a_link_with_the_wrong_size_is_refused() -> None:
    store = MemoryStore()
    image = manifest(store)
    wrong = index(store, Descriptor(OCI_MANIFEST, image.digest, image.size - 1))
    with pytest.raises(SizeMismatch):
        walked(store, wrong)


def test_a_link_that_calls_its_document_something_else_is_refused() -> None:
    store = MemoryStore()
    inner = index(store)
    with pytest.raises(InvalidDocument):
        walked(store, index(store, Descriptor(OCI_MANIFEST, inner.digest, inner.size)))


def test_only_the_parents_kind_says_which_children_are_documents() -> None:
    store = MemoryStore()
    image = manifest(store, Descriptor.of(b"x", OCI_INDEX))
    document = parse_known(store.open(image.digest), where="x")
    assert document is not None
    assert [is_document for _, is_document in children_of(document)] == [False, False]


class TestMemoryStore:
    def test_a_writer_keeps_nothing_before_it_commits(self) -> None:
        store, link = MemoryStore(), Descriptor.of(b"abc", OCI_LAYER)
        writer = store.ingest(link)
        writer.write(b"ab")
        assert writer.offset == 2
        assert not store.exists(link)
        writer.write(memoryview(b"c"))
        writer.commit()
        assert store.fetch(link).read(limit=3) == b"abc"

    def test_a_writer_refuses_other_bytes(self) -> None:
        store, link = MemoryStore(), Descriptor.of(b"abc", OCI_LAYER)
        writer = store.ingest(link)
        writer.write(b"abd")
        with pytest.raises(DigestMismatch):
            writer.commit()
        assert not store.exists(link)

    def test_publishing_checks_the_content(self) -> None:
        store = MemoryStore()
        with pytest.raises(DigestMismatch):
            store.publish(Descriptor.of(b"{}", OCI_INDEX), b"[]", ["v1"])
        with pytest.raises(NotFound):
            store.resolve("v1")

    def test_ranges(self) -> None:
        store = MemoryStore()
        root = manifest(store)
        whole = store.document(root)
        buffer = memoryview(bytearray(1000))
        assert bytes(buffer[: store.stream(root, 5, 7).readinto(buffer)]) == whole[5:12]
        assert bytes(buffer[: store.stream(root, 5).readinto(buffer)]) == whole[5:]

    def test_the_only_name_needs_no_name(self) -> None:
        store = MemoryStore()
        root = manifest(store)
        store.publish(root, store.document(root), ["v1"])
        assert store.resolve(None) == root
        store.publish(root, store.document(root), ["v2"])
        with pytest.raises(NotFound):
            store.resolve(None)
        assert list(store.names()) == ["v1", "v2"]

    def test_an_unknown_document_hides_no_referrer(self) -> None:
        store = MemoryStore()
        image = manifest(store)
        publish(store, "application/vnd.example.thing+json", {"hello": 1})
        signature = manifest(store, subject=image.to_json(), artifactType="a/sig")
        found = store.referrers(image.digest)
        assert getattr(found, "descriptors", None) == (signature,)
        filtered = store.referrers(image.digest, artifact_type="a/other")
        assert getattr(filtered, "descriptors", None) == ()

    def test_deleting_a_document_deletes_its_names(self) -> None:
        store = MemoryStore()
        root = manifest(store)
        store.publish(root, store.document(root), ["v1", "v2"])
        assert store.delete("v1") == root
        assert list(store.names()) == ["v2"]
        store.delete(root.digest)
        assert list(store.names()) == []
        with pytest.raises(NotFound):
            store.open(root.digest)


def test_an_opened_document_is_link_and_bytes() -> None:
    link = Descriptor.of(b"{}", OCI_CONFIG)
    assert Opened(link, b"{}") == (link, b"{}")
