"""Layers are brought into seekable forms on their way, and built in them; the file system stays the same."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

import oci
from oci.compression import Compression, SeekableForm
from oci.errors import CopyError, Unsupported
from oci.frozen import replace
from oci.transfer import Conversion, Format, LayerForm
from tests.integration.images.material import config_of, context
from tests.integration.layers.image import write_layout
from tests.integration.layers.material import file, folder, hard_link, listing, member, tar

if TYPE_CHECKING:
    from pathlib import Path

LAYERS = [
    tar(folder("etc"), file("etc/a", b"a" * 9000), hard_link("etc/b", "etc/a"), file("gone")),
    tar(member(".wh.gone"), file("etc/c", bytes(5_000_000))),
]


@pytest.fixture
def image(tmp_path: Path) -> str:
    write_layout(tmp_path / "layout", LAYERS, compress=gzip.compress)
    return f"oci:{tmp_path}/layout:v1"


def form_of(seekable: SeekableForm) -> LayerForm:
    return LayerForm(compression=seekable.compression, seekable=seekable)


def convert(source: str, target: str, form: LayerForm) -> oci.CopyResult:
    options = oci.CopyOptions(conversion=Conversion(layers=form))
    return oci.copy(source, target, options=options, context=context())


def tree(image: str, target: Path) -> dict[str, tuple[object, ...]]:
    oci.unpack(image, target, context=context())
    found = listing(target)
    del found["."]
    return {name: entry for name, entry in found.items() if name != "stargz.index.json"}


@pytest.mark.parametrize("seekable", list(SeekableForm))
def test_an_image_becomes_seekable(tmp_path: Path, image: str, seekable: SeekableForm) -> None:
    new = f"oci:{tmp_path}/new:v1"
    result = convert(image, new, form_of(seekable))
    layers = oci.inspect(new, context=context()).layers
    assert [SeekableForm.of(layer.annotations) for layer in layers] == [seekable] * 2
    assert {layer.media_type.rpartition("+")[2] for layer in layers} == {seekable.compression.value}
    before, after = config_of(image), config_of(new)
    assert (before["rootfs"] != after["rootfs"]) == seekable.changes_diff_ids
    assert {**before, "rootfs": None} == {**after, "rootfs": None}
    assert tree(new, tmp_path / "new-root") == tree(image, tmp_path / "old-root")
    # Nothing is left over, and nothing is done twice.
    assert len(list((tmp_path / "new/blobs/sha256").iterdir())) == 4
    again = convert(new, f"oci:{tmp_path}/again:v1", form_of(seekable))
    assert (again.root, again.changes) == (result.root, ())


def test_from_one_form_to_the_other_and_back(tmp_path: Path, image: str) -> None:
    estargz, chunked, plain = (f"oci:{tmp_path}/{name}:v1" for name in ("estargz", "chunked", "plain"))
    convert(image, estargz, form_of(SeekableForm.ESTARGZ))
    convert(estargz, chunked, form_of(SeekableForm.ZSTD_CHUNKED))
    convert(chunked, plain, LayerForm(compression=Compression.GZIP))
    layers = oci.inspect(plain, context=context()).layers
    assert [layer.annotations for layer in layers] == [{}, {}]
    assert tree(plain, tmp_path / "plain-root") == tree(image, tmp_path / "old-root")


def test_two_images_with_one_configuration_of_which_one_is_seekable_already(
    tmp_path: Path, image: str
) -> None:
    new = f"oci:{tmp_path}/layout:new"
    convert(image, new, form_of(SeekableForm.ESTARGZ))
    links = [oci.resolve(name, context=context()) for name in (image, new)]
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": []}
    index["manifests"] = [
        {**link.bare().to_json(), "platform": {"os": "linux", "architecture": arch}}
        for link, arch in zip(links, ("amd64", "arm64"), strict=True)
    ]
    raw = json.dumps(index).encode()
    root = oci.Descriptor.of(raw, str(index["mediaType"]))
    (tmp_path / "layout/blobs/sha256" / root.digest.encoded).write_bytes(raw)
    options = oci.CopyOptions(conversion=Conversion(layers=form_of(SeekableForm.ESTARGZ)))
    result = oci.copy(
        f"oci:{tmp_path}/layout@{root.digest}", f"oci:{tmp_path}/both:v1", options=options, context=context()
    )
    assert len(result.changes) >= 2
    for architecture in ("amd64", "arm64"):
        platform = oci.Platform("linux", architecture)
        wished = replace(context(), settings=replace(context().settings, platform=platform))
        oci.unpack(f"oci:{tmp_path}/both:v1", tmp_path / architecture, context=wished)
        assert (tmp_path / architecture / "etc/c").stat().st_size == 5_000_000


@pytest.mark.parametrize("seekable", list(SeekableForm))
def test_an_image_is_built_seekable(tmp_path: Path, seekable: SeekableForm) -> None:
    with oci.build(form=form_of(seekable), context=context()) as image:
        image.add_files({"a": b"content", "b/c": bytes(100_000)})
        image.push(f"oci:{tmp_path}/layout:v1")
    assert sorted(tree(f"oci:{tmp_path}/layout:v1", tmp_path / "root")) == ["a", "b", "b/c"]
    layers = oci.inspect(f"oci:{tmp_path}/layout:v1", context=context()).layers
    assert SeekableForm.of(layers[0].annotations) is seekable


def test_what_contradicts_itself() -> None:
    with pytest.raises(Unsupported, match="v2s2"):
        Conversion(format=Format.DOCKER, layers=form_of(SeekableForm.ESTARGZ))
    with pytest.raises(Unsupported, match="estargz is gzip"):
        LayerForm(compression=Compression.ZSTD, seekable=SeekableForm.ESTARGZ)


def test_what_no_table_describes_is_refused(tmp_path: Path) -> None:
    write_layout(tmp_path / "layout", [tar(file("bad\udcff"))])
    with pytest.raises(CopyError, match="cannot describe"):
        convert(f"oci:{tmp_path}/layout:v1", f"oci:{tmp_path}/new:v1", form_of(SeekableForm.ESTARGZ))
