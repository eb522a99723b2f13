"""A copy between every ordered pair of transports keeps what both declare to keep: here, everything.

By names as people write them, through the façade and the table. Engines keep less, and have tests of their
own.
"""

from __future__ import annotations

from itertools import pairwise, product
from typing import TYPE_CHECKING

import pytest

import oci
from oci.content import walk
from oci.settings import Settings
from oci.settings.security import Security
from oci.testing import ScriptedRegistry, build_artifact, build_image, build_index, layer, random_layer
from oci.transports.name import ImageName
from oci.transports.session import Session
from oci.transports.table import open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from oci.content import Source
    from oci.testing import Content

SETTINGS = Settings(security=Security.PLAIN)
CONTEXT = oci.Context(settings=SETTINGS)

KEPT = {"org.example": "kept"}
IMAGE = build_image([layer({"etc/a": b"1"}), random_layer(70_000, seed=1)], annotations=KEPT)
ARM = build_image([layer({"etc/a": b"2"}, compression="zstd")], platform="linux/arm64")
DOCKER = build_image([layer({"etc/a": b"3"})], docker=True)
INDEX = build_index({"linux/amd64": IMAGE, "linux/arm64": ARM}, annotations=KEPT)
SHA512 = build_image([layer({"etc/a": b"4"}, algorithm="sha512")], algorithm="sha512")
SBOM = build_artifact("application/vnd.example.sbom", b"{}", subject=INDEX.root)

CONTENTS = {"image": IMAGE, "zstd": ARM, "docker": DOCKER, "index": INDEX, "sha512": SHA512}
KINDS = ("registry", "oci", "oci-archive", "docker-archive", "dir")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedRegistry]:
    with ScriptedRegistry(tmp_path_factory.mktemp("registry")) as running:
        yield running


@pytest.fixture
def place(tmp_path: Path, registry: ScriptedRegistry) -> Callable[[str, str], str]:
    def place(kind: str, folder: str) -> str:
        """Return a name for an image in a place of a kind that nobody has used."""
        path = tmp_path / folder
        path.mkdir(exist_ok=True)
        match kind:
            case "registry":
                return f"docker://{registry.host}/{tmp_path.name.replace('_', '-').lower()}/{folder}:1"
            case "dir":
                return f"dir:{path / 'image'}"
            case "docker-archive":
                return f"docker-archive:{path / 'image'}:registry.example/app:1"
        return f"{kind}:{path / 'image'}:1"

    return place


def store(folder: Path, name: str, content: Content, *attached: Content) -> None:
    """Put an image into a place, by way of a layout."""
    for one in (content, *attached):
        one.write_to(folder / "layout", *(["1"] if one is content else []))
    options = oci.CopyOptions(referrers=bool(attached))
    oci.copy(f"oci:{folder}/layout:1", name, options=options, context=CONTEXT)


def assert_there(name: str, content: Content, *attached: Content) -> None:
    """Everything is there, byte for byte, under the name."""
    image = ImageName.parse(name)
    session = Session(settings=SETTINGS)
    source: Source = open_source(image, session)
    try:
        root = source.open(image.name)
        assert root.content == content.raw
        assert root.descriptor == content.root
        for each in (content, *attached):
            for document in each.documents:
                assert source.document(document.root) == document.raw
            for node in walk(source, source.open(each.digest)):
                if node.content is None:
                    with source.fetch(node.descriptor) as reader:
                        found = reader.read(limit=node.descriptor.size)
                    assert found == each.blobs[node.descriptor.digest]
    finally:
        source.close()
        session.shared.close()


@pytest.mark.parametrize(("origin", "goal"), list(product(KINDS, KINDS)))
class TestPair:
    @pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
    def test_an_image_arrives_byte_for_byte(
        self, origin: str, goal: str, content: Content, place: Callable[[str, str], str], tmp_path: Path
    ) -> None:
        source, target = place(origin, "from"), place(goal, "to")
        store(tmp_path, source, content)
        result = oci.copy(source, target, context=CONTEXT)
        assert result.root == content.root
        assert_there(target, content)

    def test_what_is_attached_comes_along(
        self, origin: str, goal: str, place: Callable[[str, str], str], tmp_path: Path
    ) -> None:
        source, target = place(origin, "from"), place(goal, "to")
        store(tmp_path, source, INDEX, SBOM)
        options = oci.CopyOptions(referrers=True)
        oci.copy(source, target, options=options, context=CONTEXT)
        assert_there(target, INDEX, SBOM)


def test_an_image_that_goes_round_comes_back(place: Callable[[str, str], str], tmp_path: Path) -> None:
    names = [place(kind, f"round-{number}") for number, kind in enumerate((*KINDS, "oci"))]
    store(tmp_path, names[0], INDEX)
    for source, target in pairwise(names):
        oci.copy(source, target, context=CONTEXT)
    assert_there(names[-1], INDEX)
