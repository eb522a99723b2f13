"""Unpacking by name: the directory appears whole, or not at all."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

import oci
from oci.errors import DigestMismatch, Forbidden, InvalidDocument, PlatformMismatch, StorageError
from oci.frozen import replace
from oci.settings import Settings
from oci.settings.policy_file import parse_policy
from oci.transfer.event import Advanced, Discovered, Finished, Outcome, Started
from tests.integration.layers.image import write_layout
from tests.integration.layers.material import file, folder, names, symlink, tar

if TYPE_CHECKING:
    from pathlib import Path

LAYERS = [
    tar(folder("etc"), file("etc/a"), file("etc/b")),
    tar(file("etc/.wh.a"), file("etc/c", b"new"), symlink("link", "etc/c")),
]


@pytest.fixture
def image(tmp_path: Path) -> str:
    write_layout(tmp_path / "layout", LAYERS, compress=gzip.compress)
    return f"oci:{tmp_path}/layout:v1"


def context(**changes: object) -> oci.Context:
    return oci.Context(settings=replace(Settings(), **changes))


def test_layers_lie_one_on_the_other(tmp_path: Path, image: str) -> None:
    told: list[object] = []
    unpacked = oci.unpack(image, tmp_path / "t", listener=told.append, context=context())
    assert names(tmp_path / "t") == ["etc", "link", "etc/b", "etc/c"]
    assert (tmp_path / "t").stat().st_mode & 0o777 == 0o755
    assert unpacked.digest == oci.resolve(image, context=context()).digest
    assert (unpacked.entries, unpacked.file_bytes, unpacked.omissions) == (6, 17, ())
    assert [type(event) for event in told][:2] == [Discovered, Discovered]
    finished = [event for event in told if isinstance(event, Finished)]
    assert [event.outcome for event in finished] == [Outcome.UNPACKED] * 2
    for event in finished:
        # What is told of a layer adds up to it, between its beginning and its end.
        mine = [each for each in told[2:] if getattr(each, "descriptor", None) == event.descriptor]
        assert [type(each) for each in mine] == [Started, *[Advanced] * (len(mine) - 2), Finished]
        assert sum(each.count for each in mine if isinstance(each, Advanced)) == event.descriptor.size


def test_an_empty_directory_is_taken_and_another_one_is_left_alone(tmp_path: Path, image: str) -> None:
    (tmp_path / "t").mkdir()
    oci.unpack(image, tmp_path / "t", context=context())
    with pytest.raises(StorageError, match="not empty"):
        oci.unpack(image, tmp_path / "t", context=context())
    assert len(names(tmp_path / "t")) == 4


@pytest.mark.parametrize(
    ("layers", "diff_ids", "error"),
    [
        ([*LAYERS, tar(file("../x"))], None, InvalidDocument),
        (LAYERS, ["sha256:" + "0" * 64] * 2, DigestMismatch),
        (LAYERS, ["sha256:" + "0" * 64], InvalidDocument),
    ],
)
def test_what_fails_leaves_nothing_behind(
    tmp_path: Path, layers: list[bytes], diff_ids: list[str] | None, error: type[Exception]
) -> None:
    write_layout(tmp_path / "layout", layers, diff_ids=diff_ids)
    with pytest.raises(error):
        oci.unpack(f"oci:{tmp_path}/layout:v1", tmp_path / "t", context=context())
    assert [each.name for each in tmp_path.iterdir()] == ["layout"]


def test_a_platform_that_the_image_is_not_for_is_refused(tmp_path: Path, image: str) -> None:
    with pytest.raises(PlatformMismatch):
        oci.unpack(image, tmp_path / "t", platform=oci.Platform("linux", "arm64"), context=context())
    assert not (tmp_path / "t").exists()


def test_the_policy_is_asked_first(tmp_path: Path, image: str) -> None:
    raw = json.dumps({"default": [{"type": "reject"}]}).encode()
    policy = parse_policy(raw, path="policy.json")
    with pytest.raises(Forbidden):
        oci.unpack(image, tmp_path / "t", context=context(policy=policy))
    assert [each.name for each in tmp_path.iterdir()] == ["layout"]


def test_a_directory_whose_parent_is_not_there(tmp_path: Path, image: str) -> None:
    with pytest.raises(StorageError, match="No such file"):
        oci.unpack(image, tmp_path / "none/t", context=context())
