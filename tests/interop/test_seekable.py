"""eStargz and zstd:chunked, against the libraries that they come from: theirs is read, ours is verified."""

from __future__ import annotations

import hashlib
import subprocess
from typing import TYPE_CHECKING

import pytest

import oci
from oci.compression import SeekableForm
from oci.frozen import replace
from oci.layers.seekable import read_table, writer_of
from oci.spec import Descriptor
from oci.tar import Kind, TarLimits
from oci.transfer import Conversion, LayerForm
from tests.integration.images.material import context
from tests.integration.layers.image import write_layout
from tests.integration.layers.material import file, folder, hard_link, member, symlink, tar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LARGE = bytes(range(256)) * 40_000
RAW = tar(
    folder("etc"),
    member("etc/file", content=b"content", owner=(7, 8), mode=0o755),
    file("etc/empty", b""),
    file("etc/large", LARGE),
    symlink("etc/link", "file"),
    hard_link("etc/again", "etc/file"),
    file("n" * 150, b"long"),
)


def output(*command: str | Path) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_their_library_verifies_our_estargz(tmp_path: Path, tool: Callable[[str], Path]) -> None:
    writer = writer_of(SeekableForm.ESTARGZ, None, limits=TarLimits(), where="layer")
    (tmp_path / "layer").write_bytes(b"".join(writer.written(iter([RAW]))))
    table = writer.annotations["containerd.io/snapshot/stargz/toc.digest"]
    found = {
        line.split("\t")[0]: line.split("\t")[1:]
        for line in output(tool("stargz"), "verify", tmp_path / "layer", table)
    }
    assert found["etc/large"][-1] == hashlib.sha256(LARGE).hexdigest()
    assert found["etc/file"][:4] == ["reg", "755", "7", "7"]
    assert found["etc/file"][-1] == hashlib.sha256(b"content").hexdigest()
    assert found["etc/link"][4] == "file"
    assert sorted(found) == sorted(
        ["etc", "etc/file", "etc/empty", "etc/large", "etc/link", "etc/again", "n" * 150]
    )
    damaged = bytearray((tmp_path / "layer").read_bytes())
    damaged[600] ^= 1
    (tmp_path / "layer").write_bytes(damaged)
    done = subprocess.run(
        [tool("stargz"), "verify", tmp_path / "layer", table], capture_output=True, check=False
    )
    assert done.returncode != 0


def check_table(stored: bytes, annotations: dict[str, str]) -> None:
    layer = replace(Descriptor.of(stored, "x/y"), annotations=annotations)
    table = read_table(layer, lambda offset, size: stored[offset : offset + size], where="layer")
    assert table is not None
    entries = {entry.header.name.rstrip("/"): entry for entry in table.entries}
    large = entries["etc/large"]
    assert (large.header.size, str(large.digest)) == (
        len(LARGE),
        f"sha256:{hashlib.sha256(LARGE).hexdigest()}",
    )
    assert sum(chunk.size for chunk in large.chunks) == len(LARGE)
    assert entries["etc/again"].header.kind is Kind.HARD_LINK


def test_our_reader_reads_their_estargz(tmp_path: Path, tool: Callable[[str], Path]) -> None:
    (tmp_path / "tar").write_bytes(RAW)
    table, _ = output(tool("stargz"), "build", tmp_path / "tar", tmp_path / "layer")
    check_table((tmp_path / "layer").read_bytes(), {"containerd.io/snapshot/stargz/toc.digest": table})


@pytest.mark.costly
def test_our_reader_reads_their_zstd_chunked(tmp_path: Path, tool: Callable[[str], Path]) -> None:
    (tmp_path / "tar").write_bytes(RAW)
    said = output(tool("zstdchunked"), tmp_path / "tar", tmp_path / "layer")
    check_table((tmp_path / "layer").read_bytes(), dict(line.split("=", 1) for line in said))


@pytest.mark.parametrize("form", list(SeekableForm))
def test_umoci_and_skopeo_take_our_layers_for_ordinary_ones(
    tmp_path: Path, form: SeekableForm, tool: Callable[[str], Path]
) -> None:
    write_layout(tmp_path / "layout", [RAW])
    options = oci.CopyOptions(
        conversion=Conversion(layers=LayerForm(compression=form.compression, seekable=form))
    )
    oci.copy(f"oci:{tmp_path}/layout:v1", f"oci:{tmp_path}/new:v1", options=options, context=context())
    output(tool("skopeo"), "copy", "--insecure-policy", f"oci:{tmp_path}/new:v1", f"dir:{tmp_path}/dir")
    if form is SeekableForm.ESTARGZ:  # umoci 0.4 knows no zstd
        output(tool("umoci"), "raw", "unpack", "--image", f"{tmp_path}/new:v1", tmp_path / "theirs")
        assert (tmp_path / "theirs/etc/large").read_bytes() == LARGE
