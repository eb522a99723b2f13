from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oci.errors import InvalidReference, NotFound
from oci.registry.error import ApiError
from oci.registry.tree import RepositoryTree
from oci.spec import Digest
from oci.testing import build_image, layer

if TYPE_CHECKING:
    from pathlib import Path

IMAGE = build_image([layer({"a": b"1"})])


def test_repositories_may_lie_beneath_each_other(tmp_path: Path) -> None:
    tree = RepositoryTree(tmp_path / "registry")
    assert list(tree.names()) == []
    for name in ("a/b", "a", "a/b/c", "z"):
        tree.create(name)
    assert list(tree.names()) == ["a", "a/b", "a/b/c", "z"]
    assert tree.open("a/b") is tree.create("a/b")


def test_names_are_found_without_looking_into_layouts(tmp_path: Path) -> None:
    IMAGE.write_to(tmp_path / "a", "v1")
    (tmp_path / ".ocitool" / "x").mkdir(parents=True)
    (tmp_path / ".ocitool" / "x" / "oci-layout").touch()
    (tmp_path / "Upper").mkdir()
    (tmp_path / "Upper" / "oci-layout").touch()
    assert list(RepositoryTree(tmp_path).names()) == ["a"]


def test_what_is_not_there_is_not_made_by_looking(tmp_path: Path) -> None:
    tree = RepositoryTree(tmp_path)
    with pytest.raises(NotFound):
        tree.open("a")
    assert list(tmp_path.iterdir()) == []


def test_a_layout_is_a_single_repository(tmp_path: Path) -> None:
    folder = tmp_path / "app"
    IMAGE.write_to(folder, "v1")
    tree = RepositoryTree(folder)
    assert tree.single_name == "app"
    assert list(tree.names()) == ["app"]
    assert tree.open("app").resolve("v1") == IMAGE.root
    with pytest.raises(NotFound):
        tree.open("other")
    with pytest.raises(ApiError) as caught:
        tree.create("other")
    assert caught.value.status == 404
    assert list(RepositoryTree(folder, single_name="x/y").names()) == ["x/y"]


def test_a_layout_needs_a_name_that_can_be_asked_for(tmp_path: Path) -> None:
    IMAGE.write_to(tmp_path / "My App", "v1")
    with pytest.raises(InvalidReference):
        RepositoryTree(tmp_path / "My App")
    assert RepositoryTree(tmp_path / "My App", single_name="my-app").single_name == "my-app"


def test_a_blob_is_found_wherever_it_is(tmp_path: Path) -> None:
    IMAGE.write_to(tmp_path / "x" / "y")
    tree = RepositoryTree(tmp_path)
    tree.create("a")
    found = tree.find_blob(IMAGE.digest)
    assert found is not None
    assert found.directory == tmp_path / "x" / "y"
    assert tree.find_blob(Digest.of(b"absent")) is None
