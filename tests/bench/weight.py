"""Images that are heavy in one respect: a million files, a file of ten gigabytes, a layer to read little of.

Written in pieces: none of them is ever held in memory. The archives are Python's own tarfile's.
"""

from __future__ import annotations

import hashlib
import random
import tarfile
import zlib
from typing import TYPE_CHECKING, Protocol, Self

import zstandard

from tests.bench.material import SEED
from tests.bench.tree import write_documents

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

LARGE_FILE_BYTES = 10_000_000_000
SMALL_FILE = "srv/part50/the-small-file"
SEEKABLE_ENTRIES = 20_000
"""Entries of the layer of which one small file is read; with 15 kB each, it has 300 MB."""

_FILES_PER_DIRECTORY = 100
_WHEN = 1_700_000_000
_LAYER = "application/vnd.oci.image.layer.v1.tar"
_FRESH_BYTES = 1024
_BLOCK_BYTES = 64 * 1024
_WINDOW_LOG = 23


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


class _Layer:
    """One layer that is written; a context manager that completes the image with it."""

    def __init__(self, folder: Path, compressor: _Compressor, suffix: str) -> None:
        self._folder = folder
        self._compressor = compressor
        self._suffix = suffix
        self._blobs = folder / "blobs" / "sha256"
        self._blobs.mkdir(parents=True)
        self._file = (self._blobs / "layer").open("wb")
        self._stored, self._expanded = hashlib.sha256(), hashlib.sha256()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.put(bytes(2 * tarfile.BLOCKSIZE))
            self._store(self._compressor.flush())
        size = self._file.tell()
        self._file.close()
        digest = self._stored.hexdigest()
        (self._blobs / "layer").rename(self._blobs / digest)
        layer: dict[str, object] = {
            "mediaType": f"{_LAYER}+{self._suffix}",
            "digest": f"sha256:{digest}",
            "size": size,
        }
        write_documents(self._folder, [layer], [f"sha256:{self._expanded.hexdigest()}"])

    def head(self, name: str, size: int = 0, *, kind: bytes = tarfile.REGTYPE) -> None:
        """Write a header."""
        info = tarfile.TarInfo(name)
        info.type, info.size, info.mtime = kind, size, _WHEN
        info.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
        self.put(info.tobuf(tarfile.PAX_FORMAT))

    def file(self, name: str, content: bytes) -> None:
        """Write a whole file."""
        self.head(name, len(content))
        self.put(content + bytes(-len(content) % tarfile.BLOCKSIZE))

    def put(self, data: bytes) -> None:
        """Write a piece of the archive."""
        self._expanded.update(data)
        self._store(self._compressor.compress(data))

    def _store(self, data: bytes) -> None:
        self._stored.update(data)
        self._file.write(data)


def _gzip(folder: Path) -> _Layer:
    return _Layer(folder, zlib.compressobj(1, wbits=31), "gzip")


def write_many_files(folder: Path, entries: int) -> None:
    """Write an image of one layer: files of up to 200 bytes, a hundred in each directory."""
    chance = random.Random(SEED)
    with _gzip(folder) as layer:
        for entry in range(entries):
            place, rest = divmod(entry, _FILES_PER_DIRECTORY)
            directory = f"srv/part{place // 100}/directory{place}"
            if rest == 0:
                layer.head(directory, kind=tarfile.DIRTYPE)
            else:
                layer.file(f"{directory}/file{rest}", chance.randbytes(entry % 200))


def write_large_file(folder: Path, size: int) -> None:
    """Write an image of one file: in each 64 KiB of it one is new, and the rest is from eight MiB before."""
    window = zstandard.ZstdCompressionParameters.from_level(1, window_log=_WINDOW_LOG, enable_ldm=True)
    compressor = zstandard.ZstdCompressor(compression_params=window).compressobj()
    with _Layer(folder, compressor, "zstd") as layer:
        layer.head("large", size)
        for block in _blocks(size):
            layer.put(block)
        layer.put(bytes(-size % tarfile.BLOCKSIZE))


def _blocks(size: int) -> Iterator[bytes]:
    chance = random.Random(SEED)
    filler = chance.randbytes(_BLOCK_BYTES - _FRESH_BYTES)
    for _ in range(size // _BLOCK_BYTES):
        yield chance.randbytes(_FRESH_BYTES) + filler
    yield chance.randbytes(size % _BLOCK_BYTES)


def write_layer_with_small_file(folder: Path, scale: float) -> None:
    """Write an image of one layer of files that nothing can compress, and a small one among them."""
    chance = random.Random(SEED)
    with _gzip(folder) as layer:
        for entry in range(max(int(SEEKABLE_ENTRIES * scale), 1)):
            layer.file(f"srv/part{entry // 100}/file{entry}", chance.randbytes(15_000))
        layer.file(SMALL_FILE, chance.randbytes(1024))
