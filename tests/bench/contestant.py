"""How each program is told to do the same work."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench import installation
from tests.bench.measure import Failed
from tests.peers.program import locate

if TYPE_CHECKING:
    from collections.abc import Callable

OURS = "ocitool"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an image is, or is to go.

    Attributes:
        kind: ``http``, ``https`` or ``layout``.
        name: ``host:port/repository``, or the path of the folder.
        tag: The image's tag there.
    """

    kind: str
    name: str
    tag: str

    @property
    def is_registry(self) -> bool:
        """Whether it is a registry's repository."""
        return self.kind != "layout"

    @property
    def reference(self) -> str:
        """As skopeo and we write it."""
        prefix = "docker://" if self.is_registry else "oci:"
        return f"{prefix}{self.name}:{self.tag}"

    @property
    def bare(self) -> str:
        """Without a transport."""
        return f"{self.name}:{self.tag}"


Command = list[str | Path]


def program(name: str) -> Path:
    """Find a contestant.

    Raises:
        Failed: It is not there.
    """
    found = installation.folder() / OURS if name == OURS else locate(name)
    if found is None or not found.exists():
        message = f"{name} is not there"
        raise Failed(message)
    return found


def copy_with_ocitool(source: Place, destination: Place) -> Command:
    """Copy with the installed script, as a user would."""
    sides = [("src", source), ("dest", destination)]
    options = [f"--{side}-tls-verify=false" for side, place in sides if place.is_registry]
    return [program(OURS), "copy", "--progress=none", *options, source.reference, destination.reference]


def copy_with_crane(source: Place, destination: Place) -> Command:
    """Copy from a registry; crane pulls to a layout and copies to a registry."""
    if destination.is_registry:
        return [program("crane"), "copy", "--insecure", source.bare, destination.bare]
    return [program("crane"), "pull", "--insecure", "--format=oci", source.bare, destination.name]


def copy_with_imagecopy(source: Place, destination: Place) -> Command:
    """Copy with the engine of a current skopeo."""
    return [program("imagecopy"), source.reference, destination.reference]


def copy_with_skopeo(source: Place, destination: Place) -> Command:
    """Copy with Debian's skopeo."""
    options = [
        f"--{side}-tls-verify=false"
        for side, place in (("src", source), ("dest", destination))
        if place.is_registry
    ]
    accept = "--insecure-policy"
    return [program("skopeo"), accept, "copy", "--quiet", *options, source.reference, destination.reference]


def copy_with_oras(source: Place, destination: Place) -> Command:
    """Copy with oras, which does not hash what it copies between registries."""
    command: Command = [program("oras"), "cp", "--no-tty"]
    for side, place in (("from", source), ("to", destination)):
        match place.kind:
            case "http":
                command.append(f"--{side}-plain-http")
            case "https":
                command.append(f"--{side}-insecure")
            case _:
                command.append(f"--{side}-oci-layout")
    return [*command, source.bare, destination.bare]


def copy_with_regctl(source: Place, destination: Place) -> Command:
    """Copy with regctl."""
    command: Command = [program("regctl")]
    for place in (source, destination):
        if place.is_registry:
            host = place.name.partition("/")[0]
            command.append(f"--host=reg={host},tls={'disabled' if place.kind == 'http' else 'insecure'}")
    names = [place.bare if place.is_registry else f"ocidir://{place.bare}" for place in (source, destination)]
    return [*command, "image", "copy", *names]


def sync_with_ocitool(source: Place, destination: Place) -> Command:
    """Synchronise a repository with the installed script; the destination is named by what it lies in."""
    options = ["-q", "--src-tls-verify=false", "--dest-tls-verify=false"]
    beneath = destination.name.rpartition("/")[0]
    return [program(OURS), "sync", *options, f"docker://{source.name}", f"docker://{beneath}"]


def sync_with_crane(source: Place, destination: Place) -> Command:
    """Copy all tags of a repository, sixteen at once."""
    return [program("crane"), "copy", "--insecure", "-a", "-j", "16", source.name, destination.name]


def sync_with_skopeo(source: Place, destination: Place) -> Command:
    """Synchronise a repository with Debian's skopeo."""
    plain = ["--src-tls-verify=false", "--dest-tls-verify=false", "--src", "docker", "--dest", "docker"]
    beneath = destination.name.rpartition("/")[0]
    return [program("skopeo"), "--insecure-policy", "sync", *plain, source.name, beneath]


SYNCERS: dict[str, Callable[[Place, Place], Command]] = {
    OURS: sync_with_ocitool,
    "crane": sync_with_crane,
    "skopeo": sync_with_skopeo,
}

COPIERS: dict[str, Callable[[Place, Place], Command]] = {
    OURS: copy_with_ocitool,
    "crane": copy_with_crane,
    "imagecopy": copy_with_imagecopy,
    "skopeo": copy_with_skopeo,
    "oras": copy_with_oras,
    "regctl": copy_with_regctl,
}
