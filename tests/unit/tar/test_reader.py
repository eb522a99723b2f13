"""Reading headers: what other programs write, and what nobody should."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from oci.errors import InvalidDocument, LimitExceeded
from oci.tar import END, Header, Kind, TarLimits, TarReader, encode_header, padding
from oci.tar.field import number

if TYPE_CHECKING:
    from collections.abc import Callable

LONG = "a-long-directory/" * 20 + "name"


def headers(raw: bytes, limits: TarLimits | None = None) -> list[Header]:
    """Read all headers of an archive, passing over the bodies."""
    stream = io.BytesIO(raw)
    reader = TarReader(stream.read, where="here", limits=limits)
    found = []
    while (header := reader.next()) is not None:
        found.append(header)
        stream.seek(header.padded_size, io.SEEK_CUR)
    return found


def block(**fields: bytes) -> bytes:
    """Make a raw header block, with a right checksum."""
    raw = bytearray(encode_header(Header(name="x")))
    places = {"name": 0, "mode": 100, "size": 124, "mtime": 136, "flag": 156, "magic": 257, "prefix": 345}
    for key, value in fields.items():
        raw[places[key] : places[key] + len(value)] = value
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw)
    return bytes(raw)


def extension(flag: bytes, content: bytes) -> bytes:
    return block(flag=flag, size=b"%011o\0" % len(content)) + content + padding(len(content))


def record(key: str, value: str) -> bytes:
    rest = f" {key}={value}\n".encode()
    length = next(n for n in range(len(rest), len(rest) + 9) if len(str(n)) + len(rest) == n)
    return str(length).encode() + rest


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_what_the_standard_library_writes_is_read(form: int) -> None:
    stream = io.BytesIO()
    names = ["a", "b/c.txt", "ä/ö", "p" * 90 + "/" + "q" * 90]
    if form != tarfile.USTAR_FORMAT:
        names += [LONG, "x" * 300]
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size, info.mode, info.uid, info.gid, info.mtime = len(name), 0o755, 1000, 1001, 1_700_000_000
            archive.addfile(info, io.BytesIO(name.encode()))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, LONG if form != tarfile.USTAR_FORMAT else "a"
        archive.addfile(link)
    found = headers(stream.getvalue())
    assert [header.name for header in found] == [*names, "link"]
    assert found[0] == Header(
        name="a", size=1, mode=0o755, uid=1000, gid=1001, modified_s=1_700_000_000, extended=found[0].extended
    )
    assert found[-1].kind is Kind.SYMBOLIC_LINK
    assert found[-1].link_name == link.linkname


@pytest.mark.parametrize(
    ("kind", "flag"),
    [(Kind.FILE, b"0"), (Kind.FILE, b"\0"), (Kind.FILE, b"7"), (Kind.DIRECTORY, b"5"), (Kind.HARD_LINK, b"1"),
     (Kind.FIFO, b"6"), (Kind.CHARACTER_DEVICE, b"3"), (Kind.SPARSE, b"S"), (Kind.OTHER, b"V")],
)  # fmt: skip
def test_kinds(kind: Kind, flag: bytes) -> None:
    assert headers(block(flag=flag) + END)[0].kind is kind


def test_an_old_directory_is_known_by_its_slash() -> None:
    assert headers(block(name=b"d/", flag=b"\0") + END)[0].kind is Kind.DIRECTORY


def test_links_have_no_body_whatever_they_say() -> None:
    (link, after) = headers(block(flag=b"2", size=b"00000001000\0") + block(name=b"y") + END)
    assert link.size == 0
    assert after.name == "y"


def test_large_sizes_are_read_in_either_form() -> None:
    size = 9 * 1024**3
    base_256 = b"\x80" + size.to_bytes(11, "big")
    for raw in (block(size=base_256), extension(b"x", record("size", str(size))) + block()):
        assert headers_once(raw).size == size


def headers_once(raw: bytes) -> Header:
    header = TarReader(io.BytesIO(raw).read, where="here").next()
    assert header is not None
    return header


def test_fractions_of_seconds_are_cut_off() -> None:
    assert headers(extension(b"x", record("mtime", "12.75")) + block() + END)[0].modified_s == 12


def test_sparse_files_are_known_as_such() -> None:
    assert headers(extension(b"x", record("GNU.sparse.size", "1")) + block() + END)[0].is_sparse
    assert headers(block(flag=b"S") + END)[0].is_sparse
    assert not headers(block() + END)[0].is_sparse


def test_a_global_header_is_kept_for_all_that_follow() -> None:
    raw = extension(b"g", record("comment", "hello")) + block() + block() + END
    assert [header.extended for header in headers(raw)] == [{"comment": "hello"}] * 2


def test_gnu_archives_have_no_prefix() -> None:
    assert headers(block(magic=b"ustar  \0", prefix=b"12345") + END)[0].name == "x"
    assert headers(block(prefix=b"dir") + END)[0].name == "dir/x"


def test_signed_checksums_are_accepted() -> None:
    raw = bytearray(block(name=b"\xc3\xa4"))
    raw[148:156] = b" " * 8
    signed = sum(byte - 256 if byte > 127 else byte for byte in raw)
    raw[148:156] = b"%06o\0 " % signed
    assert headers(bytes(raw) + END)[0].name == "ä"


def test_the_end_marker_is_told_from_the_end() -> None:
    for raw, has_end in ((b"", False), (block(), False), (block() + END, True), (block() + END[:512], True)):
        reader = TarReader(io.BytesIO(raw).read, where="here")
        while reader.next() is not None:
            pass
        assert reader.has_end is has_end


@pytest.mark.parametrize(
    "raw",
    [
        block()[:200],
        b"x" * 512,
        block(size=b"\xff" * 12),
        block(size=b"\x80\xff" + b"\xff" * 10),
        block(size=b"0000000009\0"),
        block(size=b"-0000000001\0"),
        block(size=b"00 00000001\0"),
        block(mode=b"abc"),
        extension(b"x", b"") + END,
        extension(b"L", b"name\0"),
        extension(b"x", b"99 path=x\n") + block(),
        extension(b"x", b"path=x\n") + block(),
        extension(b"x", b"0 path=x\n") + block(),
        extension(b"x", b"9 path=x ") + block(),
        extension(b"x", b"9 =path12\n") + block(),
        extension(b"x", b"8 pathx\n") + block(),
        extension(b"x", record("path", "a\0b")) + block(),
        extension(b"x", record("size", "-1")) + block(),
        extension(b"x", record("size", "1.5")) + block(),
        extension(b"x", record("size", "²")) + block(),
        extension(b"x", record("size", "9" * 30)) + block(),
        extension(b"x", record("size", str(2**60))) + block(),
        extension(b"g", record("size", "1")) + block(),
        extension(b"g", record("path", "x")) + block(),
        extension(b"x", record("a", "b"))[:700],
    ],
)
def test_what_could_be_misread_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidDocument):
        headers(raw)


def test_limits_hold_at_their_value_and_not_one_beyond() -> None:
    def of(**limits: int) -> Callable[[bytes], list[Header]]:
        return lambda raw: headers(raw, TarLimits(**limits))

    longer = extension(b"L", b"12345678\0")
    cases = (
        (of(entries=2), block() * 2 + END, block() * 3 + END),
        (of(extensions=2), longer * 2 + block() + END, longer * 3 + block() + END),
        (of(path_bytes=8), longer + block() + END, extension(b"L", b"123456789\0") + block() + END),
        (of(extension_bytes=9), longer + block() + END, extension(b"L", b"123456789\0") + block() + END),
    )
    for read, within, beyond in cases:
        assert read(within)
        with pytest.raises(LimitExceeded):
            read(beyond)


def test_a_huge_extended_header_is_not_read() -> None:
    asked: list[int] = []
    stream = io.BytesIO(block(flag=b"x", size=b"77777777777\0") + bytes(1000))

    def read(size: int) -> bytes:
        asked.append(size)
        return stream.read(size)

    with pytest.raises(LimitExceeded):
        TarReader(read, where="here").next()
    assert max(asked) == 512


def test_numbers() -> None:
    assert number(b"0000644\0", what="mode", where="here") == 0o644
    assert number(b" 644 \0\0\0", what="mode", where="here") == 0o644
    assert number(b"\0" * 8, what="mode", where="here") == 0
    assert number(b"\x80\0\0\1", what="mode", where="here") == 1


def test_a_lone_block_of_zeros_in_the_middle_is_refused() -> None:
    with pytest.raises(InvalidDocument, match="block of zeros in the middle"):
        headers(block() + bytes(512) + block() + END)


def test_one_block_of_zeros_at_the_very_end_will_do() -> None:
    assert len(headers(block() + bytes(512))) == 1


def test_a_directory_by_its_name_has_no_content() -> None:
    found = TarReader(io.BytesIO(encode_header(Header(name="d/")) + END).read, where="here").next()
    assert found is not None
    assert found.kind is Kind.DIRECTORY
    with pytest.raises(InvalidDocument, match="a directory with content"):
        TarReader(io.BytesIO(encode_header(Header(name="d/", size=1)) + END).read, where="here").next()
