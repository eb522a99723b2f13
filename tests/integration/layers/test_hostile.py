"""Layers that nobody should trust: refused by name, or kept within the target; nothing outside changes."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from oci import errors
from oci.compression import detect, expanded
from oci.content import MemoryStream, VerifiedReader
from oci.layers import LayerLimits, LayerStream, by_kernel, by_walk
from oci.spec import Descriptor, Digest
from oci.tar import TarLimits
from tests.fixture_script import fixture_script
from tests.integration.layers.material import LAYER, apply, listing, names

if TYPE_CHECKING:
    from pathlib import Path

    from oci.layers import Descent

BUILD = fixture_script("hostile-layers")
NAMES = [case.name for case in BUILD.cases("outside")]


def limits_of(case: Any) -> LayerLimits:
    given = dict(case.limits)
    tar = TarLimits(entries=given.pop("entries", 1_000_000))
    return LayerLimits(tar=tar, ratio_from_bytes=1_000_000, **given)


def expanded_digest(stored: bytes) -> str:
    stream = MemoryStream(stored)

    def read(size: int) -> bytes:
        buffer = bytearray(size)
        return bytes(buffer[: stream.readinto(memoryview(buffer))])

    hasher = hashlib.sha256()
    with suppress(errors.InvalidDocument):  # damaged on purpose: no digest is the right one
        for piece in expanded(read, detect(stored), where="here"):
            hasher.update(piece)
    return hasher.hexdigest()


def stream(case: Any, number: int) -> LayerStream:
    stored = case.layers[number]
    digest = case.diff_ids[number] if case.diff_ids else expanded_digest(stored)
    where = f"layer {number}"
    return LayerStream(
        lambda: VerifiedReader(MemoryStream(stored), Descriptor.of(stored, LAYER), where=where),
        Digest.parse(f"sha256:{digest}"),
        limits=limits_of(case),
        where=where,
    )


@pytest.mark.parametrize("descent", [by_kernel, by_walk])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_leaves_the_target(tmp_path: Path, name: str, descent: Descent) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o755)
    (outside / "secret").write_text("secret")
    target = tmp_path / "a/b/target"
    target.parent.mkdir(parents=True)
    case = next(each for each in BUILD.cases(str(outside).lstrip("/")) if each.name == name)
    target.mkdir()
    before = surroundings(tmp_path, target)
    streams = [stream(case, number) for number in range(len(case.layers))]
    if case.verdict == BUILD.CONTAINED:
        apply(target, *streams, limits=limits_of(case), descent=descent)
        if case.names:
            assert sorted(names(target)) == sorted(case.names)
    else:
        with pytest.raises(getattr(errors, case.verdict)) as caught:
            apply(target, *streams, limits=limits_of(case), descent=descent)
        assert type(caught.value).__name__ == case.verdict
        assert case.entry in caught.value.message
        assert caught.value.message.isprintable()
    assert surroundings(tmp_path, target) == before


def surroundings(folder: Path, target: Path) -> dict[str, tuple[object, ...]]:
    """List everything around the target, and the target's own kind, but not what is in it."""
    inside = str(target.relative_to(folder))
    found = {
        name: shown
        for name, shown in listing(folder).items()
        if not name.startswith(f"{inside}/") and name != inside
    }
    return found | {"target": (target.is_dir(), target.is_symlink())}


def test_the_corpus_has_one_of_each() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert len(NAMES) >= 110
