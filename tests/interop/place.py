"""Places of each transport, as ours and skopeo both name them: for copies from every one to every other."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import oci
from oci.settings import Daemon, Security, Settings

if TYPE_CHECKING:
    from pathlib import Path

    from oci.testing import Content
    from tests.interop.client import Skopeo

PLAIN = ("docker", "oci", "oci-archive", "dir")
"""Transports that keep manifests for every reader."""

OURS = "store"
"""The transport that nobody else has."""

PRESERVING = (*PLAIN, "docker-archive", OURS)
"""Transports that keep manifests and indexes for us; of a Docker archive, skopeo makes a manifest up."""

SHARED = (*PLAIN, "docker-archive", "docker-daemon")
"""Transports that skopeo has as well."""

KINDS = (*SHARED, OURS)


class Ground:
    """Gives out places, and copies between them with our library and with skopeo.

    Args:
        folder: Where those go that are files.
        registry: A registry's address.
        engine: A container engine's address.
        skopeo: skopeo.
    """

    def __init__(self, folder: Path, registry: str, engine: str, skopeo: Skopeo) -> None:
        self._folder = folder
        self._registry = registry
        self._engine = engine
        self._skopeo = skopeo
        self._numbers = itertools.count()
        self._made: dict[tuple[str, int], str] = {}
        settings = Settings(
            security=Security.PLAIN, daemon=Daemon(host=engine), store_directory=folder / "store"
        )
        self._context = oci.Context(settings=settings)

    def name(self, kind: str) -> str:
        """Return the name of an image that is not there yet."""
        number = next(self._numbers)
        if kind == "docker":
            return f"docker://{self._registry}/pair/image-{number}:v1"
        if kind in {"docker-daemon", OURS}:
            return f"{kind}:localhost/pair/image-{number}:v1"
        if kind == "docker-archive":
            return f"docker-archive:{self._folder}/{number}.tar:localhost/pair/image:v1"
        return f"{kind}:{self._folder}/{number}{'' if kind == 'dir' else ':v1'}"

    def put(self, kind: str, content: Content) -> str:
        """Return the name of an image that we have copied to a place of a kind, once."""
        key = kind, id(content)
        if key not in self._made:
            material = self._folder / f"material-{id(content)}"
            content.write_to(material, "v1")
            self._made[key] = self.name(kind)
            self.copy(f"oci:{material}:v1", self._made[key])
        return self._made[key]

    def copy(self, source: str, destination: str) -> None:
        """Copy with our library, everything and unchanged where that can be."""
        oci.copy(source, destination, context=self._context)

    def raw(self, name: str) -> bytes:
        """Return what we read as the manifest or index."""
        return oci.raw_manifest(name, context=self._context)

    def config(self, name: str) -> bytes:
        """Return what we read as the configuration."""
        return oci.raw_config(name, context=self._context)

    def skopeo_copy(self, source: str, destination: str) -> None:
        """Copy with skopeo, the image for this machine."""
        sides = (*self._sides(source, "src-"), *self._sides(destination, "dest-"))
        self._skopeo.run("--insecure-policy", "copy", *sides, source, destination)

    def skopeo_inspect(self, name: str, *options: str) -> bytes:
        """Return what skopeo reads."""
        return self._skopeo.run("--insecure-policy", "inspect", *options, *self._sides(name, ""), name)

    def _sides(self, name: str, side: str) -> tuple[str, ...]:
        if name.startswith("docker://"):
            return (f"--{side}tls-verify=false",)
        return (f"--{side}daemon-host={self._engine}",) if name.startswith("docker-daemon:") else ()
