"""Properties of verified reading and of the walk, over arbitrary pieces and graphs."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from oci.content import Check, MemoryStore, VerifiedReader, walk
from oci.errors import ContentError
from oci.spec import Descriptor, Digest, Document
from oci.spec.media_type import OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST

CONFIG = Descriptor.of(b"{}", OCI_CONFIG)


class Pieces:
    """A stream that gives its pieces one after the other, as far as they fit."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._rest = [piece for piece in pieces if piece]

    def readinto(self, buffer: memoryview, /) -> int:
        if not self._rest:
            return 0
        piece = self._rest[0][: len(buffer)]
        buffer[: len(piece)] = piece
        self._rest[0] = self._rest[0][len(piece) :]
        if not self._rest[0]:
            del self._rest[0]
        return len(piece)

    def close(self) -> None:
        self._rest.clear()


@given(
    st.lists(st.binary(max_size=6), max_size=6),
    st.binary(max_size=12) | st.none(),
    st.integers(-2, 2),
    st.integers(1, 9),
    st.sampled_from(["sha256", "sha512"]),
)
def test_a_reader_ends_well_only_with_the_promised_bytes(
    pieces: list[bytes], promised: bytes | None, more: int, size: int, algorithm: str
) -> None:
    content = b"".join(pieces)
    wanted = content if promised is None else promised
    link = Descriptor(OCI_LAYER, Digest.of(wanted, algorithm), max(0, len(wanted) + more))
    is_true = content == wanted and len(content) == link.size
    reader = VerifiedReader(Pieces(pieces), link, where="x")
    buffer, read = memoryview(bytearray(size)), b""
    try:
        while count := reader.readinto(buffer):
            read += bytes(buffer[:count])
            assert len(read) <= link.size
    except ContentError:
        assert not is_true
        return
    assert is_true
    assert read == content


@given(st.lists(st.binary(max_size=8), max_size=8))
def test_a_check_does_not_care_about_pieces(pieces: list[bytes]) -> None:
    content = b"".join(pieces)
    check = Check(Descriptor.of(content, OCI_LAYER), where="x")
    for piece in pieces:
        check.update(piece)
    check.finish()


graphs = st.recursive(
    st.lists(st.sampled_from("abcd"), max_size=3).map(tuple),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=8,
)
"""A tuple is a manifest with these layers; a list is an index of what is in it."""


@given(graphs.filter(lambda graph: _depth(graph) <= 8))
def test_a_walk_meets_everything_once_and_parents_last(graph: object) -> None:
    store = MemoryStore()
    root = _stored(store, graph)
    nodes = list(walk(store, store.open(root.digest)))
    met: set[Digest] = set()
    for node in nodes:
        if isinstance(node.document, Document):
            assert {child.digest for child in node.document.children} <= met
        assert node.descriptor.digest not in met
        met.add(node.descriptor.digest)
    assert nodes[-1].descriptor == root
    assert met == _expected(store, root)


def _depth(graph: object) -> int:
    return 1 + max((_depth(inner) for inner in graph), default=0) if isinstance(graph, list) else 0


def _stored(store: MemoryStore, graph: object) -> Descriptor:
    if isinstance(graph, list):
        links = [_stored(store, inner).to_json() for inner in graph]
        return _publish(store, OCI_INDEX, {"schemaVersion": 2, "manifests": links})
    assert isinstance(graph, tuple)
    layers = [Descriptor.of(name.encode(), OCI_LAYER).to_json() for name in graph]
    return _publish(store, OCI_MANIFEST, {"schemaVersion": 2, "config": CONFIG.to_json(), "layers": layers})


def _publish(store: MemoryStore, media_type: str, members: dict[str, object]) -> Descriptor:
    content = json.dumps(members).encode()
    link = Descriptor.of(content, media_type)
    store.publish(link, content)
    return link


def _expected(store: MemoryStore, link: Descriptor) -> set[Digest]:
    members = json.loads(store.document(link)) if link.is_document else {}
    below = [*members.get("manifests", []), *members.get("layers", [])]
    below += [members["config"]] if "config" in members else []
    found = {link.digest}
    for child in below:
        found |= _expected(store, Descriptor.from_json(child, where="x"))
    return found
