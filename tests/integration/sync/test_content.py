"""What moves, how often, and what is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oci.spec import Platform
from oci.testing import build_artifact, build_image, build_index, fault, random_layer
from oci.transfer import CopyOptions, Instance, Subset
from oci.transfer.sync import SyncOptions
from tests.integration.sync.conftest import BASE, put, verdicts

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.sync.conftest import Pair

YAML = """
{source}:
  images:
    team/one: []
    team/two: []
    team/three: []
"""


def file(pair: Pair, tmp_path: Path, text: str = YAML) -> str:
    path = tmp_path / "sync.yaml"
    path.write_text(text.format(source=pair.source.host))
    return f"yaml:{path}"


def test_what_images_share_moves_once_for_all_repositories(pair: Pair, tmp_path: Path) -> None:
    for repository in ("team/one", "team/two", "team/three"):
        put(pair.source, repository, "1", "2", "3", "4")
    report = pair.sync(file(pair, tmp_path))
    assert verdicts(report) == {"copied": 12}
    reads = pair.source.asked("GET", f"*/blobs/{BASE.descriptor.digest}")
    assert len(reads) == 1
    asked = pair.destination.asked("POST", "*/uploads/")
    own = [e for e in asked if e.query.get("mount") == str(BASE.descriptor.digest)]
    # One claim in the repository that had it first, and one mount for each of the other two.
    assert len(own) == 3
    for repository in ("one", "two", "three"):
        assert pair.destination.has_blob(f"to/{repository}", BASE.descriptor.digest)


def test_a_second_run_asks_one_head_for_each_tag_and_side(pair: Pair) -> None:
    put(pair.source, "app", "1", "2", "3")
    pair.sync()
    before = [len(side.asked("*", "*")) for side in (pair.source, pair.destination)]
    assert verdicts(pair.sync()) == {"unchanged": 3}
    for side, count in zip((pair.source, pair.destination), before, strict=True):
        asked = [f"{e.method} {e.path.rpartition('/')[2]}" for e in side.asked("*", "*")[count:]]
        assert sorted(asked) == ["GET list", "HEAD 1", "HEAD 2", "HEAD 3"]


def test_a_tag_that_moved_is_moved_along(pair: Pair) -> None:
    put(pair.source, "app", "1", "2")
    pair.sync()
    changed = build_image([BASE, random_layer(700, seed=77)])
    pair.source.put("app", changed, "2")
    report = pair.sync()
    assert verdicts(report) == {"copied": 1, "unchanged": 1}
    assert pair.destination.content("to/app", "2") == changed.raw
    base = BASE.descriptor.digest
    assert report.sent_bytes == sum(b.descriptor.size for b in changed.leaves if b.descriptor.digest != base)


def test_two_tags_of_one_image(pair: Pair) -> None:
    image = build_image([BASE])
    pair.source.put("app", image, "1", "1.0", "latest")
    assert verdicts(pair.sync()) == {"copied": 3}
    assert [pair.destination.content("to/app", tag) for tag in ("1", "1.0", "latest")] == [image.raw] * 3
    assert len(pair.source.asked("GET", "*/blobs/*")) == 2


def test_one_platform_of_each_index_and_nothing_again(pair: Pair) -> None:
    amd, arm = build_image([BASE]), build_image([random_layer(900, seed=5)], platform="linux/arm64")
    pair.source.put("app", build_index({"linux/amd64": amd, "linux/arm64": arm}), "1")
    copy = CopyOptions(selection=Instance(Platform("linux", "arm64")))
    assert verdicts(pair.sync(options=SyncOptions(copy=copy))) == {"copied": 1}
    assert pair.destination.content("to/app", "1") == arm.raw
    assert verdicts(pair.sync(options=SyncOptions(copy=copy))) == {"unchanged": 1}
    both = (Platform("linux", "arm64"), Platform("linux", "amd64"))
    options = SyncOptions(copy=CopyOptions(selection=Subset(both, rewrite=True)))
    assert verdicts(pair.sync(options=options)) == {"copied": 1}


def test_what_is_attached_goes_along_and_is_looked_for_again(pair: Pair) -> None:
    image = put(pair.source, "app", "1")["1"]
    options = SyncOptions(copy=CopyOptions(referrers=True))
    first = build_artifact("application/vnd.example.sbom", b"first", subject=image.root)
    pair.source.put("app", first)
    assert verdicts(pair.sync(options=options)) == {"copied": 1}
    assert pair.destination.content("to/app", first.digest) == first.raw
    assert verdicts(pair.sync(options=options)) == {"unchanged": 1}
    second = build_artifact("application/vnd.example.signature", b"second", subject=first.root)
    pair.source.put("app", second)
    assert verdicts(pair.sync(options=options)) == {"copied": 1}
    assert pair.destination.content("to/app", second.digest) == second.raw
    signature = build_artifact("application/vnd.example.old", b"cosign")
    pair.source.put("app", signature, f"{str(image.digest).replace(':', '-')}.sig")
    report = pair.sync(options=options, tags=("1",))
    assert verdicts(report) == {"copied": 1}


def test_equal_tags_are_not_trusted_where_content_is_to_be_checked(pair: Pair) -> None:
    image = put(pair.source, "app", "1")["1"]
    pair.sync()
    layer = image.leaves[-1].descriptor
    blob = next(pair.destination.folder.glob(f"to/app/blobs/sha256/{layer.digest.encoded}"))
    blob.unlink()
    assert verdicts(pair.sync()) == {"unchanged": 1}
    assert verdicts(pair.sync(options=SyncOptions(trusts_tags=False))) == {"copied": 1}
    assert pair.destination.has_blob("to/app", layer.digest)


def test_a_whole_registry(pair: Pair) -> None:
    put(pair.source, "team/app", "1")
    put(pair.source, "team/sub/app", "1")
    put(pair.source, "other/app", "1")
    report = pair.sync("registry:{source}/team", repositories=("app$",))
    assert verdicts(report) == {"copied": 2}
    assert sorted(
        str(p.relative_to(pair.destination.folder)) for p in pair.destination.folder.glob("**/index.json")
    ) == [
        "to/app/index.json",
        "to/sub/app/index.json",
    ]


def test_a_layout_with_several_images(pair: Pair, tmp_path: Path) -> None:
    images = {
        name: build_image([BASE, random_layer(300, seed=n)]) for n, name in enumerate(("1.0", "tool:2"))
    }
    for name, image in images.items():
        image.write_to(tmp_path / "shop", name)
    assert verdicts(pair.sync(f"oci:{tmp_path}/shop")) == {"copied": 2}
    assert pair.destination.content("to/shop", "1.0") == images["1.0"].raw
    assert pair.destination.content("to/tool", "2") == images["tool:2"].raw


def test_to_a_layout_and_from_directories(pair: Pair, tmp_path: Path) -> None:
    images = put(pair.source, "team/app", "1", "2")
    name = "docker://{source}/team/app"
    assert verdicts(pair.sync(name, f"oci:{tmp_path}/layout")) == {"copied": 2}
    assert verdicts(pair.sync(name, f"oci:{tmp_path}/layout")) == {"unchanged": 2}
    assert verdicts(pair.sync(name, f"dir:{tmp_path}/usb")) == {"copied": 2}
    assert verdicts(pair.sync(name, f"dir:{tmp_path}/usb")) == {"unchanged": 2}
    assert verdicts(pair.sync(f"dir:{tmp_path}/usb")) == {"copied": 2}
    assert {tag: pair.destination.content("to/app", tag) for tag in images} == {
        tag: image.raw for tag, image in images.items()
    }


def test_a_digest_in_a_file(pair: Pair, tmp_path: Path) -> None:
    image = put(pair.source, "team/one", "1")["1"]
    text = "{source}:\n  images:\n    team/one:\n      - " + str(image.digest)
    assert verdicts(pair.sync(file(pair, tmp_path, text))) == {"copied": 1}
    assert pair.destination.content("to/one", image.digest) == image.raw


def test_a_registry_that_mounts_nothing_is_sent_everything_once(pair: Pair, tmp_path: Path) -> None:
    for repository in ("team/one", "team/two", "team/three"):
        put(pair.source, repository, "1", "2")
    pair.destination.script(
        fault.answer(405), method="POST", path="*/uploads/", when=lambda r: "mount" in r.query
    )
    assert verdicts(pair.sync(file(pair, tmp_path))) == {"copied": 6}
