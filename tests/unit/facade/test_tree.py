"""The picture of an image: what is in it, how often, and what is left out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import oci
from oci.errors import LimitExceeded, NotFound
from oci.facade.tree import Kind, State
from oci.settings import Settings
from oci.spec.attachment import cosign_tag
from oci.testing import build_artifact, build_image, build_index, random_layer
from oci.transports.layout.store import LayoutStore

if TYPE_CHECKING:
    from pathlib import Path

    from oci import Branch

CONTEXT = oci.Context(settings=Settings())
SHARED = random_layer(5000, seed=1)
AMD = build_image([SHARED, random_layer(1000, seed=2)])
ARM = build_image([SHARED, random_layer(2000, seed=3)], platform="linux/arm64")
INDEX = build_index({"linux/amd64": AMD, "linux/arm64": ARM})
SBOM = build_artifact("application/spdx+json", b"{}", subject=INDEX.root)
SIGNATURE = build_artifact("application/vnd.example.signature", b"s", subject=SBOM.root)
COSIGN = build_image([random_layer(10, seed=9)])


@pytest.fixture
def name(tmp_path: Path) -> str:
    """Return the name of an index with things attached at three places."""
    INDEX.write_to(tmp_path, "1")
    SBOM.write_to(tmp_path)
    SIGNATURE.write_to(tmp_path)
    COSIGN.write_to(tmp_path, cosign_tag(AMD.digest, "sig"))
    return f"oci:{tmp_path}:1"


def outline(branch: Branch) -> object:
    below = [outline(child) for child in (*branch.children, *branch.attached)]
    return (branch.kind.value, below) if below else branch.kind.value


def test_everything_is_drawn_once_where_it_belongs(name: str) -> None:
    tree = oci.tree(name, context=CONTEXT)
    assert outline(tree.root) == (
        "index",
        [
            ("image", ["config", "layer", "layer", ("artifact", ["config", "layer"])]),
            ("image", ["config", "layer", "layer"]),
            ("artifact", ["config", "blob", ("artifact", ["config", "blob"])]),
        ],
    )
    assert [str(child.platform) for child in tree.root.children] == ["linux/amd64", "linux/arm64"]
    (sbom,) = tree.root.attached
    assert sbom.artifact_type == "application/spdx+json"
    (cosign,) = tree.root.children[0].attached
    assert cosign.names == (cosign_tag(AMD.digest, "sig"),)
    assert cosign.artifact_type == COSIGN.document["layers"][0]["mediaType"]  # type: ignore[index]


def test_what_images_share_is_counted_and_weighs_once(name: str) -> None:
    tree = oci.tree(name, context=CONTEXT)
    assert tree.uses[SHARED.descriptor.digest] == 2
    amd, arm = tree.root.children
    both = amd.size_bytes + arm.size_bytes - SHARED.descriptor.size
    assert tree.root.size_bytes == both + len(INDEX.raw)
    assert amd.size_bytes == AMD.size_bytes


def test_an_image_without_an_index_says_its_platform(tmp_path: Path) -> None:
    ARM.write_to(tmp_path, "1")
    root = oci.tree(f"oci:{tmp_path}:1", context=CONTEXT).root
    assert (root.kind, str(root.platform)) == (Kind.IMAGE, "linux/arm64")


def test_no_more_is_followed_than_was_asked_for(name: str) -> None:
    root = oci.tree(name, depth=1, context=CONTEXT).root
    assert [child.state for child in (*root.children, *root.attached)] == [State.CUT] * 3
    assert oci.tree(name, depth=0, context=CONTEXT).root.state is State.CUT


def test_nobody_looks_for_what_is_attached_unless_asked(name: str) -> None:
    root = oci.tree(name, attached=False, context=CONTEXT).root
    assert root.attached == ()
    assert root.children[0].attached == ()


def test_a_sparse_index_shows_what_is_missing(tmp_path: Path) -> None:
    AMD.write_to(tmp_path)
    LayoutStore.at(tmp_path).publish(INDEX.root, INDEX.raw, ["1"])
    root = oci.tree(f"oci:{tmp_path}:1", context=CONTEXT).root
    assert [child.state for child in root.children] == [State.WHOLE, State.MISSING]
    assert root.size_bytes == AMD.size_bytes + len(INDEX.raw)


def test_a_document_that_is_linked_twice_is_drawn_once(tmp_path: Path) -> None:
    build_index({"linux/amd64": AMD, "linux/386": AMD}).write_to(tmp_path, "1")
    first, second = oci.tree(f"oci:{tmp_path}:1", context=CONTEXT).root.children
    assert (first.state, second.state) == (State.WHOLE, State.REPEATED)
    assert second.children == ()


def test_there_is_an_end_of_it(name: str) -> None:
    tight = oci.Context(settings=Settings(), limits=oci.Limits(graph_nodes=2))
    with pytest.raises(LimitExceeded, match="graph_nodes"):
        oci.tree(name, context=tight)


def test_what_is_not_there_cannot_be_drawn(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        oci.tree(f"oci:{tmp_path}/none:1", context=CONTEXT)
