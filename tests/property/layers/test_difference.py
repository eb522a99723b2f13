"""A difference leads from one tree to the other, for us and for GNU tar; equal trees make equal layers."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from oci.layers import LayerLimits, Ownership, apply_layer
from oci.layers.form import Overlay
from oci.layers.tree import Tree
from tests.integration.layers.conftest import root
from tests.integration.layers.difference import diff, diff_of_upper
from tests.integration.layers.material import apply, listing, tar
from tests.integration.layers.material import folder as folder_member
from tests.property.layers.trees import layers

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.layers.material import Member

__all__ = ["root"]


def like_root_of(tree: Path, folder: Path) -> Path:
    """Make a directory that is what a tree's root is: no layer has to say so then."""
    folder.mkdir()
    status = tree.stat()
    os.utime(folder, ns=(status.st_atime_ns, status.st_mtime_ns))
    return folder


@pytest.mark.usefixtures("root")
@settings(max_examples=25)
@given(first=layers(), second=layers(whiteouts=True))
def test_applied_to_one_tree_it_makes_the_other(first: list[Member], second: list[Member]) -> None:
    lower, upper = tar(*first), tar(*second)
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder, "before"), Path(folder, "after")
        apply(before, lower)
        apply(after, lower, upper)
        ours = like_root_of(before, Path(folder, "ours"))
        apply(ours, lower, diff(before, after))
        assert listing(ours) == listing(after)


@pytest.mark.usefixtures("root")
@settings(max_examples=25)
@given(first=layers(), second=layers())
def test_trees_that_have_nothing_to_do_with_each_other(first: list[Member], second: list[Member]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder, "before"), Path(folder, "after")
        apply(before, tar(*first))
        apply(after, tar(*second))
        ours = like_root_of(before, Path(folder, "ours"))
        apply(ours, tar(*first), diff(before, after))
        assert listing(ours) == listing(after)
        assert len(diff(before, before)) == 1024


@pytest.mark.usefixtures("root")
@settings(max_examples=25)
@given(members=layers())
def test_gnu_tar_makes_the_tree_of_it(members: list[Member], tool: Callable[[str], Path]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tree, theirs, again = (Path(folder, name) for name in ("tree", "theirs", "again"))
        apply(tree, tar(*members))
        raw = diff(None, tree)
        theirs.mkdir()
        options = ["-xpf", "-", "--numeric-owner", "--same-owner", "--delay-directory-restore"]
        subprocess.run([tool("tar"), *options, "-C", theirs], input=raw, check=True)
        assert listing(theirs) == listing(tree)
        apply(again, raw)
        assert diff(None, again) == raw


def described(members: list[Member]) -> list[Member]:
    """Add the directories that are made opaque: an upper directory has them, with modes and times."""
    found: list[Member] = []
    for info, content in members:
        if info.name.endswith("/.wh..wh..opq"):
            found.append(folder_member(info.name.removesuffix("/.wh..wh..opq")))
        found.append((info, content))
    return found


@pytest.mark.usefixtures("root")
@settings(max_examples=25)
@given(first=layers(), second=layers(whiteouts=True))
def test_an_upper_directory_says_what_its_layer_said(first: list[Member], second: list[Member]) -> None:
    lower, raw = tar(*first), tar(*described(second))
    with tempfile.TemporaryDirectory() as folder:
        upper, ours, other = (Path(folder, name) for name in ("upper", "ours", "other"))
        upper.mkdir()
        descriptor = os.open(upper, os.O_RDONLY)
        with Tree(descriptor) as tree:
            apply_layer(
                iter([raw]), tree, Overlay(tree), ownership=Ownership(), limits=LayerLimits(), where="layer"
            )
        os.close(descriptor)
        apply(ours, lower, diff_of_upper(upper))
        apply(other, lower, raw)
        found, expected = listing(ours), listing(other)
        del found["."], expected["."]
        assert found == expected
