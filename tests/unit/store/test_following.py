"""Reading a file while it is written."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from oci.errors import SizeMismatch, StorageError
from oci.store.following import Bell, FollowedFile

if TYPE_CHECKING:
    from pathlib import Path


def read_all(reader: FollowedFile) -> bytes:
    content = bytearray()
    buffer = memoryview(bytearray(7))
    with reader:
        while count := reader.readinto(buffer):
            content += buffer[:count]
    return bytes(content)


def test_everything_arrives_though_it_is_written_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "growing"
    bell = Bell()
    with path.open("wb", buffering=0) as writer:
        reader = FollowedFile(os.open(path, os.O_RDONLY), bell.take(), 1000, where="it")
        found: list[bytes] = []
        thread = threading.Thread(target=lambda: found.append(read_all(reader)))
        thread.start()
        for number in range(100):
            writer.write(bytes([number]) * 10)
            bell.ring()
        thread.join()
    bell.close()
    assert found == [b"".join(bytes([number]) * 10 for number in range(100))]


def test_a_writer_that_gives_up_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "growing"
    path.write_bytes(b"12345")
    bell = Bell()
    reader = FollowedFile(os.open(path, os.O_RDONLY), bell.take(), 10, where="it")
    bell.close()
    with pytest.raises(StorageError, match="nobody writes it"):
        read_all(reader)


def test_a_bell_that_nobody_hears_does_not_block() -> None:
    bell = Bell()
    for _ in range(100_000):
        bell.ring()
    bell.close()
    assert bell.take() is None


def test_a_complete_file_of_another_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "short"
    path.write_bytes(b"12345")
    with pytest.raises(SizeMismatch):
        read_all(FollowedFile(os.open(path, os.O_RDONLY), None, 10, where="it"))
