"""Writing headers: what others read, and the same bytes every time."""

from __future__ import annotations

import io
import tarfile

import pytest

from oci.tar import END, Header, Kind, Part, SparseMap, TarReader, encode_header, padding

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
        encode_header(Header(name="x", size=-1))


@pytest.mark.parametrize(
    ("time_ns", "text"),
    [
        (1_500_000_000, "1.5"),
        (-1_500_000_000, "-1.5"),
        (1, "0.000000001"),
        (-(10**9), "-1"),
        (2**35 * 10**9, None),
    ],
)
def test_times_are_kept_to_the_nanosecond(time_ns: int, text: str | None) -> None:
    seconds, fraction = divmod(time_ns, 10**9)
    raw = encode_header(Header(name="x", modified_s=seconds, fraction_ns=fraction))
    header = TarReader(io.BytesIO(raw).read, where="here").next()
    assert header is not None
    assert header.modified_ns == time_ns
    assert text is None or header.extended["mtime"] == text


def test_devices_and_large_owners() -> None:
    written = Header(
        name="null", kind=Kind.CHARACTER_DEVICE, major=1, minor=2**20 - 1, uid=2**32 - 2, gid=2**21
    )
    header = TarReader(io.BytesIO(encode_header(written)).read, where="here").next()
    assert header is not None
    assert header._replace(extended={}) == written
    with tarfile.open(fileobj=io.BytesIO(encode_header(written) + END)) as read:
        found = read.getmembers()[0]
    assert (found.devmajor, found.devminor, found.uid, found.gid) == (1, 2**20 - 1, 2**32 - 2, 2**21)


@pytest.mark.parametrize(
    ("size", "parts"), [(10**6, ()), (10**6, ((4096, 10), (8192, 1))), (20, ((0, 5), (10, 10))), (0, ())]
)
def test_holes(size: int, parts: tuple[tuple[int, int], ...]) -> None:
    body = b"".join(bytes([number + 1]) * part[1] for number, part in enumerate(parts))
    written = Header(
        name="dir/" + "n" * 120, size=len(body), sparse=SparseMap(size, tuple(Part(*part) for part in parts))
    )
    raw = encode_header(written) + body + padding(len(body)) + END
    stream = io.BytesIO(raw)
    header = TarReader(stream.read, where="here").next()
    assert header is not None
    assert (header.name, header.size) == (written.name, len(body))
    assert header.sparse is not None
    assert header.sparse.size == size
    assert [part for part in header.sparse.parts if part.size] == list(parts)
    assert stream.read(len(body)) == body
    with tarfile.open(fileobj=io.BytesIO(raw)) as read:
        member = read.getmembers()[0]
        content = read.extractfile(member)
        assert content is not None
        whole = bytearray(size)
        for number, (offset, length) in enumerate(parts):
            whole[offset : offset + length] = bytes([number + 1]) * length
        assert (member.name, content.read()) == (written.name, bytes(whole))
