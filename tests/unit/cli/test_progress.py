"""What is shown of a transfer's events, by every kind of display."""

from __future__ import annotations

import io
import json
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from oci.errors import Stalled
from oci.frozen import replace
from oci.spec import Descriptor, Platform
from oci.spec.media_type import OCI_INDEX, OCI_LAYER_GZIP, OCI_MANIFEST
from oci.transfer.event import (
    Advanced,
    Discovered,
    Finished,
    Finishing,
    Narrowed,
    Outcome,
    Published,
    Rationed,
    Read,
    Replaced,
    Retried,
    Started,
    Warned,
)
from oci.wire.rate_limit import RateLimit
from ocitool.progress.bars import Bars
from ocitool.progress.json_lines import SCHEMA, JsonLines
from ocitool.progress.plain import Plain
from ocitool.progress.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Callable

    from oci.transfer.event import Event
    from ocitool.progress.display import Display

BIG = Descriptor(OCI_LAYER_GZIP, Descriptor.of(b"big", OCI_LAYER_GZIP).digest, 10_000_000)
SMALL = Descriptor(OCI_LAYER_GZIP, Descriptor.of(b"small", OCI_LAYER_GZIP).digest, 1000)
OLD = Descriptor(OCI_LAYER_GZIP, Descriptor.of(b"old", OCI_LAYER_GZIP).digest, 4000)
FOREIGN = Descriptor(OCI_LAYER_GZIP, Descriptor.of(b"foreign", OCI_LAYER_GZIP).digest, 500)
ROOT = replace(Descriptor.of(b"{}", OCI_MANIFEST), platform=Platform("linux", "amd64"))
INDEX = Descriptor.of(b"{ }", OCI_INDEX)


KINDS: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "object": dict,
    "array": list,
}


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


# Seconds to wait before each event; None for a look at the tally.
STORY: list[tuple[float, Event | None]] = [
    (0.0, Narrowed(INDEX, ROOT)),
    (0.0, Discovered(ROOT, is_document=True)),
    (0.0, Discovered(BIG, is_document=False)),
    (0.0, Discovered(OLD, is_document=False)),
    (0.0, Read(OLD, 4000)),
    (0.0, Replaced(OLD, SMALL)),
    (0.0, Discovered(FOREIGN, is_document=False)),
    (0.5, Finished(SMALL, Outcome.SKIPPED, 0)),
    (0.0, Finished(FOREIGN, Outcome.LEFT_OUT, 0)),
    (0.5, Started(BIG, 2_000_000)),
    (1.0, Advanced(BIG, 3_000_000)),
    (0.0, None),
    (1.0, Retried(BIG, Stalled("the peer\x1b stalled", host="h"), 1, 2.25)),
    (1.0, Started(BIG, 4_000_000)),
    (0.0, Warned("about\nto expire")),
    (0.0, Rationed("docker://h/n", RateLimit(100, 10, 21600))),
    (0.0, Rationed("docker://h/n", RateLimit(100, 9, 21600))),
    (0.0, Rationed("docker://h/n", RateLimit(100, 8, 21600))),
    (1.0, Advanced(BIG, 6_000_000)),
    (0.0, Finished(BIG, Outcome.SENT, 9_000_000, verified_here=False)),
    (0.0, Published(ROOT, ("v1", "latest"))),
    (0.0, Finishing("oci-archive:a\x1b.tar")),
]


def told(make: Callable[[io.StringIO, Clock], Display], *, fails: bool = False) -> list[str]:
    stream, clock = io.StringIO(), Clock()
    shown = make(stream, clock)
    with ExitStack() as outside:
        if fails:
            outside.enter_context(pytest.raises(KeyError))
        with shown:
            for wait_s, event in STORY:
                clock.now_s += wait_s
                if event is None:
                    shown.look()
                else:
                    shown(event)
            if fails:
                raise KeyError
    return stream.getvalue().splitlines()


def test_plain_lines() -> None:
    assert told(Plain) == [
        f"[    0.0s] {OLD.digest!s:.19} 4.0 kB becomes {SMALL.digest!s:.19} 1.0 kB",
        f"[    0.5s] already there {SMALL.digest!s:.19} 1.0 kB",
        f"[    0.5s] left out {FOREIGN.digest!s:.19} 500 B",
        "[    2.0s] 5.0 MB of 10.0 MB, 1.5 MB/s, 2 of 3 blobs, 1 moving",
        f"[    3.0s] try 1 of {BIG.digest!s:.19} failed, again in 2.2 s: the peer\\x1b stalled",
        "[    4.0s] warning: about\\u000ato expire",
        "[    4.0s] warning: docker://h/n: 9 of 100 requests per 6 h are left",
        f"[    5.0s] sent {BIG.digest!s:.19} 10.0 MB, 9.0 MB/s, verified by the destination",
        f"[    5.0s] published {ROOT.digest!s:.19} as v1, latest",
        "[    5.0s] writing oci-archive:a\\u001b.tar",
        "[    5.0s] done: 3 blobs: 1 sent (9.0 MB), 1 already there, 1 left out; 1 document; 5.0 s, 1.8 MB/s",
    ]


def test_a_stalled_transfer_shows_as_such() -> None:
    stream, clock = io.StringIO(), Clock()
    shown = Plain(stream, clock)
    shown(Started(BIG, 0))
    shown(Advanced(BIG, 5_000_000))
    for _ in range(2):
        clock.now_s += 5
        shown.look()
    assert stream.getvalue().splitlines() == [
        "[    5.0s] 5.0 MB of 10.0 MB, 1.0 MB/s, 0 of 1 blob, 1 moving",
        "[   10.0s] 5.0 MB of 10.0 MB, 0 B/s, 0 of 1 blob, 1 moving",
    ]


def test_json_lines_follow_their_schema() -> None:
    lines = [json.loads(line) for line in told(JsonLines)]
    for line in lines:
        members = {"event": "string: ", "time_s": "number: "} | SCHEMA[line["event"]]
        assert line.keys() == members.keys()
        for name, value in line.items():
            kind = KINDS[members[name].replace(" ", ":").partition(":")[0]]
            assert isinstance(value, kind), (line, name)
    assert {line["event"] for line in lines} == SCHEMA.keys()


def test_json_lines_tell_the_story() -> None:
    lines = [json.loads(line) for line in told(JsonLines)]
    assert [line["event"] for line in lines] == [
        "narrowed", *["discovered"] * 3, "replaced", "discovered", "finished", "finished", "started",
        "advanced", "retried", "started", "warned", *["rationed"] * 3, "finished", "published", "finishing",
        "ended",
    ]  # fmt: skip
    assert [line["time_s"] for line in lines][-3:] == [5.0, 5.0, 5.0]
    assert (lines[0]["index"], lines[0]["platform"]) == (str(INDEX.digest), "linux/amd64")
    advanced = lines[9]
    assert (advanced["digest"], advanced["size"], advanced["in_place"]) == (
        str(BIG.digest),
        BIG.size,
        5_000_000,
    )
    assert lines[10]["error"] == "the peer\\x1b stalled"
    rationed = {"place": "docker://h/n", "limit": 100, "remaining": 10, "window_s": 21600}
    assert lines[13] == {"event": "rationed", "time_s": 4.0, **rationed}
    assert lines[16]["verified_here"] is False
    assert lines[17]["names"] == ["v1", "latest"]
    assert lines[18]["place"] == "oci-archive:a\x1b.tar"
    assert {key: lines[19][key] for key in ("succeeded", "blobs", "documents", "moved")} == {
        "succeeded": True,
        "blobs": {"skipped": 1, "left-out": 1, "sent": 1},
        "documents": 1,
        "moved": 9_000_000,
    }


def test_json_lines_do_not_repeat_what_has_not_moved() -> None:
    stream, clock = io.StringIO(), Clock()
    shown = JsonLines(stream, clock)
    shown(Started(BIG, 0))
    shown.look()
    shown(Advanced(BIG, 5))
    shown.look()
    shown.look()
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["started", "advanced"]


def test_without_progress_only_warnings_are_shown() -> None:
    assert told(lambda stream, clock: Silent(stream, clock, period_s=None)) == [
        "ocitool: warning: about\\u000ato expire",
        "ocitool: warning: docker://h/n: 9 of 100 requests per 6 h are left",
    ]


def test_bars_end_with_the_sum_and_show_what_went_wrong() -> None:
    text = "\n".join(told(Bars))
    assert f"{BIG.digest!s:.19}" in text
    assert "50%" in text
    assert f"{BIG.digest!s:.19}: the peer\\x1b stalled; again in 2.2 s" in text
    assert "warning: about\\u000ato expire" in text
    assert text.endswith(
        "done: 3 blobs: 1 sent (9.0 MB), 1 already there, 1 left out; 1 document; 5.0 s, 1.8 MB/s"
    )


@pytest.mark.parametrize("make", [Plain, JsonLines, Bars])
def test_a_transfer_that_failed_is_not_called_done(make: Callable[[io.StringIO, Clock], Display]) -> None:
    last = told(make, fails=True)[-1]
    assert "stopped: 3 blobs" in last or json.loads(last)["succeeded"] is False


def test_the_thread_looks_by_itself_and_ends_with_the_transfer() -> None:
    looked = threading.Event()

    class Watched(Silent):
        def on_look(self, now_s: float) -> None:
            del now_s
            looked.set()

    with Watched(io.StringIO(), Clock(), period_s=0.01):
        assert looked.wait(60)
    assert not [thread for thread in threading.enumerate() if thread.name == "progress"]


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (Plain, "[    0.0s] a\\u000ab\n"),
        (JsonLines, ""),
        (lambda stream, clock: Silent(stream, clock, period_s=None), "ocitool: a\\u000ab\n"),
        (Bars, "a\\u000ab\n"),
    ],
)
def test_a_remark_for_people_is_one_line(make: Callable[[io.StringIO, Clock], Display], shown: str) -> None:
    stream = io.StringIO()
    make(stream, Clock()).note("a\nb")
    assert stream.getvalue() == shown
