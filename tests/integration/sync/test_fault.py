"""When something fails: what is told, what is done all the same, and what a next run has left to do."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

import oci
from oci.content import CancelToken
from oci.errors import Cancelled, CopyError, InvalidSettings, NotFound, Unsupported
from oci.testing import build_image, fault, random_layer
from oci.transfer import CopyOptions
from oci.transfer.sync import Pattern, Pruning, Shard, SyncOptions, TagFilter, Verdict
from tests.integration.sync.conftest import SETTINGS, put, verdicts

if TYPE_CHECKING:
    from pathlib import Path

    from oci.spec import Digest
    from tests.integration.sync.conftest import Pair

GOING_ON = SyncOptions(keeps_going=True)


def test_throttling_is_waited_for(pair: Pair) -> None:
    put(pair.source, "app", "1", "2", "3")
    pair.source.script(fault.answer(429, {"Retry-After": "0"}), path="*/manifests/*", times=2)
    pair.destination.script(fault.answer(429, {"Retry-After": "0"}), method="PUT", times=2)
    assert verdicts(pair.sync()) == {"copied": 3}


def test_a_tag_that_is_gone_in_mid_run_fails_alone(pair: Pair) -> None:
    put(pair.source, "app", "1", "2", "3")
    pair.source.script(fault.answer(404), path="*/manifests/2")
    report = pair.sync(options=GOING_ON)
    assert verdicts(report) == {"copied": 2, "failed": 1}
    (failure,) = report.failures
    assert failure.source.endswith("/app:2")
    assert isinstance(failure.error, CopyError)
    assert failure.error.side == "source"
    assert not report.succeeded


def test_the_first_failure_ends_it_unless_failures_are_to_be_survived(pair: Pair) -> None:
    put(pair.source, "app", *(str(n) for n in range(200)))
    pair.source.script(fault.answer(404), path="*/manifests/0")
    report = pair.sync()
    assert report.count(Verdict.FAILED) == 1
    assert report.count(Verdict.COPIED) < 199
    # Whoever was begun is accounted for.
    assert report.count(Verdict.COPIED) + report.count(Verdict.NOT_DONE) <= 199
    assert not report.succeeded


def test_a_layer_that_cannot_be_read_fails_all_images_that_have_it(pair: Pair) -> None:
    images = put(pair.source, "app", "1", "2")
    shared = images["1"].leaves[1].descriptor.digest
    pair.source.script(fault.answer(404), path=f"*/blobs/{shared}")
    report = pair.sync(options=GOING_ON)
    assert verdicts(report) == {"failed": 2}
    assert list(pair.destination.layout("to/app").names()) == []


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_list_that_fails_is_a_failure_and_nothing_is_removed(pair: Pair, status: int) -> None:
    put(pair.destination, "to/app", "1", "2")
    pair.source.script(fault.answer(status), path="*/tags/list")
    report = pair.sync(options=SyncOptions(keeps_going=True, pruning=Pruning(is_forced=True)))
    assert verdicts(report) == {"failed": 1}
    assert sorted(pair.destination.layout("to/app").names()) == ["1", "2"]


def test_an_unreachable_repository_leaves_the_others_alone(pair: Pair, tmp_path: Path) -> None:
    put(pair.source, "team/app", "1")
    path = tmp_path / "sync.yaml"
    path.write_text(f"127.0.0.1:1:\n  images: {{x: []}}\n{pair.source.host}:\n  images: {{team/app: []}}\n")
    report = pair.sync(f"yaml:{path}", options=GOING_ON)
    assert verdicts(report) == {"copied": 1, "failed": 1}


def test_a_file_with_a_mistake_moves_nothing(pair: Pair, tmp_path: Path) -> None:
    put(pair.source, "app", "1")
    path = tmp_path / "sync.yaml"
    path.write_text(f"{pair.source.host}:\n  images: {{app: []}}\n  images-by-tag-regex: {{app: '('}}\n")
    with pytest.raises(InvalidSettings, match=r"sync\.yaml:3: .*images-by-tag-regex\.app: '\('"):
        pair.sync(f"yaml:{path}")
    assert not pair.destination.asked("*", "*")


def test_what_the_source_does_not_have_is_removed(pair: Pair) -> None:
    put(pair.source, "app", "v1", "v2", "v3")
    put(pair.destination, "to/app", "v0", "keep-me")
    wanted = TagFilter(include=(Pattern("^v"),))
    dry = SyncOptions(pruning=Pruning(), dry_run=True)
    assert verdicts(pair.sync(wanted=wanted, options=dry)) == {"would-copy": 3, "would-prune": 1}
    assert sorted(pair.destination.layout("to/app").names()) == ["keep-me", "v0"]
    options = SyncOptions(pruning=Pruning(is_forced=True))
    assert verdicts(pair.sync(wanted=wanted, options=options)) == {"copied": 3, "pruned": 1}
    assert sorted(pair.destination.layout("to/app").names()) == ["keep-me", "v1", "v2", "v3"]


def test_more_than_allowed_is_not_removed(pair: Pair) -> None:
    put(pair.source, "app", "1")
    pair.sync()
    put(pair.destination, "to/app", "2", "3", "4")
    report = pair.sync(options=SyncOptions(pruning=Pruning()))
    assert verdicts(report) == {"unchanged": 1, "failed": 1}
    assert isinstance(report.failures[0].error, Unsupported)
    assert "3 of 4 images, more than 50%" in report.failures[0].error.message
    assert len(list(pair.destination.layout("to/app").names())) == 4


def test_nothing_is_removed_when_the_source_is_empty_or_an_image_failed(pair: Pair) -> None:
    put(pair.destination, "to/app", "9")
    put(pair.source, "app", "1")
    nothing = TagFilter(exclude=(Pattern("^1$"),))
    report = pair.sync(wanted=nothing, options=SyncOptions(pruning=Pruning(most_share=1.0)))
    assert "no images at all" in str(report.failures[0].error)
    pair.source.script(fault.answer(404), path="*/manifests/1")
    forced = SyncOptions(keeps_going=True, pruning=Pruning(is_forced=True))
    assert verdicts(pair.sync(options=forced)) == {"failed": 1}
    assert list(pair.destination.layout("to/app").names()) == ["9"]


def test_where_tags_cannot_be_deleted_only_the_tag_goes(pair: Pair) -> None:
    images = put(pair.source, "app", "1", "2")
    pair.destination.put("to/app", images["1"], "1", "old")
    pair.destination.script(
        fault.answer(405), method="DELETE", path="*", when=lambda r: ":" not in r.segments[-1]
    )
    report = pair.sync(options=SyncOptions(pruning=Pruning()))
    assert verdicts(report) == {"copied": 1, "unchanged": 1, "pruned": 1}
    # The image of the removed tag is that of another one, which is still there.
    assert sorted(pair.destination.layout("to/app").names()) == ["1", "2"]
    assert pair.destination.content("to/app", "1") == images["1"].raw


def test_shares_make_up_the_whole(pair: Pair) -> None:
    put(pair.source, "app", *(str(n) for n in range(12)))
    counts = [
        pair.sync(options=SyncOptions(shard=Shard(number, 3), shards_tags=True)).count(Verdict.COPIED)
        for number in (1, 2, 3)
    ]
    assert sum(counts) == 12 and max(counts) < 12
    assert len(list(pair.destination.layout("to/app").names())) == 12


def test_a_short_rate_limit_is_waited_for(pair: Pair) -> None:
    put(pair.source, "app", "1", "2")
    pair.source.script(fault.state_quota(100, 3, 60), path="*", times=3)
    pair.source.script(fault.state_quota(100, 90, 60), path="*", after=3)
    said: list[str] = []
    copy = CopyOptions(listener=lambda event: said.append(str(event)))
    report = pair.sync(options=SyncOptions(copy=copy, rate_limit_below=10, rate_limit_pause_s=0.01))
    assert verdicts(report) == {"copied": 2}
    assert any("3 of 100 requests are left; waiting" in text for text in said)
    assert report.rate_limits[pair.source.host].remaining == 90


def test_cancelling_ends_it(pair: Pair) -> None:
    put(pair.source, "app", "1", "2")
    token = CancelToken()
    stalled = pair.source.script(fault.stall(), path="*/blobs/*")

    def cancel() -> None:
        stalled.wait()
        token.cancel()

    threading.Thread(target=cancel, daemon=True).start()
    with pytest.raises(Cancelled):
        oci.sync(
            f"docker://{pair.source.host}/app",
            f"docker://{pair.destination.host}/to",
            context=oci.Context(settings=SETTINGS, token=token),
        )


def test_after_a_kill_only_what_is_missing_moves(pair: Pair, tmp_path: Path) -> None:
    large = random_layer(4_000_000, seed=8)
    images = [build_image([large, random_layer(5000, seed=n)]) for n in range(4)]
    for number, image in enumerate(images):
        pair.source.put("app", image, str(number))
    stalled = pair.source.script(fault.stall(2_000_000), path=f"*/blobs/{large.descriptor.digest}", times=1)
    code = "from ocitool.__main__ import main; main()"
    names = (f"docker://{pair.source.host}/app", f"docker://{pair.destination.host}/to")
    plain = ("--src-tls-verify=false", "--dest-tls-verify=false")
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin"}
    process = subprocess.Popen([sys.executable, "-c", code, "sync", *plain, *names], env=environment)
    stalled.wait()
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = len(pair.source.asked("GET", "*/blobs/*"))
    there = {blob.descriptor.digest for image in images for blob in image.leaves} - {large.descriptor.digest}
    there = {digest for digest in there if _has(pair, digest)}
    report = pair.sync()
    assert report.succeeded
    assert len(list(pair.destination.layout("to/app").names())) == 4
    again = {e.path.rpartition("/")[2] for e in pair.source.asked("GET", "*/blobs/*")[before:]}
    assert again.isdisjoint(map(str, there))


def _has(pair: Pair, digest: Digest) -> bool:
    try:
        return pair.destination.has_blob("to/app", digest)
    except NotFound:
        return False
