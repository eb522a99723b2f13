"""Images that become other ones: taken out of an index, or converted; and what is remembered of that."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from oci.compression import Compression
from oci.spec import Platform
from oci.spec.media_type import DOCKER_MANIFEST
from oci.testing import build_artifact, build_image, build_index, random_layer
from oci.transfer import Conversion, CopyOptions, Everything, Format, Instance, LayerForm, Subset
from oci.transfer.sync import SyncOptions, Verdict
from tests.integration.sync.conftest import BASE, put, verdicts

if TYPE_CHECKING:
    from pathlib import Path

    from oci.transfer.sync import SyncReport
    from tests.integration.sync.conftest import Pair

AMD, ARM = Platform("linux", "amd64"), Platform("linux", "arm64")
DOCKER = Conversion(format=Format.DOCKER)
ZSTD = Conversion(layers=LayerForm(compression=Compression.ZSTD))


class Mirror:
    """Synchronises between two registries, and counts what is asked.

    Args:
        pair: The registries.
        memo: Where things are remembered, or None.
    """

    def __init__(self, pair: Pair, memo: Path | None) -> None:
        self.pair = pair
        self.memo = memo
        self.asked: list[str] = []

    def run(self, copy: CopyOptions, *, dry_run: bool = False, to: str = "to") -> SyncReport:
        """Do it; what was asked of both sides is in ``asked`` then."""
        sides = (self.pair.source, self.pair.destination)
        before = [len(side.asked("*", "*")) for side in sides]
        options = SyncOptions(copy=copy, memo=self.memo, dry_run=dry_run)
        report = self.pair.sync(to=f"docker://{{destination}}/{to}", options=options)
        fresh = [side.asked("*", "*")[count:] for side, count in zip(sides, before, strict=True)]
        self.asked = sorted(f"{e.method} {e.path.rpartition('/')[2]}" for each in fresh for e in each)
        return report


@pytest.fixture
def mirror(pair: Pair, tmp_path: Path) -> Mirror:
    """Return a mirror that remembers."""
    return Mirror(pair, tmp_path / "memo")


def put_indexes(pair: Pair, *tags: str) -> None:
    for number, tag in enumerate(tags):
        amd = build_image([BASE, random_layer(500, seed=number)])
        arm = build_image([random_layer(900, seed=50 + number)], platform="linux/arm64")
        pair.source.put("app", build_index({"linux/amd64": amd, "linux/arm64": arm}), tag)


WARM = sorted(["GET list", "HEAD 1", "HEAD 2"] * 2)
"""All that a run over two tags asks of both sides when it has nothing to do."""

CHOICES = {
    "one platform of an index": CopyOptions(selection=Instance(ARM)),
    "a new index": CopyOptions(selection=Subset((ARM,), rewrite=True)),
    "an index that says more than there is": CopyOptions(selection=Subset((ARM,))),
    "another format": CopyOptions(conversion=DOCKER),
    "another compression": CopyOptions(conversion=ZSTD),
    "one platform in another format": CopyOptions(selection=Instance(AMD), conversion=DOCKER),
}


@pytest.mark.parametrize("name", CHOICES)
def test_a_second_run_asks_one_head_for_each_tag_and_side(mirror: Mirror, name: str) -> None:
    put_indexes(mirror.pair, "1", "2")
    assert verdicts(mirror.run(CHOICES[name])) == {"copied": 2}
    second = mirror.run(CHOICES[name])
    assert (verdicts(second), mirror.asked) == ({"unchanged": 2}, WARM)
    assert verdicts(mirror.run(CHOICES[name], dry_run=True)) == {"unchanged": 2}


@pytest.mark.parametrize("name", CHOICES)
def test_without_a_memo_images_are_read_and_no_blob_moves(mirror: Mirror, name: str) -> None:
    put_indexes(mirror.pair, "1", "2")
    mirror.memo = None
    mirror.run(CHOICES[name])
    # Only compressing them again tells what becomes of layers; what comes of that is there already.
    second = mirror.run(CHOICES[name])
    assert (verdicts(second), second.sent_bytes) == ({"unchanged": 2}, 0)
    assert not {"PUT 1", "PUT 2"} & set(mirror.asked)


def test_a_memo_that_is_damaged_or_of_another_wish_is_not_believed(mirror: Mirror) -> None:
    put_indexes(mirror.pair, "1", "2")
    mirror.run(CopyOptions(selection=Instance(ARM)))
    assert verdicts(mirror.run(CopyOptions(selection=Instance(AMD)))) == {"copied": 2}
    assert verdicts(mirror.run(CopyOptions(selection=Instance(ARM)))) == {"copied": 2}
    assert mirror.memo is not None
    for path in mirror.memo.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
        path.write_bytes(b"\0rubbish\n" + path.read_bytes()[1:])
    assert verdicts(mirror.run(CopyOptions(selection=Instance(ARM)))) == {"unchanged": 2}
    # What was lost has been found out again.
    mirror.run(CopyOptions(selection=Instance(ARM)))
    assert mirror.asked == WARM


def test_a_tag_that_moved_on_either_side_is_brought_in_order(mirror: Mirror) -> None:
    copy = CopyOptions(selection=Instance(ARM), conversion=DOCKER)
    put_indexes(mirror.pair, "1", "2")
    mirror.run(copy)
    wanted = mirror.pair.destination.content("to/app", "1")
    mirror.pair.destination.put("to/app", build_image([random_layer(10, seed=3)]), "1")
    assert verdicts(mirror.run(copy)) == {"copied": 1, "unchanged": 1}
    assert mirror.pair.destination.content("to/app", "1") == wanted
    put_indexes(mirror.pair, "2")
    assert verdicts(mirror.run(copy)) == {"copied": 1, "unchanged": 1}
    assert mirror.pair.destination.content("to/app", "2") == wanted


def test_a_directory_for_the_memo_that_cannot_be_made_stops_nothing(pair: Pair, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    put_indexes(pair, "1")
    mirror = Mirror(pair, tmp_path / "file" / "memo")
    copy = CopyOptions(selection=Instance(ARM))
    assert [verdicts(mirror.run(copy)) for _ in range(2)] == [{"copied": 1}, {"unchanged": 1}]


def test_tags_are_converted_as_one_copy_would(mirror: Mirror) -> None:
    images = put(mirror.pair.source, "app", "1", "2")
    report = mirror.run(CopyOptions(conversion=DOCKER))
    assert verdicts(report) == {"copied": 2}
    for tag, image in images.items():
        document = json.loads(mirror.pair.destination.content("to/app", tag))
        assert document["mediaType"] == DOCKER_MANIFEST
        assert [layer["digest"] for layer in document["layers"]] == [
            str(leaf.descriptor.digest) for leaf in image.leaves[1:]
        ]
    by_name = {image.destination[-1]: image.digest for image in report.images}
    assert by_name["1"] != images["1"].digest


def test_a_layer_that_images_share_is_compressed_and_sent_once(mirror: Mirror) -> None:
    put(mirror.pair.source, "app", "1", "2", "3")
    mirror.run(CopyOptions(conversion=ZSTD))
    reads = mirror.pair.source.asked("GET", f"*/blobs/{BASE.descriptor.digest}")
    assert len(reads) == 1
    first = {
        json.loads(mirror.pair.destination.content("to/app", tag))["layers"][0]["digest"] for tag in "123"
    }
    assert len(first) == 1
    assert str(BASE.descriptor.digest) not in first


def test_what_was_compressed_for_one_repository_is_taken_over_by_the_next(pair: Pair, tmp_path: Path) -> None:
    for repository in ("team/one", "team/two"):
        put(pair.source, repository, "1")
    path = tmp_path / "sync.yaml"
    path.write_text(f"{pair.source.host}:\n  images:\n    team/one: []\n    team/two: []\n")
    report = pair.sync(f"yaml:{path}", options=SyncOptions(copy=CopyOptions(conversion=ZSTD)))
    assert verdicts(report) == {"copied": 2}
    assert len(pair.source.asked("GET", f"*/blobs/{BASE.descriptor.digest}")) == 1
    assert [json.loads(pair.destination.content(f"to/{one}", "1"))["layers"][0] for one in ("one", "two")]


def test_a_conversion_is_looked_at_without_doing_it(mirror: Mirror) -> None:
    put(mirror.pair.source, "app", "1")
    for conversion in (DOCKER, ZSTD):
        report = mirror.run(CopyOptions(conversion=conversion), dry_run=True)
        assert verdicts(report) == {"would-copy": 1}
        assert not [line for line in mirror.asked if line.startswith(("PUT", "POST", "PATCH"))]
    mirror.run(CopyOptions(conversion=DOCKER))
    mirror.memo = None
    assert verdicts(mirror.run(CopyOptions(conversion=DOCKER), dry_run=True)) == {"unchanged": 1}


def test_digests_that_are_to_be_preserved_are(mirror: Mirror) -> None:
    put(mirror.pair.source, "app", "1")
    report = mirror.run(CopyOptions(conversion=DOCKER, preserves_digests=True))
    assert verdicts(report) == {"failed": 1}
    assert "digests are to be preserved" in str(report.failures[0].error)
    put_indexes(mirror.pair, "1")
    report = mirror.run(CopyOptions(selection=Subset((ARM,), rewrite=True), preserves_digests=True))
    assert verdicts(report) == {"failed": 1}
    assert verdicts(mirror.run(CopyOptions(preserves_digests=True))) == {"copied": 1}


def test_what_something_is_attached_to_is_not_changed_where_that_goes_along(mirror: Mirror) -> None:
    image = put(mirror.pair.source, "app", "1")["1"]
    mirror.pair.source.put("app", build_artifact("application/vnd.example.sbom", b"s", subject=image.root))
    copy = CopyOptions(conversion=DOCKER, referrers=True)
    assert verdicts(mirror.run(copy)) == {"failed": 1}
    assert verdicts(mirror.run(CopyOptions(conversion=DOCKER))) == {"copied": 1}


def test_the_images_of_an_index_that_was_written_anew_keep_what_is_attached(mirror: Mirror) -> None:
    put_indexes(mirror.pair, "1")
    index = json.loads(mirror.pair.source.content("app", "1"))
    arm = next(entry for entry in index["manifests"] if entry["platform"]["architecture"] == "arm64")
    subject = build_image([random_layer(900, seed=50)], platform="linux/arm64").root
    assert str(subject.digest) == arm["digest"]
    copy = CopyOptions(selection=Subset((ARM,), rewrite=True), referrers=True)
    assert verdicts(mirror.run(copy)) == {"copied": 1}
    bill = build_artifact("application/vnd.example.sbom", b"later", subject=subject)
    mirror.pair.source.put("app", bill)
    assert verdicts(mirror.run(copy)) == {"copied": 1}
    assert mirror.pair.destination.content("to/app", bill.digest) == bill.raw


def test_an_image_named_by_digest_is_that_one_or_none(pair: Pair) -> None:
    index = build_index(
        {
            "linux/amd64": build_image([BASE]),
            "linux/arm64": build_image([random_layer(9, seed=1)], platform="linux/arm64"),
        }
    )
    pair.source.put("app", index, "1")
    name = f"docker://{{source}}/app@{index.digest}"
    report = pair.sync(name, options=SyncOptions(copy=CopyOptions(selection=Instance(ARM))))
    assert report.count(Verdict.FAILED) == 1
    report = pair.sync(name, options=SyncOptions(copy=CopyOptions(selection=Everything())))
    assert report.count(Verdict.COPIED) == 1
    assert pair.destination.content("to/app", index.digest) == index.raw
