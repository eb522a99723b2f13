"""Copying by names as people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import oci
from oci.errors import CopyError, DigestMismatch
from oci.settings import Settings
from oci.testing import build_image, layer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

IMAGE = build_image([layer({"etc/os-release": b"ID=test"})])
CONTEXT = oci.Context(settings=Settings())


@pytest.mark.parametrize("transport", ["oci", "oci-archive"])
def test_a_destination_with_a_digest_takes_that_image(tmp_path: Path, transport: str) -> None:
    IMAGE.write_to(tmp_path / "source", "v1")
    target = f"{transport}:{tmp_path / 'target'}@{IMAGE.digest}"
    oci.copy(f"oci:{tmp_path}/source:v1", target, context=CONTEXT)
    assert oci.inspect(target, context=CONTEXT).manifest.digest == IMAGE.digest


@pytest.mark.parametrize("work", [oci.copy, oci.plan])
def test_a_destination_with_another_digest_is_refused(tmp_path: Path, work: Callable[..., object]) -> None:
    IMAGE.write_to(tmp_path / "source", "v1")
    target = f"oci-archive:{tmp_path / 'target'}@sha256:{'0' * 64}"
    with pytest.raises(CopyError, match="expected sha256:0000") as caught:
        work(f"oci:{tmp_path}/source:v1", target, context=CONTEXT)
    assert isinstance(caught.value.__cause__, DigestMismatch)
    assert not (tmp_path / "target").exists()
