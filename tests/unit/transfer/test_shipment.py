"""Broken streams are continued where they broke; slow sources are read over several connections."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

import pytest

from oci.content import CancelToken, MemoryStore, MemoryStream
from oci.errors import Cancelled, ConnectionBroken, CopyError, Denied
from oci.transfer import CopyOptions, copy
from oci.transfer.backoff import Backoff
from oci.transfer.buffer import CHUNK_BYTES, BufferPool
from oci.transfer.connections import SAMPLES, Connections
from oci.transfer.event import Advanced, Event, Retried, Started
from oci.transfer.journal import Entry
from oci.transfer.ranged import FIRST_BYTES, JUDGED_BYTES, RangedStream
from oci.transfer.shipment import Shipment
from oci.wire.retry import RetryRule
from tests.unit.transfer.images import UnreliableStore, add_image, put

if TYPE_CHECKING:
    from oci.spec import Descriptor

MIB = 1024 * 1024


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def test_a_broken_source_is_asked_again_from_where_it_broke() -> None:
    source, sink = UnreliableStore(), MemoryStore()
    layer = noise(5 * MIB)
    add_image(source, [layer], names=("v1",))
    source.breaks = [2 * MIB, 1 * MIB]
    events: list[Event] = []
    result = copy(source, "v1", sink, ["v1"], options=CopyOptions(parallel=1, listener=events.append))
    assert [offset for d, offset, _ in source.asked if d.size == len(layer)] == [0, 2 * MIB, 3 * MIB]
    assert result.moved == sum(blob.descriptor.size for blob in result.blobs)
    assert [e.attempt for e in events if isinstance(e, Retried)] == [1, 1]
    assert [e.offset for e in events if isinstance(e, Started) and e.descriptor.size == len(layer)] == [
        0,
        2 * MIB,
        3 * MIB,
    ]


def test_each_byte_that_moved_is_told_of_once_also_where_a_source_broke() -> None:
    source, sink = UnreliableStore(), MemoryStore()
    layer = noise(7 * MIB + 3)
    add_image(source, [layer], names=("v1",))
    source.breaks = [2 * MIB, 1 * MIB]
    events: list[Event] = []
    copy(source, "v1", sink, ["v1"], options=CopyOptions(parallel=1, listener=events.append))
    told = [
        event.count for event in events if isinstance(event, Advanced) and event.descriptor.size == len(layer)
    ]
    assert sum(told) == len(layer)
    assert all(told)


@pytest.mark.parametrize(("step_s", "told"), [(0.0, [MIB, 4 * MIB]), (1.0, [MIB] * 5)])
def test_of_bytes_that_move_fast_not_every_piece_is_told_of(step_s: float, told: list[int]) -> None:
    source, sink = UnreliableStore(), MemoryStore()
    descriptor = put(source, noise(5 * MIB), "x/y")
    events: list[Event] = []
    shipment = Shipment(
        source,
        sink,
        descriptor,
        entry=Entry.forgetful(),
        backoff=Backoff(RetryRule()),
        ranged=None,
        token=CancelToken(),
        listener=events.append,
        clock=SlowClock(step_s),
    )
    assert shipment.send(sink.ingest(descriptor)).moved == descriptor.size
    assert [event.count for event in events if isinstance(event, Advanced)] == told


def test_a_source_that_never_gets_anywhere_is_given_up() -> None:
    source, sink = UnreliableStore(), MemoryStore()
    add_image(source, [noise(MIB)], names=("v1",))
    source.breaks = [0] * 20
    with pytest.raises(CopyError) as caught:
        copy(source, "v1", sink, ["v1"], options=CopyOptions(retries=2, parallel=1))
    assert isinstance(caught.value.__cause__, ConnectionBroken)
    assert len(source.asked) == 3
    assert caught.value.side == "source"


def test_what_will_not_pass_is_not_tried_again() -> None:
    source, sink = UnreliableStore(), MemoryStore()
    add_image(source, [noise(MIB)], names=("v1",))
    source.breaks = [0] * 20
    source.error = lambda: Denied("no", status=403)
    with pytest.raises(CopyError):
        copy(source, "v1", sink, ["v1"], options=CopyOptions(parallel=1))
    assert len(source.asked) == 1


class SlowClock:
    """Lets some time pass at every look at it, so that any source is slow."""

    def __init__(self, step_s: float = 1.0) -> None:
        self.now = 0.0
        self._step_s = step_s

    def __call__(self) -> float:
        self.now += self._step_s
        return self.now


def read_ranged(
    source: UnreliableStore, descriptor: Descriptor, offset: int, token: CancelToken, step_s: float = 1.0
) -> bytes:
    stream = RangedStream(
        source,
        descriptor,
        offset,
        connections=Connections(6),
        pool=BufferPool(4 * CHUNK_BYTES),
        token=token,
        clock=SlowClock(step_s),
    )
    content, buffer = bytearray(), memoryview(bytearray(300_000))
    try:
        while count := stream.readinto(buffer):
            content += buffer[:count]
    finally:
        stream.close()
    return bytes(content)


@pytest.mark.parametrize("offset", [0, 1, 3 * MIB + 17])
def test_ranges_are_handed_on_in_order(offset: int) -> None:
    source = UnreliableStore()
    content = noise(19 * MIB + 5)
    descriptor = put(source, content, "x/y")
    assert read_ranged(source, descriptor, offset, CancelToken()) == content[offset:]
    lengths = [length for _, _, length in source.asked]
    assert lengths[0] == FIRST_BYTES
    chunks = lengths[1:]
    assert len(chunks) == -(-(len(content) - offset - FIRST_BYTES) // CHUNK_BYTES)
    assert sum(length for length in chunks if length) == len(content) - offset - FIRST_BYTES


class Ahead(UnreliableStore):
    """Tells when something behind the first part is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.is_ahead = threading.Event()

    def stream(self, descriptor: Descriptor, offset: int = 0, length: int | None = None) -> MemoryStream:
        if offset >= FIRST_BYTES:
            self.is_ahead.set()
        return super().stream(descriptor, offset, length)


def test_more_connections_are_opened_while_the_first_part_still_comes() -> None:
    source = Ahead()
    descriptor = put(source, noise(19 * MIB), "x/y")
    stream = RangedStream(
        source,
        descriptor,
        0,
        connections=Connections(6),
        pool=BufferPool(4 * CHUNK_BYTES),
        token=CancelToken(),
        clock=SlowClock(),
    )
    assert not source.is_ahead.is_set()
    assert stream.readinto(memoryview(bytearray(JUDGED_BYTES))) == JUDGED_BYTES < FIRST_BYTES
    assert source.is_ahead.wait(60)
    stream.close()


@pytest.mark.parametrize(("step_s", "samples"), [(0.02, SAMPLES), (0.05, 0)])
def test_only_a_source_of_middling_distance_is_asked_how_far_it_is(step_s: float, samples: int) -> None:
    source = UnreliableStore()
    content = noise(19 * MIB)
    descriptor = put(source, content, "x/y")
    assert read_ranged(source, descriptor, 0, CancelToken(), step_s) == content
    assert [length for _, _, length in source.asked].count(1) == samples


class Watched(UnreliableStore):
    """Breaks off whatever asks for a single byte, and keeps an eye on the streams that are open."""

    def __init__(self) -> None:
        super().__init__()
        self.unclosed: set[MemoryStream] = set()

    def stream(self, descriptor: Descriptor, offset: int = 0, length: int | None = None) -> MemoryStream:
        """Open a stream, and note when it is closed."""
        self.breaks = [0] if length == 1 else []
        stream = super().stream(descriptor, offset, length)
        self.unclosed.add(stream)
        stream.close = lambda: self.unclosed.discard(stream)  # type: ignore[method-assign]  # to be noticed
        return stream


def test_no_stream_is_left_open_when_the_question_of_distance_fails() -> None:
    source = Watched()
    descriptor = put(source, noise(19 * MIB), "x/y")
    with pytest.raises(ConnectionBroken):
        read_ranged(source, descriptor, 0, CancelToken(), step_s=0.02)
    assert [length for _, _, length in source.asked] == [FIRST_BYTES, 1]
    assert not source.unclosed


def test_a_near_source_is_read_in_one_piece_however_slow_it_is() -> None:
    source = UnreliableStore()
    content = noise(19 * MIB)
    descriptor = put(source, content, "x/y")
    connections = Connections(6)
    connections.answered_after(0.001)
    stream = RangedStream(
        source,
        descriptor,
        0,
        connections=connections,
        pool=BufferPool(4 * CHUNK_BYTES),
        token=CancelToken(),
        clock=SlowClock(),
    )
    while stream.readinto(memoryview(bytearray(MIB))):
        pass
    assert [(offset, length) for _, offset, length in source.asked] == [(0, FIRST_BYTES), (FIRST_BYTES, None)]


def test_a_fast_source_is_read_in_one_piece() -> None:
    source, sink = UnreliableStore(), MemoryStore()
    add_image(source, [noise(17 * MIB)], names=("v1",))
    copy(source, "v1", sink, ["v1"])
    assert [(o, n) for d, o, n in source.asked if d.size == 17 * MIB] == [
        (0, FIRST_BYTES),
        (FIRST_BYTES, None),
    ]


def test_a_range_that_fails_fails_the_stream_at_its_place() -> None:
    source = UnreliableStore()
    descriptor = put(source, noise(19 * MIB), "x/y")
    source.breaks = [FIRST_BYTES, CHUNK_BYTES // 2]
    source.error = lambda: ConnectionBroken("broke off", host="test")
    with pytest.raises(ConnectionBroken):
        read_ranged(source, descriptor, 0, CancelToken())


def test_ranges_stop_when_the_work_is_cancelled() -> None:
    source, token = UnreliableStore(), CancelToken()
    descriptor = put(source, noise(19 * MIB), "x/y")
    stream = RangedStream(
        source,
        descriptor,
        0,
        connections=Connections(2),
        pool=BufferPool(2 * CHUNK_BYTES),
        token=token,
        clock=SlowClock(),
    )
    buffer = memoryview(bytearray(FIRST_BYTES))
    assert stream.readinto(buffer) == FIRST_BYTES
    token.cancel()
    with pytest.raises(Cancelled):
        while stream.readinto(buffer):
            pass
    stream.close()


def test_connections_are_shared_fairly() -> None:
    connections = Connections(4)
    connections.join()
    assert [connections.hire(have) for have in range(5)] == [True, True, True, True, False]
    connections.join()
    assert connections.hire(0), "each fan has one, even when all are taken"
    assert connections.surplus(4)
    assert not connections.surplus(2)
    for _ in range(4):
        connections.release()
    connections.leave()
    assert connections.hire(3)
