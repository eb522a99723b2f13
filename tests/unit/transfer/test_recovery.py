"""What happens when the destination breaks off, forgets, refuses, or was wrong from the beginning."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest

from oci.content import CancelToken, MemoryStore, MemoryStream, Rewound
from oci.errors import (
    Cancelled,
    ConnectFailed,
    ConnectionBroken,
    CopyError,
    Denied,
    DigestMismatch,
    NotFound,
    OciError,
    RegistryError,
    Stalled,
    Unsupported,
)
from oci.spec import Descriptor
from oci.transfer.backoff import Backoff
from oci.transfer.event import Event, Finished, Retried, Started
from oci.transfer.journal import Entry, Journal
from oci.transfer.shipment import Shipment
from oci.wire.retry import RetryRule
from tests.unit.transfer.images import Break, FlakySink, UnreliableStore, put

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1024 * 1024
CONTENT = random.Random(7).randbytes(5 * MIB + 3)
BLOB = Descriptor.of(CONTENT, "x/y")
BROKEN = ConnectionBroken("broke off", host="test")
GONE = NotFound("forgotten", name="session")
MISMATCH = DigestMismatch(expected="a", actual="b", where="test")


class Scene:
    """One blob on its way into a flaky sink, without any real delay."""

    def __init__(self, source: MemoryStore | None = None, *, tries: int = 4) -> None:
        self.source = source or UnreliableStore()
        put(self.source, CONTENT, BLOB.media_type)
        self.sink = FlakySink()
        self.events: list[Event] = []
        self.token = CancelToken()
        self.tries = tries

    def send(self, entry: Entry | None = None) -> Finished:
        shipment = Shipment(
            self.source,
            self.sink,
            BLOB,
            entry=entry or Entry.forgetful(),
            backoff=Backoff(RetryRule(attempts=self.tries, base_s=0.0)),
            ranged=None,
            token=self.token,
            listener=self.events.append,
        )
        return shipment.send(self.sink.ingest(BLOB))

    def fails(self) -> OciError:
        with pytest.raises(CopyError) as caught:
            self.send()
        assert caught.value.side == "destination"
        assert isinstance(caught.value.__cause__, OciError)
        return caught.value.__cause__

    @property
    def starts(self) -> list[int]:
        return [event.offset for event in self.events if isinstance(event, Started)]


def test_a_broken_upload_goes_on_where_the_destination_says() -> None:
    scene = Scene()
    scene.sink.breaks = [Break(2 * MIB), Break(4 * MIB)]
    scene.sink.recoveries = [100, 0]
    done = scene.send()
    assert scene.sink.exists(BLOB)
    assert scene.starts == [0, 2 * MIB - 100, 5 * MIB - 100]
    assert (scene.sink.begun, scene.sink.recovered, scene.sink.aborted) == (1, 2, 0)
    assert done.moved == len(CONTENT) - 2 * MIB + 100, "what was lost on the way has moved twice"


def test_a_destination_out_of_reach_is_asked_again_before_anything_is_written() -> None:
    scene = Scene()
    scene.sink.breaks = [Break(2 * MIB)]
    scene.sink.recoveries = [ConnectFailed("down", host="test"), Stalled("still", host="test"), 0]
    scene.send()
    assert scene.sink.exists(BLOB)
    assert scene.sink.recovered == 3
    assert [event.attempt for event in scene.events if isinstance(event, Retried)] == [1, 2, 3]


def test_a_destination_that_stays_away_is_given_up_and_its_session_kept() -> None:
    scene = Scene()
    scene.sink.breaks = [Break(2 * MIB)]
    scene.sink.recoveries = [ConnectFailed("down", host="test")] * 9
    assert isinstance(scene.fails(), ConnectFailed)
    assert (scene.sink.recovered, scene.sink.suspended, scene.sink.aborted) == (3, 1, 0)


def test_a_forgotten_session_is_begun_anew() -> None:
    scene = Scene()
    scene.sink.breaks = [Break(2 * MIB)]
    scene.sink.recoveries = [GONE]
    scene.send()
    assert scene.sink.exists(BLOB)
    assert (scene.sink.begun, scene.sink.aborted) == (2, 1)
    assert scene.starts == [0, 0]


def test_a_destination_that_forgets_each_time_at_the_same_place_is_given_up() -> None:
    scene = Scene(tries=3)
    scene.sink.breaks = [Break(2 * MIB)] * 50
    scene.sink.recoveries = [GONE] * 50
    assert isinstance(scene.fails(), ConnectionBroken)
    assert scene.sink.begun == 3


def test_a_blob_that_arrived_although_the_answer_was_lost_is_not_sent_again() -> None:
    scene = Scene()
    scene.sink.commits = [BROKEN]
    scene.sink.recoveries = [GONE]
    scene.sink._keep(BLOB, CONTENT)
    done = scene.send()
    assert scene.sink.begun == 1
    assert not done.verified_here


def test_a_refusal_to_say_how_far_it_is_ends_the_work_and_keeps_the_session() -> None:
    scene = Scene()
    scene.sink.breaks = [Break(2 * MIB)]
    scene.sink.recoveries = [Denied("no", status=403)]
    assert isinstance(scene.fails(), Denied)
    assert (scene.sink.suspended, scene.sink.aborted) == (1, 0)


def test_bytes_that_are_wanted_again_cost_no_try() -> None:
    scene = Scene(tries=1)
    scene.sink.breaks = [Break(MIB, Rewound("again", host="test")) for _ in range(3)]
    scene.sink.recoveries = [MIB, MIB, MIB]
    scene.send()
    assert scene.starts == [0, 0, 0, 0]


def test_a_failure_of_the_registry_at_the_end_is_tried_again() -> None:
    scene = Scene()
    scene.sink.commits = [RegistryError("failed", status=500), None]
    scene.send()
    assert scene.starts == [0, len(CONTENT)]
    assert scene.sink.exists(BLOB)


def test_wrong_bytes_of_an_earlier_run_are_sent_anew_once() -> None:
    scene = Scene()
    scene.sink.left = bytes(MIB)
    scene.send()
    assert scene.sink.exists(BLOB)
    assert scene.starts == [MIB, 0]
    assert scene.sink.aborted == 1


def test_bytes_that_are_wrong_from_the_start_are_given_up_at_once(tmp_path: Path) -> None:
    scene = Scene()
    scene.sink.commits = [MISMATCH]
    assert isinstance(scene.fails(), DigestMismatch)
    assert (scene.sink.begun, scene.sink.aborted) == (1, 1)


def test_bytes_that_are_wrong_each_time_are_sent_anew_once_only() -> None:
    scene = Scene()
    scene.sink.left = bytes(MIB)
    scene.sink.breaks = [Break(2 * MIB)]
    scene.sink.commits = [MISMATCH] * 9
    assert isinstance(scene.fails(), DigestMismatch)
    assert scene.sink.begun == 2


def test_a_source_that_says_no_is_not_asked_again() -> None:
    source = UnreliableStore()
    scene = Scene(source)
    source.error = lambda: RegistryError("not available", status=503)
    source.breaks = [0]
    with pytest.raises(CopyError) as caught:
        scene.send()
    assert caught.value.side == "source"
    assert len(source.asked) == 1


def test_a_source_that_cannot_begin_later_is_read_from_its_beginning() -> None:
    class WholeStore(UnreliableStore):
        def stream(self, descriptor: Descriptor, offset: int = 0, length: int | None = None) -> MemoryStream:
            if offset:
                raise Unsupported("whole blobs only")
            return super().stream(descriptor, offset, length)

    source = WholeStore()
    scene = Scene(source)
    source.breaks = [3 * MIB]
    scene.send()
    assert scene.sink.exists(BLOB)
    assert scene.starts == [0, 3 * MIB]


def test_cancelling_while_waiting_keeps_the_session() -> None:
    scene = Scene()
    scene.sink.breaks = [Break(MIB)]
    scene.sink.recoveries = [Cancelled()]
    with pytest.raises(Cancelled):
        scene.send()
    assert (scene.sink.suspended, scene.sink.aborted) == (1, 0)


def test_the_journal_knows_where_the_session_is_at_present_and_forgets_it_at_the_end(tmp_path: Path) -> None:
    scene = Scene(tries=1)
    scene.sink.breaks = [Break(4 * MIB)]
    journal = Journal(tmp_path)
    with journal.entry("there", BLOB) as entry, pytest.raises(CopyError):
        scene.send(entry)
    (path,) = tmp_path.iterdir()
    assert json.loads(path.read_bytes())["ticket"] == "session at 3 MB"
    with journal.entry("there", BLOB) as entry:
        assert entry.read() == "session at 3 MB"
        scene.send(entry)
    assert list(tmp_path.iterdir()) == []
