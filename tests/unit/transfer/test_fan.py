"""Chunks from several threads: in order, over broken connections, and with nothing left behind."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

import pytest

from oci.content import CancelToken, MemoryStore, MemoryStream, Traits
from oci.errors import Cancelled, ConnectionBroken, OciError, Unsupported
from oci.transfer.buffer import CHUNK_BYTES, BufferPool
from oci.transfer.connections import Connections
from oci.transfer.fan import CHUNK_TRIES, Fan
from oci.wire.retry import RetryRule
from tests.unit.transfer.images import BreakingStream, put

if TYPE_CHECKING:
    from collections.abc import Callable

    from oci.spec import Descriptor

PATIENCE_S = 60.0
AT_ONCE = RetryRule(attempts=CHUNK_TRIES, base_s=0.0)


class RangeStore(MemoryStore):
    """Counts who reads at once, and lets a test decide how a range goes."""

    def __init__(self) -> None:
        super().__init__("memory:ranges")
        self.traits = Traits(distant=True)
        self.lock = threading.Lock()
        self.asked: list[tuple[int, int | None]] = []
        self.script: Callable[[int, int], MemoryStream | None] = lambda *_: None

    def stream(self, descriptor: Descriptor, offset: int = 0, length: int | None = None) -> MemoryStream:
        """Open a stream as the script says."""
        with self.lock:
            self.asked.append((offset, length))
        return self.script(offset, length or 0) or super().stream(descriptor, offset, length)


class Scene:
    """A blob of some chunks and a fan over it."""

    def __init__(self, chunks: float, *, total: int = 4, buffers: int = 4, start: int = 0) -> None:
        self.store = RangeStore()
        self.content = random.Random(1).randbytes(int(chunks * CHUNK_BYTES))
        self.descriptor = put(self.store, self.content, "x/y")
        self.connections = Connections(total)
        self.pool = BufferPool(buffers * CHUNK_BYTES)
        self.token = CancelToken()
        self.start = start

    def open(self) -> Fan:
        return Fan(
            self.store,
            self.descriptor,
            self.start,
            connections=self.connections,
            pool=self.pool,
            token=self.token,
            rule=AT_ONCE,
        )

    def read(self, fan: Fan) -> bytes:
        found, buffer = bytearray(), memoryview(bytearray(700_001))
        while count := fan.readinto(buffer):
            found += buffer[:count]
        return bytes(found)

    def settled(self) -> bool:
        """Wait for the threads to end; tell whether every buffer is back."""
        for thread in threading.enumerate():
            if thread.name == "oci-range":
                thread.join(PATIENCE_S)
        return len(self.pool._free) == self.pool._made and self.connections._used == 0


def test_each_byte_is_asked_for_once_and_comes_in_order() -> None:
    scene = Scene(5.3, start=17)
    fan = scene.open()
    assert scene.read(fan) == scene.content[17:]
    fan.close()
    fan.close()
    assert sum(length or 0 for _, length in scene.store.asked) == len(scene.content) - 17
    assert scene.settled()
    assert scene.pool._made <= 4


def test_a_chunk_whose_connection_breaks_goes_on_where_it_broke_and_the_others_stay() -> None:
    scene = Scene(4)
    broken = {CHUNK_BYTES: 1_000_000}

    def script(offset: int, length: int) -> MemoryStream | None:
        after = broken.pop(offset, None)
        if after is None:
            return None
        return BreakingStream(
            scene.content[offset : offset + length], after, ConnectionBroken("cut", host="test")
        )

    scene.store.script = script
    fan = scene.open()
    assert scene.read(fan) == scene.content
    fan.close()
    assert sorted(scene.store.asked) == [
        (0, CHUNK_BYTES),
        (CHUNK_BYTES, CHUNK_BYTES),
        (CHUNK_BYTES + 1_000_000, CHUNK_BYTES - 1_000_000),
        (2 * CHUNK_BYTES, CHUNK_BYTES),
        (3 * CHUNK_BYTES, CHUNK_BYTES),
    ]
    assert scene.settled()


def test_a_range_that_ends_early_goes_on_too() -> None:
    scene = Scene(2)
    short = {CHUNK_BYTES}

    def script(offset: int, length: int) -> MemoryStream | None:
        if offset in short:
            short.discard(offset)
            return MemoryStream(scene.content[offset : offset + 5])
        return None

    scene.store.script = script
    fan = scene.open()
    assert scene.read(fan) == scene.content
    fan.close()
    assert (CHUNK_BYTES + 5, CHUNK_BYTES - 5) in scene.store.asked


@pytest.mark.parametrize(
    ("error", "tries"),
    [
        (ConnectionBroken("cut", host="test"), CHUNK_TRIES),
        (Unsupported("no ranges any more"), 1),
        (ZeroDivisionError("a fault of ours"), 1),
    ],
)
def test_a_chunk_out_of_reach_ends_the_stream_at_its_place(error: Exception, tries: int) -> None:
    scene = Scene(3)

    def script(offset: int, length: int) -> MemoryStream | None:
        if offset == CHUNK_BYTES:
            raise error
        return None

    scene.store.script = script
    fan = scene.open()
    found, buffer = 0, memoryview(bytearray(CHUNK_BYTES))
    with pytest.raises(type(error)):
        while True:
            found += fan.readinto(buffer)
    assert found == CHUNK_BYTES
    fan.close()
    assert [offset for offset, _ in scene.store.asked].count(CHUNK_BYTES) == tries
    assert scene.settled()


def test_closing_while_threads_read_gives_everything_back() -> None:
    scene = Scene(6)
    reading, go_on = threading.Semaphore(0), threading.Event()

    def script(offset: int, length: int) -> MemoryStream | None:
        if offset:
            reading.release()
            assert go_on.wait(PATIENCE_S)
        return None

    scene.store.script = script
    fan = scene.open()
    buffer = memoryview(bytearray(100))
    assert fan.readinto(buffer) == 100
    assert all(reading.acquire(timeout=PATIENCE_S) for _ in range(3))
    fan.close()
    go_on.set()
    assert scene.settled()
    assert len(scene.store.asked) == 4


def test_a_reader_that_waits_ends_when_the_work_is_cancelled() -> None:
    scene = Scene(2)
    reading = threading.Event()

    def script(offset: int, length: int) -> MemoryStream | None:
        reading.set()
        scene.token.wait(PATIENCE_S)
        raise Cancelled

    scene.store.script = script
    fan = scene.open()
    failures: list[OciError] = []

    def read() -> None:
        try:
            scene.read(fan)
        except OciError as error:
            failures.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    assert reading.wait(PATIENCE_S)
    scene.token.cancel()
    thread.join(PATIENCE_S)
    fan.close()
    assert [type(failure) for failure in failures] == [Cancelled]
    assert scene.settled()


def test_two_fans_that_share_few_buffers_and_connections_both_end() -> None:
    # As many threads as buffers, and each fan's share shrinks and grows while the other one comes and goes.
    for _ in range(10):
        scene = Scene(3, total=2, buffers=2)
        contents: list[bytes] = []

        def read(scene: Scene, contents: list[bytes]) -> None:
            fan = scene.open()
            contents.append(scene.read(fan))
            fan.close()

        threads = [threading.Thread(target=read, args=(scene, contents)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S)
        assert contents == [scene.content] * 3
        assert scene.settled()
