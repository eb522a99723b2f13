"""Any image, changed and changed back: what both formats can say survives, and every DiffID stays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from oci.compression import Compression, detect, expanded
from oci.content import MemoryStore
from oci.spec import Digest, ImageConfig, Index, Manifest, parse_document
from oci.testing import build_image, build_index, layer
from oci.transfer import Conversion, CopyOptions, Format, LayerForm, copy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oci.testing import Content

FORMS = st.sampled_from([Compression.NONE, Compression.GZIP, Compression.ZSTD])
LAYERS = st.builds(
    lambda content, compression: layer({"file": content}, compression=compression),
    st.binary(max_size=3000),
    st.sampled_from(["none", "gzip", "zstd"]),
)
WITHOUT_ZSTD = LAYERS.filter(lambda part: "zstd" not in part.descriptor.media_type)
PLATFORMS = ["linux/amd64", "linux/arm64/v8", "windows/amd64"]


@st.composite
def images(draw: st.DrawFn, layers: st.SearchStrategy[object] = LAYERS) -> Content:
    """Draw an image, or an index of some."""
    made = [
        build_image(draw(st.lists(layers, min_size=1, max_size=3)), platform=platform)  # type: ignore[arg-type]
        for platform in PLATFORMS[: draw(st.integers(1, 3))]
    ]
    if len(made) == 1:
        return made[0]
    return build_index(dict(zip(PLATFORMS, made, strict=False)))


def stored(content: Content) -> MemoryStore:
    store = MemoryStore()
    for document in content.documents:
        for leaf in document.leaves:
            writer = store.ingest(leaf.descriptor)
            writer.write(leaf.data)
            writer.commit()
        store.publish(document.root, document.raw, ["v1"] if document is content else ())
    return store


def converted(source: MemoryStore, conversion: Conversion) -> MemoryStore:
    sink = MemoryStore()
    copy(source, "v1", sink, ["v1"], options=CopyOptions(conversion=conversion))
    return sink


def manifests(store: MemoryStore, name: str | Digest = "v1") -> Iterator[Manifest]:
    document = parse_document(store.open(name).content)
    if isinstance(document, Manifest):
        yield document
    elif isinstance(document, Index):
        for entry in document.manifests:
            yield from manifests(store, entry.digest)


def expand(content: bytes) -> bytes:
    parts = [content]
    pieces = expanded(lambda _: parts.pop() if parts else b"", detect(content), where="test")
    return b"".join(pieces)


@given(images(), st.lists(FORMS, min_size=1, max_size=3))
def test_diff_ids_stay_whatever_happens_to_the_layers(content: Content, forms: list[Compression]) -> None:
    store = stored(content)
    configs = [manifest.config.digest for manifest in manifests(store)]
    for form in forms:
        store = converted(store, Conversion(layers=LayerForm(compression=form)))
    assert [manifest.config.digest for manifest in manifests(store)] == configs
    for manifest in manifests(store):
        config = ImageConfig.parse(store._content(manifest.config.digest))
        assert [Digest.of(expand(store._content(link.digest))) for link in manifest.layers] == list(
            config.diff_ids
        )


@given(images(WITHOUT_ZSTD))
def test_to_docker_and_back_is_no_change_at_all(content: Content) -> None:
    store = converted(stored(content), Conversion(format=Format.DOCKER))
    assert json.loads(store.open("v1").content)["mediaType"].startswith("application/vnd.docker.")
    back = converted(store, Conversion(format=Format.OCI))
    assert back.open("v1").content == content.raw


@given(images(), FORMS, FORMS)
def test_the_way_does_not_matter(content: Content, first: Compression, last: Compression) -> None:
    """Compressed through another form or at once, the same comes out of the layers whose form changed."""
    through = converted(
        converted(stored(content), Conversion(layers=LayerForm(compression=first))),
        Conversion(layers=LayerForm(compression=last)),
    )
    again = converted(through, Conversion(layers=LayerForm(compression=last)))
    assert again.open("v1") == through.open("v1")
