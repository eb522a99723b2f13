"""A registry that takes small bodies only, and says so before it has read any of a large one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import oci
from oci.settings import Security, Settings
from oci.testing import ScriptedRegistry, build_image, fault, random_layer

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1 << 20


def test_a_blob_that_is_too_large_for_one_request_goes_in_smaller_ones(tmp_path: Path) -> None:
    image = build_image([random_layer(24 * MIB)])
    image.write_to(tmp_path / "layout", "v1")
    settings = Settings(security=Security.of(tls_verify=False))
    with ScriptedRegistry(tmp_path / "registry") as registry:
        registry.script(fault.refuse_large_bodies(8 * MIB), path="*/blobs/uploads/*")
        oci.copy(
            f"oci:{tmp_path}/layout:v1",
            f"docker://{registry.host}/app:v1",
            context=oci.Context(settings=settings),
        )
        assert registry.content("app", "v1") == image.raw
