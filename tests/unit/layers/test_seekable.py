"""Seekable layers: the archive comes back from them, and so does the table."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING

import pytest

from oci.compression import Compression, SeekableForm, expanded
from oci.errors import DigestMismatch, InvalidDocument, LimitExceeded, Unsupported
from oci.frozen import replace
from oci.layers.seekable import TableLimits, read_table, writer_of
from oci.layers.seekable.estargz import footer, offset_of
from oci.spec import Descriptor, Digest
from oci.tar import Kind, TarLimits
from tests.integration.layers.material import WHEN, file, folder, hard_link, member, symlink, tar

if TYPE_CHECKING:
    from oci.layers.seekable import Table
    from oci.layers.seekable.table import Reach

LARGE = bytes(range(256)) * 40_000  # more than two chunks
RAW = tar(
    folder("etc", mode=0o711),
    member("etc/file", content=b"content", owner=(7, 70_000), mode=0o4755, mtime=WHEN + 0.5),
    file("etc/empty", b""),
    member("etc/large", content=LARGE, records={"SCHILY.xattr.user.x": "v\udc80", "comment": "kept"}),
    symlink("etc/link", "file"),
    hard_link("etc/again", "etc/file"),
    member("null", tarfile.CHRTYPE, device=(1, 3)),
    member("fifo", tarfile.FIFOTYPE),
    file("n" * 150, b"long"),
)
FORMS = list(SeekableForm)


def write(
    form: SeekableForm, raw: bytes = RAW, piece: int = 10_000
) -> tuple[bytes, Descriptor, Digest | None]:
    writer = writer_of(form, None, limits=TarLimits(), where="layer")
    pieces = (raw[at : at + piece] for at in range(0, len(raw), piece))
    stored = b"".join(writer.written(pieces))
    return stored, replace(Descriptor.of(stored, "x/y"), annotations=writer.annotations), writer.diff_id


def reach_of(stored: bytes) -> Reach:
    return lambda offset, size: stored[offset : offset + size]


def read(stored: bytes, layer: Descriptor, limits: TableLimits | None = None) -> Table:
    table = read_table(layer, reach_of(stored), limits=limits, where="layer")
    assert table is not None
    return table


def whole(stored: bytes, form: SeekableForm) -> bytes:
    return b"".join(expanded(io.BytesIO(stored).read, form.compression, where="layer"))


def test_zstd_chunked_expands_to_the_archive() -> None:
    stored, _, diff_id = write(SeekableForm.ZSTD_CHUNKED)
    assert whole(stored, SeekableForm.ZSTD_CHUNKED) == RAW
    assert diff_id is None


def test_estargz_expands_to_the_archive_and_a_table() -> None:
    stored, layer, diff_id = write(SeekableForm.ESTARGZ)
    raw = whole(stored, SeekableForm.ESTARGZ)
    assert diff_id == Digest.of(raw)
    assert layer.annotations["io.containers.estargz.uncompressed-size"] == str(len(raw))
    with tarfile.open(fileobj=io.BytesIO(raw)) as ours, tarfile.open(fileobj=io.BytesIO(RAW)) as theirs:
        found, expected = ours.getmembers(), theirs.getmembers()
        last = found.pop()
        assert [each.get_info() for each in found] == [each.get_info() for each in expected]
        assert (last.name, last.size > 1000) == ("stargz.index.json", True)
    # Anew, the table is replaced, not described.
    again, _, same = write(SeekableForm.ESTARGZ, raw)
    assert (again, same) == (stored, diff_id)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("piece", [512, 10**9])
def test_equal_archives_make_equal_layers(form: SeekableForm, piece: int) -> None:
    assert write(form, piece=piece) == write(form)


@pytest.mark.parametrize("form", FORMS)
def test_the_table_describes_every_entry(form: SeekableForm) -> None:
    stored, layer, _ = write(form)
    table = read(stored, layer)
    assert table.form is form
    entries = {entry.header.name: entry for entry in table.entries}
    assert [name.rstrip("/") for name in entries] == [
        *("etc", "etc/file", "etc/empty", "etc/large", "etc/link", "etc/again", "null", "fifo", "n" * 150)
    ]
    header = entries["etc/file"].header
    assert (header.kind, header.size, header.mode) == (Kind.FILE, 7, 0o4755)
    assert (header.uid, header.gid, header.modified_s) == (7, 70_000, WHEN)
    assert header.fraction_ns == (500_000_000 if form is SeekableForm.ZSTD_CHUNKED else 0)
    assert entries["etc/file"].digest == Digest.of(b"content")
    assert entries["etc/large"].header.extended == {"SCHILY.xattr.user.x": "v\udc80"}
    assert (entries["etc/link"].header.link_name, entries["etc/again"].header.kind) == (
        "file",
        Kind.HARD_LINK,
    )
    assert (entries["null"].header.major, entries["null"].header.minor) == (1, 3)


@pytest.mark.parametrize("form", FORMS)
def test_each_chunk_can_be_read_by_itself(form: SeekableForm) -> None:
    stored, layer, _ = write(form)
    large = next(entry for entry in read(stored, layer).entries if entry.header.name == "etc/large")
    assert [chunk.place for chunk in large.chunks] == [0, 4 * 1024**2, 8 * 1024**2]
    content = b""
    for chunk in large.chunks:
        piece = b"".join(
            expanded(io.BytesIO(stored[chunk.offset : chunk.end]).read, form.compression, where="chunk")
        )[: chunk.size]
        assert chunk.digest == Digest.of(piece)
        content += piece
    assert content == LARGE


@pytest.mark.parametrize("form", FORMS)
def test_a_table_that_is_not_the_manifests_is_refused(form: SeekableForm) -> None:
    stored, layer, _ = write(form)
    other, lying, _ = write(form, tar(file("etc/file", b"CONTENT")))
    digest_of = next(key for key in layer.annotations if "digest" in key or "checksum" in key)
    annotations = {**lying.annotations, digest_of: layer.annotations[digest_of]}
    with pytest.raises(DigestMismatch, match="table of contents"):
        read(other, replace(lying, annotations=annotations))
    assert read_table(replace(layer, annotations={}), reach_of(stored), where="layer") is None
    with pytest.raises(InvalidDocument):
        read(stored[:-60] + bytes(60) if form is SeekableForm.ESTARGZ else b"", layer)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "limits",
    [TableLimits(stored_bytes=100), TableLimits(expanded_bytes=100), TableLimits(entries=3)],
)
def test_tables_are_bounded(form: SeekableForm, limits: TableLimits) -> None:
    stored, layer, _ = write(form)
    with pytest.raises(LimitExceeded):
        read(stored, layer, limits)


def chunked_with(entries: list[dict[str, object]]) -> tuple[bytes, Descriptor]:
    """Write a table of our own behind the digest that belongs to it."""
    import zstandard

    raw = json.dumps({"version": 1, "entries": entries}).encode()
    table = zstandard.ZstdCompressor().compress(raw)
    stored = bytes(1000) + table
    annotations = {
        "io.github.containers.zstd-chunked.manifest-checksum": str(Digest.of(table)),
        "io.github.containers.zstd-chunked.manifest-position": f"1000:{len(table)}:{len(raw)}:1",
    }
    return stored, replace(Descriptor.of(stored, "x/y"), annotations=annotations)


FILE: dict[str, object] = {"name": "a", "type": "reg", "size": 10, "offset": 0, "endOffset": 50}


@pytest.mark.parametrize(
    "entries",
    [
        [{"name": "a", "type": "door"}],
        [{"name": "a", "type": "chunk"}],
        [{"name": "a", "type": "reg", "size": -1}],
        [{"name": "a", "type": "reg", "size": 2**60}],
        [{"name": "a", "type": "dir", "modtime": "yesterday"}],
        [{"name": "a", "type": "dir", "modtime": "2020-13-01T00:00:00Z"}],
        [{"name": "a", "type": "dir", "xattrs": {"a": "?"}}],
        [{**FILE, "endOffset": 1001}],
        [{**FILE, "offset": 60}],
        [{**FILE, "chunkOffset": 11}],
        [{**FILE, "chunkSize": 9}],
        [{**FILE, "chunkSize": 5}, {**FILE, "type": "chunk", "chunkOffset": 4, "chunkSize": 5}],
        [{**FILE, "chunkSize": 5}, {**FILE, "type": "chunk", "chunkOffset": 5, "name": "b"}],
    ],
)
def test_tables_that_say_what_cannot_be(entries: list[dict[str, object]]) -> None:
    with pytest.raises(InvalidDocument):
        read(*chunked_with(entries))


@pytest.mark.parametrize("position", ["", "1:2:3", "a:b:c:d", "1000:10:10:2", "999999:10:10:1", "-1:2:3:1"])
def test_positions_that_cannot_be(position: str) -> None:
    stored, layer = chunked_with([FILE])
    annotations = {**layer.annotations, "io.github.containers.zstd-chunked.manifest-position": position}
    with pytest.raises(InvalidDocument):
        read(stored, replace(layer, annotations=annotations))


@pytest.mark.parametrize("form", FORMS)
def test_what_a_table_cannot_describe_is_refused(form: SeekableForm) -> None:
    with pytest.raises(Unsupported, match="cannot describe"):
        write(form, tar(file("bad\udcff")))
    with pytest.raises(InvalidDocument, match="middle of a file"):
        write(form, tar(file("a", bytes(9000)))[:3000])


def test_the_footer() -> None:
    raw = footer(0x1234)
    assert len(raw) == 51
    assert offset_of(raw) == 0x1234
    assert b"".join(expanded(io.BytesIO(raw).read, Compression.GZIP, where="footer")) == b""
    assert [offset_of(bytes(51)), offset_of(raw[1:]), offset_of(raw.replace(b"1234", b"zzzz"))] == [None] * 3
