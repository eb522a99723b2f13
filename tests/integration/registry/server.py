"""A registry on a real socket, and a plain HTTP client for it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from oci.registry import Registry
from oci.serving import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oci.registry import RegistryLimits


@contextmanager
def served(
    folder: Path, *, is_read_only: bool = False, limits: RegistryLimits | None = None
) -> Iterator[httpx.Client]:
    """Serve a folder and give a client of it."""
    registry = Registry(folder, is_read_only=is_read_only, limits=limits)
    try:
        with (
            running(registry, grace_s=0.0) as server,
            httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client,
        ):
            yield client
    finally:
        registry.close()
