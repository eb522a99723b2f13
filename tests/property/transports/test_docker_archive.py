"""A damaged archive is refused with an error of ours, or read as what its digests say; never misread."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from oci.content import Limits
from oci.errors import OciError
from oci.spec import Digest, parse_document
from oci.tar import END
from oci.transports.docker_archive.source import DockerArchiveSource
from oci.transports.session import Session
from tests.unit.docker_archive.archive import (
    config,
    image,
    item_of,
    layout_members,
    link,
    manifest_json,
    member,
)

CONFIG = config(b"lower", b"upper")
CLASSIC = b"".join((
    member("a/layer.tar", b"lower"),
    link("b/layer.tar", "../c"),
    member("c", b"upper"),
    member("c.json", CONFIG),
    manifest_json(("c.json", ["a/layer.tar", "b/layer.tar"], ["app:1"])),
    END,
))  # fmt: skip
IMAGE = image("own", b"lower", b"upper")
MODERN = layout_members(IMAGE) + manifest_json(item_of(IMAGE, "app:1")) + END
SESSION = Session(limits=Limits(graph_nodes=1000))


@given(
    st.sampled_from([CLASSIC, MODERN]),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6),
    st.integers(0, 3000),
)
def test_damage_is_an_error_of_ours_or_harmless(
    raw: bytes, changes: list[tuple[float, int]], cut: int
) -> None:
    damaged = bytearray(raw[: len(raw) - max(0, cut - 1500)])
    for place, value in changes:
        damaged[int(place * len(damaged))] = value
    with suppress(OciError):
        source = DockerArchiveSource.of_stream(io.BytesIO(damaged).read, Path("damaged"), SESSION)
        try:
            read(source)
        finally:
            source.close()


def read(source: DockerArchiveSource) -> None:
    """Read everything; what is given is what its digest says."""
    list(source.names())
    root = source.open(None)
    assert Digest.of(root.content) == root.descriptor.digest
    for child in parse_document(root.content).children:
        if child.size < 1_000_000:
            with source.fetch(child) as reader:
                assert Digest.of(reader.read(limit=1_000_000)) == child.digest
