"""What a copy does besides moving: shared blobs, equal archives, and what old copies left behind."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import oci
from oci.frozen import replace
from oci.settings import Settings
from oci.testing.image_builder import build_image, layer

if TYPE_CHECKING:
    from pathlib import Path

NOW = 2_000_000_000.0
LONG_AGO = NOW - 30 * 24 * 3600


def source_layout(tmp_path: Path) -> str:
    build_image([layer({"etc/os-release": b"ID=test"})]).write_to(tmp_path / "source", "v1").close()
    return f"oci:{tmp_path / 'source'}:v1"


def test_layouts_can_share_their_blobs(tmp_path: Path) -> None:
    source, shared = source_layout(tmp_path), tmp_path / "shared"
    shared.mkdir()
    context = oci.Context(settings=Settings())
    sharing = Settings(shared_blob_directory=shared)
    first = oci.copy(source, f"oci:{tmp_path / 'a'}:v1", context=context, destination_settings=sharing)
    second = oci.copy(source, f"oci:{tmp_path / 'b'}:v1", context=context, destination_settings=sharing)
    assert first.moved > 0
    assert second.moved == 0
    assert not list((tmp_path / "a" / "blobs").rglob("*"))
    again = oci.raw_manifest(f"oci:{tmp_path / 'b'}:v1", context=replace(context, settings=sharing))
    assert again == oci.raw_manifest(source, context=context)


def test_archives_of_equal_images_are_equal_at_the_time_that_was_asked_for(tmp_path: Path) -> None:
    source = source_layout(tmp_path)
    context = oci.Context(settings=Settings(modified_s=1_700_000_000))
    for name in ("one", "two"):
        oci.copy(source, f"oci-archive:{tmp_path / name}.tar:v1", context=context)
    one, two = (tmp_path / "one.tar").read_bytes(), (tmp_path / "two.tar").read_bytes()
    assert one == two
    assert f"{1_700_000_000:o}".encode() in one


def test_what_interrupted_copies_left_long_ago_is_thrown_away(tmp_path: Path) -> None:
    source, target, state = source_layout(tmp_path), tmp_path / "target", tmp_path / "state"
    context = oci.Context(settings=Settings(state_directory=state), clock=lambda: NOW)
    oci.copy(source, f"oci:{target}:v1", context=context)
    ingest, journal = target / ".ocitool" / "ingest", state / "uploads"
    for directory in (ingest, journal):
        directory.mkdir(parents=True, exist_ok=True)
    old = [ingest / f"sha256-{'0' * 64}", journal / "old.upload"]
    new = [ingest / f"sha256-{'1' * 64}", journal / "new.upload"]
    for path, written in [*((p, LONG_AGO) for p in old), *((p, NOW) for p in new)]:
        path.write_bytes(b"partial")
        os.utime(path, (written, written))
    oci.copy(source, f"oci:{target}:v1", context=context)
    assert [path.exists() for path in old] == [False, False]
    assert [path.exists() for path in new] == [True, True]
