"""Archives with any damage: read, or refused with our own error, and never believed beyond their digests."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from oci.content import Source, walk
from oci.errors import OciError
from oci.spec import media_type
from oci.testing.contract import Sample
from oci.testing.contract.sample import blob, fetched
from oci.transports.oci_archive.sink import ArchiveSink
from oci.transports.oci_archive.source import ArchiveSource

IMAGE = Sample.image("fuzzed", layers=[blob(b"layer" * 100, media_type.OCI_LAYER)])


def archive() -> bytes:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "a.tar"
        sink = ArchiveSink.create(path)
        IMAGE.push(sink, "v1")
        sink.finish()
        sink.close()
        return path.read_bytes()


GOOD = archive()


def content_of(source: Source) -> dict[str, bytes]:
    """Read everything beneath the only name, verified."""
    found: dict[str, bytes] = {}
    for node in walk(source, source.open("v1")):
        content = node.content if node.content is not None else fetched(source, node.descriptor)
        found[str(node.descriptor.digest)] = content
    return found


EXPECTED = {str(one.descriptor.digest): one.content for one in (*IMAGE.blobs, *IMAGE.documents, IMAGE.root)}


@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.binary(max_size=20)), max_size=3),
    st.integers(0, 2048),
)
def test_damage_is_refused_or_does_not_matter(patches: list[tuple[int, bytes]], cut: int) -> None:
    raw = bytearray(GOOD)
    for at, patch in patches:
        raw[at : at + len(patch)] = patch
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "a.tar"
        path.write_bytes(raw[: len(raw) - cut])
        try:
            source = ArchiveSource.at(path)
        except OciError:
            return
        try:
            assert content_of(source) == EXPECTED
        except OciError:
            pass
        finally:
            source.close()
