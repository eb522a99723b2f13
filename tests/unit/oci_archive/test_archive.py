"""Archives: read where they lie, replaced whole, and refused when they are not what they seem."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
import threading
from typing import TYPE_CHECKING, TypedDict

import pytest
import zstandard

from oci.content import CancelToken, Finishes, ListsNames, ListsReferrers, Sink, Source
from oci.errors import (
    AlreadyExists,
    Cancelled,
    DigestMismatch,
    InvalidDocument,
    InvalidReference,
    LimitExceeded,
    NotFound,
    SizeMismatch,
    StorageError,
    Unsupported,
)
from oci.spec import Descriptor, media_type
from oci.tar import END, Header, Kind, TarLimits, encode_header, padding
from oci.testing.contract import Sample
from oci.testing.contract.sample import blob, fetched, store
from oci.transports.layout.blob_stream import PositionalFile
from oci.transports.layout.store import MARK
from oci.transports.oci_archive.member import find_members
from oci.transports.oci_archive.sink import ArchiveSink
from oci.transports.oci_archive.source import ArchiveSource
from oci.transports.oci_archive.spool import spooled
from oci.transports.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Spooling(TypedDict):
    where: str
    scratch: Path | None
    checkpoint: Callable[[], None]


LAYER = blob(b"layer" * 1000, media_type.OCI_LAYER)
ONE, TWO = Sample.image("one", layers=[LAYER]), Sample.image("two")
INDEX = json.dumps({"schemaVersion": 2, "manifests": [ONE.root.descriptor.to_json()]}).encode()


def write(path: Path, sample: Sample, *names: str, session: Session | None = None) -> None:
    sink = ArchiveSink.extend(path, session) if names else ArchiveSink.create(path, session)
    try:
        sample.push(sink, *names)
        sink.finish()
    finally:
        sink.close()


def member(name: str, content: bytes = b"", kind: Kind = Kind.FILE, size: int | None = None) -> bytes:
    header = Header(name=name, kind=kind, size=len(content) if size is None else size, link_name="x")
    return encode_header(header) + content + padding(len(content))


def members(sample: Sample, prefix: str = "") -> bytes:
    raw = member(f"{prefix}oci-layout", MARK) + member(f"{prefix}index.json", INDEX)
    for one in (*sample.blobs, *sample.documents, sample.root):
        raw += member(f"{prefix}blobs/sha256/{one.descriptor.digest.encoded}", one.content)
    return raw


def blob_name(sample: Sample = ONE) -> str:
    return f"blobs/sha256/{sample.root.descriptor.digest.encoded}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "images.tar"


def beside(path: Path) -> list[str]:
    return sorted(other.name for other in path.parent.iterdir())


def test_both_ends_are_what_the_seam_asks_for(path: Path) -> None:
    sink: Sink = ArchiveSink.create(path)
    assert isinstance(sink, Finishes)
    assert isinstance(sink, ListsNames)
    assert isinstance(sink, ListsReferrers)
    sink.finish()
    sink.close()
    source: Source = ArchiveSource.at(path)
    source.close()


def test_equal_images_make_equal_files(tmp_path: Path) -> None:
    for name, order in (("a", ONE.blobs), ("b", tuple(reversed(ONE.blobs)))):
        write(tmp_path / name, Sample(ONE.root, blobs=order), "v1", session=Session(modified_s=1_700_000_000))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    with tarfile.open(tmp_path / "a") as archive:
        found = archive.getmembers()
    assert {(one.uid, one.gid, one.uname, one.mtime) for one in found} == {(0, 0, "", 1_700_000_000)}
    assert [one.name for one in found[:4]] == ["oci-layout", "index.json", "blobs", "blobs/sha256"]
    assert [one.name for one in found[4:]] == sorted(one.name for one in found[4:])


def test_nothing_is_left_beside_a_finished_archive(path: Path) -> None:
    write(path, ONE, "v1")
    assert beside(path) == ["images.tar"]


def test_an_archive_is_what_it_was_until_it_is_finished(path: Path) -> None:
    write(path, ONE, "v1")
    before = path.read_bytes()
    sink = ArchiveSink.extend(path)
    TWO.push(sink, "v2")
    assert path.read_bytes() == before
    TWO.assert_held_by(sink)
    sink.close()
    assert path.read_bytes() == before


def test_a_later_run_finds_what_an_earlier_one_gathered(path: Path) -> None:
    sink = ArchiveSink.create(path)
    store(sink, LAYER)
    TWO.push(sink, "other")
    sink.close()
    assert len(beside(path)) == 1
    sink = ArchiveSink.create(path)
    assert sink.exists(LAYER.descriptor)
    # What the earlier run listed is not listed by this one.
    assert sink.listing().entries == ()
    ONE.push(sink)
    sink.finish()
    sink.close()
    source = ArchiveSource.at(path)
    assert source.open(None) == ONE.root
    assert not source.exists(TWO.root.descriptor)
    source.close()
    assert beside(path) == ["images.tar"]


def test_a_named_image_is_added_to_the_others(path: Path) -> None:
    write(path, ONE, "v1")
    write(path, TWO, "v2")
    write(path, TWO, "v1")
    source = ArchiveSource.at(path)
    assert list(source.names()) == ["v1", "v2"]
    assert source.open("v1") == TWO.root
    # Nothing needs the first image any more.
    assert not source.exists(ONE.root.descriptor)
    source.close()


def test_an_archive_of_one_nameless_image_is_replaced(path: Path) -> None:
    write(path, ONE)
    write(path, TWO)
    source = ArchiveSource.at(path)
    assert source.open(None) == TWO.root
    assert len(source.listing().entries) == 1
    source.close()


@pytest.mark.parametrize("names", [("v1",), ("v1", "v2")])
def test_an_archive_of_named_images_is_not_replaced(path: Path, names: tuple[str, ...]) -> None:
    write(path, ONE, *names)
    with pytest.raises(AlreadyExists) as caught:
        ArchiveSink.create(path)
    assert ":NAME" in caught.value.hint
    assert beside(path) == ["images.tar"]


def test_a_file_that_is_something_else_is_not_replaced(path: Path) -> None:
    path.write_text("my thesis")
    for way in (ArchiveSink.create, ArchiveSink.extend):
        with pytest.raises(AlreadyExists):
            way(path)
    assert path.read_text() == "my thesis"
    assert beside(path) == ["images.tar"]


def test_an_empty_file_is_as_good_as_none(path: Path) -> None:
    path.touch(mode=0o600)
    write(path, ONE, "v1")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_directory_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(Unsupported):
        ArchiveSink.create(tmp_path)
    with pytest.raises(StorageError):
        ArchiveSource.at(tmp_path)


def test_a_link_to_an_archive_stays_a_link(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.tar"
    link.symlink_to("images.tar")
    write(link, ONE, "v1")
    assert link.is_symlink()
    assert path.is_file()


def test_a_second_writer_waits_for_the_first(path: Path) -> None:
    token = CancelToken()
    first = ArchiveSink.extend(path)
    with pytest.raises(Cancelled):
        ArchiveSink.extend(path, _Impatient(token=token))
    ONE.push(first, "v1")
    done = threading.Event()

    def second() -> None:
        write(path, TWO, "v2")
        done.set()

    thread = threading.Thread(target=second)
    thread.start()
    first.finish()
    first.close()
    thread.join(60)
    assert done.is_set()
    source = ArchiveSource.at(path)
    assert list(source.names()) == ["v1", "v2"]
    source.close()


class _Impatient(Session):
    def pause(self, seconds: float) -> None:
        self.token.cancel()
        super().pause(seconds)


def test_a_cancelled_archive_is_not_written(path: Path) -> None:
    session = Session()
    sink = ArchiveSink.create(path, session)
    ONE.push(sink)
    session.token.cancel()
    with pytest.raises(Cancelled):
        sink.finish()
    sink.close()
    assert not path.exists()


def test_somebody_elses_directory_is_not_used(path: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / ".images.tar.ocitool").symlink_to(elsewhere)
    with pytest.raises(StorageError) as caught:
        ArchiveSink.create(path)
    assert "not a directory of this user" in caught.value.message
    assert list(elsewhere.iterdir()) == []


def test_a_sparse_image_stays_sparse(path: Path) -> None:
    sink = ArchiveSink.create(path)
    index = Sample.index(ONE, TWO)
    for one in (*TWO.blobs,):
        store(sink, one)
    sink.publish(*TWO.root)
    sink.publish(*index.root, ["v1"])
    sink.finish()
    sink.close()
    source = ArchiveSource.at(path)
    TWO.assert_held_by(source)
    assert source.open("v1") == index.root
    with pytest.raises(NotFound):
        source.document(ONE.root.descriptor)
    source.close()


def test_what_an_unknown_document_needs_is_kept(path: Path) -> None:
    unknown = blob("{}", "application/vnd.example.v1+json")
    sink = ArchiveSink.create(path)
    store(sink, LAYER)
    sink.publish(*unknown, ["v1"])
    sink.finish()
    sink.close()
    source = ArchiveSource.at(path)
    assert fetched(source, LAYER.descriptor) == LAYER.content
    assert source.open("v1") == unknown
    source.close()


def test_an_entry_that_nobody_understands_is_carried_along(path: Path) -> None:
    strange = {"mediaType": "x", "digest": "blake3:00", "size": 1, "x": 1}
    index = json.dumps({"schemaVersion": 2, "manifests": [strange]}).encode()
    extra = member(f"blobs/sha256/{LAYER.descriptor.digest.encoded}", LAYER.content)
    path.write_bytes(member("oci-layout", MARK) + member("index.json", index) + extra + END)
    write(path, TWO, "v2")
    source = ArchiveSource.at(path)
    assert source.listing().entries[0].members == strange
    assert source.exists(LAYER.descriptor)
    source.close()


def test_a_name_that_cannot_be_written_is_refused(path: Path) -> None:
    sink = ArchiveSink.create(path)
    with pytest.raises(InvalidReference):
        ONE.push(sink, "a b")
    sink.close()


@pytest.mark.parametrize("prefix", ["", "./"])
def test_archives_of_other_tools_are_read(path: Path, prefix: str) -> None:
    more = member("manifest.json", b"[]") + member("repositories/", kind=Kind.DIRECTORY)
    more += member("0123/layer.tar", kind=Kind.SYMBOLIC_LINK) + member(
        f"{prefix}blobs/sha256/", kind=Kind.DIRECTORY
    )
    more += member("blobs/sha256/.gitkeep") + member("blobs/blake3/00", b"x")
    path.write_bytes(more + members(ONE, prefix) + END + b"whatever follows")
    source = ArchiveSource.at(path)
    ONE.assert_held_by(source)
    assert source.open(None) == ONE.root
    source.close()


@pytest.mark.parametrize(
    "compress",
    [gzip.compress, zstandard.compress, lambda raw: gzip.compress(raw[:700]) + gzip.compress(raw[700:])],
    ids=["gzip", "zstd", "members"],
)
def test_a_compressed_archive_is_copied_first_and_it_is_said(path: Path, compress: object) -> None:
    assert callable(compress)
    path.write_bytes(compress(members(ONE) + END))
    said: list[str] = []
    source = ArchiveSource.at(path, Session(warn=said.append, scratch=path.parent))
    ONE.assert_held_by(source)
    assert len(said) == 1
    assert "compressed" in said[0]
    # The copy has no name.
    assert beside(path) == ["images.tar"]
    source.close()


def test_a_compressed_archive_can_be_added_to(path: Path) -> None:
    path.write_bytes(gzip.compress(members(ONE) + END))
    write(path, TWO, "v2")
    source = ArchiveSource.at(path)
    ONE.assert_held_by(source)
    TWO.assert_held_by(source)
    source.close()


def test_a_pipe_is_copied_first_and_it_is_said(path: Path) -> None:
    os.mkfifo(path)
    feeder = threading.Thread(target=path.write_bytes, args=(members(ONE) + END,))
    feeder.start()
    said: list[str] = []
    source = ArchiveSource.at(path, Session(warn=said.append))
    feeder.join(60)
    ONE.assert_held_by(source)
    assert "pipe" in said[0]
    source.close()
    with pytest.raises(Unsupported):
        ArchiveSink.create(path)


def test_an_archive_replaced_while_it_is_read_stays_readable(path: Path) -> None:
    write(path, ONE, "v1")
    source = ArchiveSource.at(path)
    path.unlink()
    write(path, TWO, "v1")
    ONE.assert_held_by(source)
    source.close()


def test_content_is_checked_when_it_is_read(path: Path) -> None:
    raw = members(ONE).replace(LAYER.content[:50], b"x" * 50)
    path.write_bytes(raw + END)
    source = ArchiveSource.at(path)
    with pytest.raises(DigestMismatch):
        fetched(source, LAYER.descriptor)
    with pytest.raises(SizeMismatch):
        source.stream(Descriptor(LAYER.descriptor.media_type, LAYER.descriptor.digest, 7))
    source.close()


HOSTILE = {
    "duplicate blob": members(ONE) + member(blob_name(), ONE.root.content),
    "duplicate index": members(ONE) + member("index.json", INDEX),
    "duplicate by another spelling": members(ONE) + member("./index.json", INDEX),
    "index is a link": members(ONE)[1024:] + member("oci-layout", kind=Kind.SYMBOLIC_LINK),
    "blob is a hard link": members(TWO) + member(blob_name(), kind=Kind.HARD_LINK),
    "blob is a device": members(TWO) + member(blob_name(), kind=Kind.CHARACTER_DEVICE),
    "blob is sparse": members(TWO)
    + encode_header(Header(name=blob_name(), extended={"GNU.sparse.major": "1"})),
    "absolute name": members(ONE) + member("/etc/passwd"),
    "name that leads out": members(ONE) + member("blobs/../../x"),
    "name with a backslash": members(ONE) + member("..\\x"),
    "body beyond the end": members(ONE) + member("x", size=100_000),
    "no index": member("oci-layout", MARK),
    "no mark": member("index.json", INDEX),
    "index of another kind": member("oci-layout", MARK) + member("index.json", b"[]"),
    "not a tar": b"hello" * 1000,
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=list(HOSTILE))
def test_a_hostile_archive_is_refused(path: Path, raw: bytes) -> None:
    path.write_bytes(raw + END)
    with pytest.raises(InvalidDocument):
        ArchiveSource.at(path)


@pytest.mark.parametrize("cut", [1, 100, 511, 512, 1023])
def test_an_archive_that_is_cut_off_is_refused(path: Path, cut: int) -> None:
    raw = members(ONE)
    path.write_bytes(raw[:-cut])
    with pytest.raises(InvalidDocument):
        ArchiveSource.at(path)
    path.write_bytes(raw)
    with pytest.raises(InvalidDocument) as caught:
        ArchiveSource.at(path)
    assert "end marker" in caught.value.message


def test_another_layout_version_is_refused(path: Path) -> None:
    path.write_bytes(member("oci-layout", b'{"imageLayoutVersion":"9"}') + member("index.json", INDEX) + END)
    with pytest.raises(Unsupported):
        ArchiveSource.at(path)


def test_limits_hold(path: Path) -> None:
    path.write_bytes(member("oci-layout", b" " * 70_000) + member("index.json", INDEX) + END)
    with pytest.raises(LimitExceeded):
        ArchiveSource.at(path)
    path.write_bytes(member("a") * 3 + END)
    file = PositionalFile(os.open(path, os.O_RDONLY), path)
    assert find_members(file, path.stat().st_size, where="here", limits=TarLimits(entries=3)).blobs == {}
    with pytest.raises(LimitExceeded):
        find_members(file, path.stat().st_size, where="here", limits=TarLimits(entries=2))
    file.close()


def test_a_bomb_ends_at_the_limit(path: Path) -> None:
    path.write_bytes(gzip.compress(bytes(3_000_000)))
    options: Spooling = {"where": "x", "scratch": None, "checkpoint": lambda: None}
    for limit, fits in ((3_000_000, True), (2_999_999, False)):
        with path.open("rb") as file:
            if fits:
                os.close(spooled(file.read, **options, max_bytes=limit))
            else:
                with pytest.raises(LimitExceeded):
                    spooled(file.read, **options, max_bytes=limit)


def test_spooling_stops_when_the_work_is_cancelled(path: Path) -> None:
    path.write_bytes(gzip.compress(members(ONE) + END))
    session = Session()
    session.token.cancel()
    with pytest.raises(Cancelled):
        ArchiveSource.at(path, session)


def test_a_few_reads_find_a_blob_behind_a_huge_one(path: Path) -> None:
    """The headers are all that is looked at: an archive of 20 GB is understood at once."""
    huge = 20 * 1024**3
    digest = "0" * 64
    head = (
        member("oci-layout", MARK) + member("index.json", INDEX) + member(f"blobs/sha256/{digest}", size=huge)
    )
    with path.open("wb") as file:
        file.write(head)
        file.seek(huge, io.SEEK_CUR)
        file.write(member(blob_name(), ONE.root.content) + END)
    source = ArchiveSource.at(path)
    assert source.open(None) == ONE.root
    source.close()


def test_an_archive_that_shrinks_while_it_is_copied_is_noticed(path: Path) -> None:
    write(path, ONE, "v1")
    sink = ArchiveSink.extend(path)
    TWO.push(sink, "v2")
    os.truncate(path, path.stat().st_size - 4096)
    with pytest.raises(StorageError):
        sink.finish()
    sink.close()
    with pytest.raises(InvalidDocument):
        ArchiveSource.at(path)
