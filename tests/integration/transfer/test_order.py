"""How much is asked, in which order, and by how many at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import pytest

import oci
from oci.errors import CopyError, DigestMismatch
from oci.settings import Credential
from oci.testing import ScriptedRegistry, TokenServer, build_image, build_index, fault, layer, random_layer
from oci.transfer import Outcome
from oci.transfer.buffer import CHUNK_BYTES
from oci.transfer.connections import FAR_S
from oci.transfer.ranged import FIRST_BYTES
from tests.integration.tap import Tap
from tests.integration.transfer.conftest import IMAGE, Copier, assert_holds

if TYPE_CHECKING:
    from pathlib import Path

    from oci.serving import Application, Request, Response
    from oci.testing import Fault

SHARED = layer({"shared": b"s" * 1000})
INDEX = build_index(
    {
        "linux/amd64": build_image([SHARED, layer({"a": b"1"})]),
        "linux/arm64": build_image([SHARED, layer({"b": b"2"})], platform="linux/arm64"),
    }
)
BLOBS = "*/blobs/sha256:*"


def names(path: str) -> str:
    return path.rpartition("/")[2]


def test_each_digest_is_read_once_and_written_once(
    origin: ScriptedRegistry, goal: ScriptedRegistry, copier: Copier
) -> None:
    origin.put("multi", INDEX, "v1")
    copier.copy(f"docker://{origin.host}/multi:v1", f"docker://{goal.host}/multi:v1")
    read = Counter(names(x.path) for x in origin.asked("GET", "*"))
    assert set(read.values()) == {1}
    assert len(read) == len(INDEX.blobs), "the root is read by its tag alone"
    asked = Counter(names(x.path) for x in goal.asked("HEAD", "*"))
    assert set(asked.values()) == {1}
    written = Counter(x.query.get("digest") for x in goal.asked("PUT", "*/uploads/*"))
    assert set(written.values()) == {1}
    assert len(written) == 5
    assert len(goal.asked("POST")) == 5


def test_a_copy_repeated_asks_for_blobs_and_sends_documents(
    origin: ScriptedRegistry, goal: ScriptedRegistry, copier: Copier
) -> None:
    for _ in range(2):
        goal.exchanges.clear()
        result = copier.copy(f"docker://{origin.host}/app:v1", f"docker://{goal.host}/app:v1")
    assert Counter(x.method for x in goal.exchanges) == {"HEAD": 4, "PUT": 1}
    assert {blob.outcome for blob in result.blobs} == {Outcome.SKIPPED}


def test_a_plan_counts_the_requests_that_the_copy_makes(
    origin: ScriptedRegistry, goal: ScriptedRegistry, copier: Copier
) -> None:
    origin.put("multi", INDEX, "v1")
    source, destination = f"docker://{origin.host}/multi:v1", f"docker://{goal.host}/multi:v1"
    planned = oci.plan(source, destination, context=oci.Context(settings=copier.settings))
    assert {x.method for x in goal.exchanges} == {"HEAD"}
    shown = [(-blob.descriptor.size, str(blob.descriptor.digest)) for blob in planned.blobs]
    assert shown == sorted(shown), "in the same order each time, whichever answer came first"
    origin.exchanges.clear()
    goal.exchanges.clear()
    copier.copy(source, destination)
    assert planned.requests == len(origin.exchanges) + len(goal.exchanges)


def test_blobs_of_another_repository_are_mounted(origin: ScriptedRegistry, copier: Copier) -> None:
    result = copier.copy(f"docker://{origin.host}/app:v1", f"docker://{origin.host}/other:v1")
    assert {blob.outcome for blob in result.blobs} == {Outcome.MOUNTED}
    assert not origin.asked("GET", BLOBS)
    assert not origin.asked("P[UA]T*", "*/uploads/*")
    assert_holds(origin, "other", IMAGE, "v1")


def test_a_mount_that_is_declined_costs_no_request(origin: ScriptedRegistry, copier: Copier) -> None:
    origin.script(fault.refuse_mount(), method="POST", path="*/uploads/*")
    result = copier.copy(f"docker://{origin.host}/app:v1", f"docker://{origin.host}/other:v1")
    assert {blob.outcome for blob in result.blobs} == {Outcome.SENT}
    posts, puts = origin.asked("POST"), origin.asked("PUT", "*/uploads/*")
    assert len(posts) == len(puts) == 4
    sessions = {names(x.answer_headers.get("Location")) for x in posts}
    assert sessions == {names(x.path) for x in puts}
    assert_holds(origin, "other", IMAGE, "v1")


def test_a_push_takes_one_token_for_each_repository(tmp_path: Path, tokens: TokenServer) -> None:
    with (
        ScriptedRegistry(tmp_path / "from", tokens=tokens) as origin,
        ScriptedRegistry(tmp_path / "to", tokens=tokens) as goal,
    ):
        origin.put("app", INDEX, "v1")
        copier = Copier(credential=Credential(username="ann", password="secret"))
        copier.copy(f"docker://{origin.host}/app:v1", f"docker://{goal.host}/team/app:v1", parallel=12)
        scopes = sorted(x.query.all("scope")[0] for x in tokens.asked("*", "/token"))
        assert scopes == ["repository:app:pull", "repository:team/app:pull,push"]


def test_connections_are_shared_by_all_that_runs_at_once(
    origin: ScriptedRegistry, goal: ScriptedRegistry, copier: Copier
) -> None:
    with Tap(origin.host) as reading, Tap(goal.host) as writing:
        copier.copy(f"docker://{reading.host}/app:v1", f"docker://{writing.host}/app:v1", parallel=3)
        assert reading.connections <= 3
        assert writing.connections <= 3
        assert len(goal.exchanges) > 10


def test_no_more_blobs_are_on_their_way_than_asked_for(
    origin: ScriptedRegistry, goal: ScriptedRegistry, copier: Copier
) -> None:
    many = build_image([layer({f"{number}": b"x"}) for number in range(12)])
    origin.put("many", many, "v1")
    crowd = Crowd()
    goal.script(crowd.fault(0.01))
    copier.copy(f"docker://{origin.host}/many:v1", f"docker://{goal.host}/many:v1", parallel=4)
    assert 2 <= crowd.most <= 4


class Crowd:
    """Counts the requests that a registry is answering at once."""

    def __init__(self) -> None:
        self.now = self.most = 0

    def fault(self, seconds: float) -> Fault:
        """Take some time for each answer, so that requests meet."""

        async def crowded(request: Request, application: Application) -> Response:
            self.now += 1
            self.most = max(self.most, self.now)
            try:
                await asyncio.sleep(seconds)
                return await application(request)
            finally:
                self.now -= 1

        return crowded


def test_after_a_complaint_fewer_requests_are_made_at_once(
    origin: ScriptedRegistry, goal: ScriptedRegistry, copier: Copier
) -> None:
    many = build_image([layer({f"{number}": b"x"}) for number in range(40)])
    origin.put("many", many, "v1")
    before, after = Meeting(12), Crowd()
    origin.script(before.fault, method="GET", path=BLOBS, times=12)
    origin.script(fault.answer(429, {"Retry-After": "0"}), method="GET", path=BLOBS, after=12, times=1)
    origin.script(after.fault(0.05), method="GET", path=BLOBS, after=13)
    source, destination = f"docker://{origin.host}/many:v1", f"docker://{goal.host}/many:v1"
    copier.copy(source, destination, parallel=16, range_connections=1)
    assert before.has_met
    assert 1 <= after.most <= 8 + 2, "half of sixteen, and one more after each twenty answers"
    assert_holds(goal, "many", many, "v1")


class Meeting:
    """Answers nobody before so many wait for an answer.

    Args:
        size: How many.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._waiting = 0
        self._together = asyncio.Event()

    @property
    def has_met(self) -> bool:
        """Whether they were there at once."""
        return self._together.is_set()

    async def fault(self, request: Request, application: Application) -> Response:
        """Wait for the others."""
        self._waiting += 1
        if self._waiting == self._size:
            self._together.set()
        await asyncio.wait_for(self._together.wait(), 20)
        return await application(request)


@pytest.mark.parametrize("transport", ["oci", "dir", "oci-archive", "docker-archive"])
def test_blobs_of_a_place_on_the_disk_are_sent_at_once(
    goal: ScriptedRegistry, copier: Copier, tmp_path: Path, transport: str
) -> None:
    many = build_image([layer({f"{number}": b"x"}) for number in range(8)])
    many.write_to(tmp_path / "layout", "v1")
    name = f"{transport}:{tmp_path}/place" + {"oci": ":v1", "dir": ""}.get(transport, ":app:v1")
    copier.copy(f"oci:{tmp_path}/layout:v1", name)
    # Nobody gets an answer to the beginning of an upload before six are waiting for theirs.
    meeting = Meeting(6)
    goal.script(meeting.fault, method="POST", path="*/blobs/uploads/", times=6)
    copier.copy(name, f"docker://{goal.host}/many:v1", parallel=6)
    assert meeting.has_met
    assert_holds(goal, "many", many, "v1")


def test_blobs_of_a_layout_are_sent_at_once_in_a_synchronisation(
    goal: ScriptedRegistry, copier: Copier, tmp_path: Path
) -> None:
    many = build_image([layer({f"{number}": b"x"}) for number in range(8)])
    many.write_to(tmp_path / "many", "v1")
    meeting = Meeting(6)
    goal.script(meeting.fault, method="POST", path="*/blobs/uploads/", times=6)
    context = oci.Context(settings=copier.settings)
    assert oci.sync(f"oci:{tmp_path}/many", f"docker://{goal.host}", context=context).succeeded
    assert meeting.has_met
    assert_holds(goal, "many", many, "v1")


BIG = random_layer(24_000_000, seed=9, compression="none")
BIG_IMAGE = build_image([BIG])
AWAY_S = 3 * FAR_S
FIRST = 1
"""Requests before the others: one answer tells that a source is this far away, and how fast it is."""


def _far_away(origin: ScriptedRegistry) -> None:
    origin.put("big", BIG_IMAGE, "v1")
    origin.script(fault.delay(AWAY_S), method="GET", path=BLOBS)


def test_a_large_blob_from_afar_is_read_over_several_connections(
    origin: ScriptedRegistry, copier: Copier, tmp_path: Path
) -> None:
    _far_away(origin)
    with Tap(origin.host) as tap:
        result = copier.copy(f"docker://{tap.host}/big:v1", f"oci:{tmp_path / 'layout'}:v1")
        assert tap.connections > 2
    asked = [x.headers.get("Range") for x in origin.asked("GET", f"*/{BIG.descriptor.digest}")]
    assert asked[0] == f"bytes=0-{FIRST_BYTES - 1}"
    assert len(asked) == FIRST + -(-(BIG.descriptor.size - FIRST_BYTES) // CHUNK_BYTES)
    assert result.moved == sum(leaf.descriptor.size for leaf in BIG_IMAGE.leaves)
    assert all(blob.verified_here for blob in result.blobs)


def test_one_connection_that_breaks_costs_its_own_rest_only(
    origin: ScriptedRegistry, copier: Copier, tmp_path: Path
) -> None:
    _far_away(origin)
    large = f"*/{BIG.descriptor.digest}"
    origin.script(fault.cut(500_000, by_reset=True), method="GET", path=large, after=FIRST + 3, times=2)
    origin.script(fault.reset(), method="GET", path=large, after=FIRST + 6, times=1)
    result = copier.copy(f"docker://{origin.host}/big:v1", f"oci:{tmp_path / 'layout'}:v1")
    assert result.moved == sum(leaf.descriptor.size for leaf in BIG_IMAGE.leaves)
    chunks = -(-(BIG.descriptor.size - FIRST_BYTES) // CHUNK_BYTES)
    # A request that never got an answer is made again, and each of two chunks has a second half.
    assert len(origin.asked("GET", large)) == FIRST + chunks + 3


def test_wrong_bytes_in_one_range_are_found(origin: ScriptedRegistry, copier: Copier, tmp_path: Path) -> None:
    _far_away(origin)
    origin.script(
        fault.corrupt(77), method="GET", path=f"*/{BIG.descriptor.digest}", after=FIRST + 3, times=1
    )
    with pytest.raises(CopyError) as caught:
        copier.copy(f"docker://{origin.host}/big:v1", f"oci:{tmp_path / 'layout'}:v1")
    assert isinstance(caught.value.__cause__, DigestMismatch)


@pytest.mark.parametrize("habit", [fault.ignore_range(), fault.answer(416)], ids=["200", "416"])
def test_a_source_that_stops_doing_ranges_is_read_on_in_one_piece(
    origin: ScriptedRegistry, copier: Copier, tmp_path: Path, habit: Fault
) -> None:
    _far_away(origin)
    large = f"*/{BIG.descriptor.digest}"
    origin.script(habit, method="GET", path=large, after=FIRST + 3, when=lambda r: "Range" in r.headers)
    result = copier.copy(f"docker://{origin.host}/big:v1", f"oci:{tmp_path / 'layout'}:v1")
    assert all(blob.verified_here for blob in result.blobs)
    assert "" in [x.headers.get("Range") for x in origin.asked("GET", large)]
