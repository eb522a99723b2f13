"""A coverage-guided fuzz run on the tar codec; see `fuzzing`.

    python -m tests.soak.tar_codec --seconds 120 --seed 1

Headers that come out have to keep their promises, and to come out the same once they are written and read
again. The run ends with a failure at the first that does not.
"""

from __future__ import annotations

import argparse
import io
import sys
import tarfile
from typing import TYPE_CHECKING

import oci.tar
from oci.tar import END, Header, Kind, Part, SparseMap, TarLimits, TarReader, encode_header, padding
from tests.soak.fuzzing import Coverage, fuzz

if TYPE_CHECKING:
    import random

_BLOCK = 512
_LIMITS = TarLimits(entries=200, extension_bytes=16_384, sparse_parts=500)
_LARGEST = 64 * 1024
_FIELDS = (
    (100, 8),
    (108, 8),
    (116, 8),
    (124, 12),
    (136, 12),
    (148, 8),
    (329, 8),
    (337, 8),
    (386, 12),
    (483, 12),
)
_FLAGS = b"0123457xgLKSX\0VM"
_NUMBERS = (
    b"0",
    b"7777777",
    b"-1",
    b"00000000001",
    b"\x80" + bytes(6) + b"\x05",
    b"\xff" * 12,
    b"\x80\x7f" * 6,
)
_TEXTS = (
    *(b"path=", b"size=", b"size=-1", b"size=99999999999999999999", b"mtime=1.5", b"mtime=-0.000000001"),
    *(b"GNU.sparse.major=1", b"GNU.sparse.minor=0", b"GNU.sparse.realsize=10", b"GNU.sparse.map=0,5,7,3"),
    *(b"GNU.sparse.offset=0", b"GNU.sparse.numbytes=5", b"GNU.sparse.name=x", b"linkpath=y", b"uid=1e3"),
)


def read(raw: bytes) -> list[Header]:
    """Read an archive's headers; raises AssertionError for what must never come out."""
    stream = io.BytesIO(raw)
    reader = TarReader(stream.read, where="fuzz", limits=_LIMITS)
    found: list[Header] = []
    while (header := reader.next()) is not None:
        check(header)
        found.append(header)
        if stream.tell() + header.padded_size > len(raw):
            break
        stream.seek(header.padded_size, io.SEEK_CUR)
    return found


def check(header: Header) -> None:
    """Hold a header against what the codec promises."""
    numbers = (header.size, header.uid, header.gid, header.major, header.minor, header.padded_size)
    assert all(0 <= number <= 2**53 + _BLOCK for number in numbers)
    assert 0 <= header.mode <= 0o7777
    assert 0 <= header.fraction_ns < 10**9
    assert all(
        len(path.encode("utf-8", "surrogateescape")) <= 4096 for path in (header.name, header.link_name)
    )
    if header.sparse is not None:
        end = 0
        for part in header.sparse.parts:
            assert part.offset >= end
            end = part.offset + part.size
        assert end <= header.sparse.size
        assert sum(part.size for part in header.sparse.parts) == header.size
    elif header.kind is not Kind.OTHER and "\0" not in header.name + header.link_name:
        again = TarReader(io.BytesIO(encode_header(header)).read, where="again", limits=TarLimits()).next()
        assert again is not None
        assert again._replace(extended={}) == header._replace(extended={}), (again, header)


def seeds() -> list[bytes]:
    """Make archives of every kind that the codec knows."""
    headers = [
        Header("a", size=5),
        Header("d/", Kind.DIRECTORY, mode=0o755),
        Header("n" * 150, Kind.SYMBOLIC_LINK, link_name="t" * 150),
        Header("null", Kind.CHARACTER_DEVICE, major=1, minor=3),
        Header("late", modified_s=-5, fraction_ns=7, uid=2**31, extended={"SCHILY.xattr.user.x": "\udcff"}),
        Header("holes", size=8, sparse=SparseMap(10_000, (Part(0, 5), Part(4096, 3)))),
    ]
    ours = b"".join(encode_header(each) + bytes(each.size) + padding(each.size) for each in headers) + END
    found = [ours, END, b""]
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
            for name in ("x", "y" * 90 + "/z", "w" * (90 if form == tarfile.USTAR_FORMAT else 300)):
                info = tarfile.TarInfo(name)
                info.size = 3
                archive.addfile(info, io.BytesIO(b"abc"))
        found.append(stream.getvalue())
    gnu = bytearray(encode_header(Header("s", Kind.SPARSE, size=8)))
    gnu[386:434] = b"%011o\0%011o\0%011o\0%011o\0" % (0, 5, 4096, 3)
    gnu[483:495] = b"%011o\0" % 10_000
    return [
        *found,
        summed(bytes(gnu), 0) + bytes(_BLOCK) + END,
        pax([b"GNU.sparse.map=0,5", b"GNU.sparse.size=9"]),
    ]


def pax(records: list[bytes]) -> bytes:
    """Make a file with a pax header of these records."""
    lines = []
    for record in records:
        length = len(record) + 3
        length = next(n for n in range(length, length + 4) if len(b"%d %s\n" % (n, record)) == n)
        lines.append(b"%d %s\n" % (length, record))
    content = b"".join(lines)
    head = bytearray(encode_header(Header("PaxHeaders/x", size=len(content))))
    head[156:157] = b"x"
    body = encode_header(Header("f", size=5)) + b"12345" + padding(5) + END
    return summed(bytes(head), 0) + content + padding(len(content)) + body


def summed(raw: bytes, at: int) -> bytes:
    """Put the right checksum into a header."""
    block = bytearray(raw[at : at + _BLOCK])
    if len(block) < _BLOCK:
        return raw
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return raw[:at] + bytes(block) + raw[at + _BLOCK :]


def mutated(corpus: list[bytes], chance: random.Random) -> bytes:
    """Make a new input of those at hand."""
    raw = chance.choice(corpus)
    for _ in range(chance.randint(1, 4)):
        raw = _mutation(raw, corpus, chance)[:_LARGEST]
    return raw


def _mutation(raw: bytes, corpus: list[bytes], chance: random.Random) -> bytes:
    if chance.random() < 0.4:
        return _of_blocks(raw, corpus, chance)
    at = chance.randrange(max(len(raw) // _BLOCK, 1)) * _BLOCK
    if chance.random() < 0.6:
        offset, width = chance.choice((*_FIELDS, (156, 1)))
        number = chance.choice((*_NUMBERS, b"%o" % chance.randrange(2000)))[:width].ljust(width, b"\0")
        content = bytes([chance.choice(_FLAGS)]) if width == 1 else number
        return summed(raw[: at + offset] + content + raw[at + offset + width :], at)
    place = chance.randrange(len(raw) + 1)
    text = chance.choice((*_TEXTS, bytes([chance.randrange(256)])))
    changed = raw[:place] + text + raw[place + len(text) :]
    return summed(changed, place // _BLOCK * _BLOCK) if chance.random() < 0.7 else changed


def _of_blocks(raw: bytes, corpus: list[bytes], chance: random.Random) -> bytes:
    """Put whole blocks together anew."""
    at = chance.randrange(max(len(raw) // _BLOCK, 1)) * _BLOCK
    match chance.randrange(4):
        case 0:
            return pax(chance.choices(_TEXTS, k=chance.randint(1, 5)))
        case 1:
            other = chance.choice(corpus)
            return raw[:at] + other[chance.randrange(max(len(other) // _BLOCK, 1)) * _BLOCK :]
        case 2:
            return raw[:at] + raw[at + _BLOCK :]
    return raw[: chance.randrange(len(raw) + 1)]


def main() -> int:
    """Run, and tell what was done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    tally = fuzz(
        lambda raw: len(read(raw)),
        seeds(),
        mutated,
        coverage=Coverage(oci.tar),
        seconds=options.seconds,
        seed=options.seed,
    )
    print(
        f"seed {options.seed}: {tally.inputs} inputs, {tally.refused} refused, {tally.read} headers read,"
        f" {tally.lines} lines and {len(tally.edges)} pairs of them reached"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
