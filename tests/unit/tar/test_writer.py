"""Writing headers: what others read, and the same bytes every time."""

from __future__ import annotations

import io
import tarfile

import pytest

from oci.tar import END, Header, Kind, TarReader, encode_header, padding

HEADERS = (
    Header(name="index.json", size=3),
    Header(name="blobs/", kind=Kind.DIRECTORY, mode=0o755),
    Header(name="blobs/sha512/" + "a" * 128, size=1, modified_s=1_700_000_000),
    Header(name="ä" * 60, size=0, uid=12, gid=13),
    Header(name="link", kind=Kind.SYMBOLIC_LINK, link_name="t" * 200),
    Header(name="future", modified_s=2**34),
    Header(name="noted", extended={"comment": "x" * 95, "org.example": "1"}),
)


def archive(headers: tuple[Header, ...]) -> bytes:
    return b"".join(encode_header(one) + bytes(one.size) + padding(one.size) for one in headers) + END


def test_the_standard_library_reads_what_we_write() -> None:
    with tarfile.open(fileobj=io.BytesIO(archive(HEADERS))) as read:
        members = read.getmembers()
    assert [member.name for member in members] == [one.name.rstrip("/") for one in HEADERS]
    assert [member.size for member in members] == [one.size for one in HEADERS]
    assert [member.mode for member in members] == [one.mode for one in HEADERS]
    assert [int(member.mtime) for member in members] == [one.modified_s for one in HEADERS]
    assert members[4].linkname == "t" * 200
    assert (members[3].uid, members[3].gid) == (12, 13)


def test_we_read_what_we_write() -> None:
    stream = io.BytesIO(archive(HEADERS))
    reader = TarReader(stream.read, where="here")
    for one in HEADERS:
        header = reader.next()
        assert header is not None
        assert (header.name, header.kind, header.size, header.link_name, header.modified_s) == (
            (one.name, one.kind, one.size, one.link_name, one.modified_s)
        )
        assert one.extended.items() <= header.extended.items()
        stream.seek(one.padded_size, io.SEEK_CUR)
    assert reader.next() is None
    assert reader.has_end


def test_large_sizes_have_an_extended_header() -> None:
    header = Header(name="large", size=10 * 1024**3)
    read = TarReader(io.BytesIO(encode_header(header)).read, where="here").next()
    assert read is not None
    assert read.size == header.size
    assert tarfile.TarInfo.frombuf(encode_header(header)[-512:], "utf-8", "strict").size == 0


def test_everything_is_whole_blocks() -> None:
    assert all(len(encode_header(one)) % 512 == 0 for one in HEADERS)
    assert [len(padding(size)) for size in (0, 1, 511, 512, 513)] == [0, 511, 1, 0, 511]


def test_negative_numbers_have_no_room() -> None:
    with pytest.raises(ValueError, match="-1"):
        encode_header(Header(name="x", modified_s=-1))
