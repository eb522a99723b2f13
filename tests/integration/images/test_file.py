"""Files of images that were never unpacked are what they are once they are."""

from __future__ import annotations

import gzip
import hashlib
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

import oci
from oci.compression import SeekableForm
from oci.errors import DigestMismatch, InvalidDocument, InvalidValue, NotFound
from oci.frozen import replace
from oci.layers.seekable import read_table
from oci.settings import Security, Settings
from oci.tar import Kind
from oci.transfer import Conversion, LayerForm
from tests.integration.images.material import context
from tests.integration.layers.image import write_layout
from tests.integration.layers.material import file, folder, hard_link, member, symlink, tar
from tests.integration.tap import Tap
from tests.peers.server import ocitool_serve

if TYPE_CHECKING:
    from pathlib import Path

LAYERS = [
    tar(
        folder("etc", mode=0o711),
        file("etc/old", b"old"),
        file("etc/gone", b"gone"),
        file("etc/replaced", b"before"),
        folder("emptied"),
        file("emptied/lower"),
        file("hidden/below"),
        symlink("abs", "/etc"),
    ),
    tar(
        file("etc/.wh.gone"),
        file("etc/replaced", b"after"),
        hard_link("etc/link", "etc/old"),
        file("emptied/.wh..wh..opq"),
        file("emptied/upper", b"upper"),
        file(".wh.hidden"),
        symlink("up", "../../abs/./../etc/replaced"),
        symlink("loop", "loop"),
        file("large", bytes(range(256)) * 20_000),
    ),
]


def write(tmp_path: Path, form: SeekableForm | None, layers: list[bytes] = LAYERS) -> str:
    write_layout(tmp_path / "layout", layers, compress=gzip.compress)
    image = f"oci:{tmp_path}/layout:v1"
    if form is None:
        return image
    options = oci.CopyOptions(
        conversion=Conversion(layers=LayerForm(compression=form.compression, seekable=form))
    )
    oci.copy(image, f"oci:{tmp_path}/seekable:v1", options=options, context=context())
    return f"oci:{tmp_path}/seekable:v1"


def content(image: str, path: str, *, allows_unverified: bool = False) -> tuple[bytes, bool]:
    with oci.open_file(image, path, allows_unverified=allows_unverified, context=context()) as found:
        return b"".join(found.content()), found.is_verified


@pytest.fixture(params=[None, *SeekableForm], ids=str)
def image(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    return write(tmp_path, request.param)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("etc/replaced", b"after"),
        ("/etc/./old", b"old"),
        ("/etc/../etc//old", b"old"),
        ("etc/link", b"old"),
        ("abs/replaced", b"after"),
        ("up", b"after"),
        ("emptied/upper", b"upper"),
        ("large", bytes(range(256)) * 20_000),
    ],
)
def test_what_a_container_would_read(image: str, path: str, expected: bytes) -> None:
    assert content(image, path) == (expected, True)


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("etc/gone", NotFound),
        ("hidden/below", NotFound),
        ("emptied/lower", NotFound),
        ("etc/old/deeper", NotFound),
        ("none", NotFound),
        ("loop", InvalidDocument),
        ("etc", InvalidValue),
    ],
)
def test_what_it_would_not(image: str, path: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        content(image, path)


def test_directories(image: str) -> None:
    found = oci.list_files(image, context=context())
    assert list(found.entries) == ["abs", "emptied", "etc", "large", "loop", "up"]
    assert found.entries["etc"].mode == 0o711
    assert found.is_verified
    found = oci.list_files(image, "abs", context=context())
    assert (found.path, list(found.entries)) == ("etc", ["link", "old", "replaced"])
    assert list(oci.list_files(image, "emptied", context=context()).entries) == ["upper"]
    found = oci.list_files(image, "etc/old", context=context())
    assert (list(found.entries), found.entries["old"].size) == (["old"], 3)


def test_a_layer_that_lies_is_refused_unless_nobody_cares(tmp_path: Path) -> None:
    write_layout(tmp_path / "layout", [tar(file("a", b"a"), file("b"))], diff_ids=["sha256:" + "0" * 64])
    image = f"oci:{tmp_path}/layout:v1"
    with pytest.raises(DigestMismatch):
        content(image, "a")
    assert content(image, "a", allows_unverified=True) == (b"a", False)
    # What is not there takes the whole layer to know.
    with pytest.raises(DigestMismatch):
        content(image, "c", allows_unverified=True)


@pytest.mark.parametrize("form", list(SeekableForm))
def test_a_chunk_that_lies_is_refused(tmp_path: Path, form: SeekableForm) -> None:
    image = write(tmp_path, form)
    layer = oci.inspect(image, context=context()).layers[1]
    blob = tmp_path / "seekable/blobs/sha256" / layer.digest.encoded
    raw = bytearray(blob.read_bytes())
    table = read_table(layer, lambda offset, size: bytes(raw[offset : offset + size]), where="layer")
    assert table is not None
    chunk = next(each for each in table.entries if each.header.name == "large").chunks[1]
    for at in range(chunk.offset + 20, chunk.offset + 40):
        raw[at] ^= 0xFF
    blob.write_bytes(raw)
    assert content(image, "etc/replaced") == (b"after", True)
    with pytest.raises((DigestMismatch, InvalidDocument)):
        content(image, "large")


def noise(number: int, size: int) -> bytes:
    """Make bytes that no compression makes smaller, the same ones every time."""
    return b"".join(hashlib.sha512(f"{number} {block}".encode()).digest() for block in range(size // 64))


def test_little_is_read_of_a_large_layer(tmp_path: Path) -> None:
    raw = tar(*(file(f"dir{number % 40}/file{number}", noise(number, 8192)) for number in range(2000)))
    write_layout(tmp_path / "registry/app", [raw])
    options = oci.CopyOptions(
        conversion=Conversion(
            layers=LayerForm(compression=SeekableForm.ESTARGZ.compression, seekable=SeekableForm.ESTARGZ)
        )
    )
    oci.copy(
        f"oci:{tmp_path}/registry/app:v1",
        f"oci:{tmp_path}/registry/new:v1",
        options=options,
        context=context(),
    )
    with ocitool_serve(tmp_path / "registry") as server, Tap(server.address) as tap:
        image = f"docker://{tap.host}/new:v1"
        settings = replace(Settings(), security=Security.PLAIN)
        with oci.open_file(image, "dir7/file1007", context=oci.Context(settings=settings)) as found:
            assert b"".join(found.content()) == noise(1007, 8192)
            assert found.is_verified
        layer = oci.inspect(image, context=oci.Context(settings=settings)).layers[0]
    assert layer.size > 16 * 1000**2
    assert tap.received < 400_000


NAMES = st.sampled_from(["a", "b", "c"])
PLACES = st.lists(NAMES, min_size=1, max_size=3).map("/".join)


@st.composite
def entries(draw: st.DrawFn) -> list[tuple[str, str]]:
    taken: dict[str, str] = {}
    for path in draw(st.lists(PLACES, max_size=6, unique=True)):
        if not any(path.startswith(f"{each}/") or each.startswith(f"{path}/") for each in taken):
            taken[path] = draw(st.sampled_from("ffdwo"))
    return list(taken.items())


def layer_of(entries: list[tuple[str, str]], number: int) -> bytes:
    members = []
    for path, kind in entries:
        above, slash, name = path.rpartition("/")
        if kind == "f":
            members.append(file(path, f"{number} {path}".encode()))
        elif kind == "w":
            members.append(member(f"{above}{slash}.wh.{name}"))
        else:
            members += [folder(path), *([member(f"{path}/.wh..wh..opq")] if kind == "o" else [])]
    return tar(*members)


@settings(max_examples=25)
@given(drawn=st.lists(entries(), min_size=1, max_size=3))
def test_the_same_as_unpacked(
    drawn: list[list[tuple[str, str]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("union")
    image = write(folder, None, [layer_of(each, number) for number, each in enumerate(drawn)])
    try:
        oci.unpack(image, folder / "root", context=context())
    except InvalidDocument:  # a file above another one
        reject()
    for above, directories, files in os.walk(folder / "root"):
        path = os.path.relpath(above, folder / "root")
        found = oci.list_files(image, path, context=context()).entries
        assert sorted(found) == sorted(directories + files)
        for name in files:
            assert found[name].kind is Kind.FILE
            assert content(image, f"{path}/{name}")[0] == (folder / "root" / path / name).read_bytes()
