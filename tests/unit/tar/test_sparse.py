"""Maps of sparse files: the four forms, and those that lie."""

from __future__ import annotations

import io

import pytest

from oci.errors import InvalidDocument, LimitExceeded
from oci.tar import END, Header, Part, SparseMap, TarLimits, TarReader
from tests.unit.tar.test_reader import block, extension, record

BODY = b"a" * 512 + b"b" * 512
MAP = SparseMap(10_000, (Part(0, 512), Part(4096, 512)))


def number(value: int) -> bytes:
    return b"%011o\0" % value


def gnu(pairs: list[tuple[int, int]], *, real: int = 10_000, stored: int = len(BODY)) -> bytes:
    """Write a header of GNU's own form, with as many blocks after it as the map takes."""
    packed = [number(offset) + number(size) for offset, size in pairs]
    first, rest = packed[:4], packed[4:]
    raw = bytearray(block(flag=b"S", size=number(stored), magic=b"ustar  \0"))
    raw[386 : 386 + 24 * len(first)] = b"".join(first)
    raw[482] = bool(rest)
    raw[483:495] = number(real)
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw)
    while rest:
        raw += b"".join(rest[:21]).ljust(504, b"\0") + bytes([len(rest) > 21]) + bytes(7)
        rest = rest[21:]
    return bytes(raw)


def pax(*records: tuple[str, str], size: int = len(BODY)) -> bytes:
    content = b"".join(record(f"GNU.sparse.{key}", value) for key, value in records)
    return extension(b"x", content) + block(size=number(size))


PAIRS = [("offset", "0"), ("numbytes", "512"), ("offset", "4096"), ("numbytes", "512")]
LISTED = b"2\n0\n512\n4096\n512\n".ljust(512, b"\0")
VERSION_1 = (("major", "1"), ("minor", "0"), ("name", "real"), ("realsize", "10000"))
FORMS = {
    "gnu": gnu([(0, 512), (4096, 512)]),
    "0.0": pax(("size", "10000"), ("numblocks", "2"), *PAIRS),
    "0.1": pax(("size", "10000"), ("name", "real"), ("map", "0,512,4096,512")),
    "1.0": pax(*VERSION_1, size=len(BODY) + 512) + LISTED,
}


def first(raw: bytes, limits: TarLimits | None = None) -> tuple[Header, bytes]:
    stream = io.BytesIO(raw)
    header = TarReader(stream.read, where="here", limits=limits).next()
    assert header is not None
    return header, stream.read(header.padded_size)


@pytest.mark.parametrize("form", FORMS)
def test_each_form(form: str) -> None:
    header, body = first(FORMS[form] + BODY + END)
    assert header.sparse == MAP
    assert body == BODY
    assert header.name == ("real" if form in {"0.1", "1.0"} else "x")


@pytest.mark.parametrize("count", [4, 5, 25, 26, 200])
def test_maps_of_gnu_s_own_form_go_on_in_further_blocks(count: int) -> None:
    pairs = [(1024 * n, 512) for n in range(count)]
    body = bytes(512 * count)
    header, found = first(gnu(pairs, real=1024 * count, stored=len(body)) + body + END)
    assert header.sparse is not None
    assert (list(header.sparse.parts), found) == (pairs, body)


def test_a_list_in_the_body_may_take_several_blocks() -> None:
    pairs = [(10_000 * n, 1) for n in range(300)]
    listed = "\n".join(["300", *(f"{offset}\n{size}" for offset, size in pairs), ""]).encode()
    listed += bytes(-len(listed) % 512)
    records = (*VERSION_1[:3], ("realsize", "3000000"))
    header, body = first(pax(*records, size=len(listed) + 300) + listed + b"x" * 300 + bytes(212) + END)
    assert header.sparse is not None
    assert (list(header.sparse.parts), body[:300]) == (pairs, b"x" * 300)


LIES = {
    "overlapping": gnu([(0, 512), (511, 512)]),
    "backwards": gnu([(4096, 512), (0, 512)]),
    "beyond the end": gnu([(0, 512), (9999, 512)]),
    "less than is stored": gnu([(0, 512)]),
    "more than is stored": gnu([(0, 512), (1024, 513)]),
    "no size": pax(("map", "0,512,4096,512")),
    "an odd map": pax(("size", "10000"), ("map", "0,1024,4096")),
    "a negative offset": pax(("size", "10000"), ("map", "-1,1024")),
    "pairs out of order": pax(("size", "10000"), *PAIRS[1:]),
    "an unknown form": pax(("major", "2"), ("minor", "0"), ("realsize", "10000")),
    "a map larger than the body": pax(*VERSION_1, size=512) + b"200\n" + b"1\n" * 254,
    "an endless number": pax(*VERSION_1, size=4096) + b"1" * 4096,
    "no number": pax(*VERSION_1, size=1024) + b"one\n".ljust(1024, b"\0"),
    "a count without pairs": pax(*VERSION_1, size=1024) + b"2\n".ljust(1024, b"\0"),
    "a stream that ends in the map": pax(*VERSION_1, size=4096) + b"9\n",
    "blocks that end": gnu([(1024 * n, 512) for n in range(9)])[:512],
}


@pytest.mark.parametrize("lie", LIES)
def test_maps_that_lie_are_refused(lie: str) -> None:
    raw = LIES[lie] if "end" in lie.split() or "ends" in lie.split() else LIES[lie] + BODY + END
    with pytest.raises(InvalidDocument):
        first(raw)


@pytest.mark.parametrize("form", FORMS)
def test_the_number_of_parts_is_bounded(form: str) -> None:
    raw = FORMS[form] + BODY + END
    first(raw, TarLimits(sparse_parts=2))
    with pytest.raises(LimitExceeded, match="sparse_parts"):
        first(raw, TarLimits(sparse_parts=1))


def test_endless_blocks_are_bounded() -> None:
    pairs = [(1024 * n, 512) for n in range(10_000)]
    with pytest.raises(LimitExceeded, match="sparse_parts"):
        first(gnu(pairs, real=1024 * 10_000, stored=512 * 10_000), TarLimits(sparse_parts=100))
