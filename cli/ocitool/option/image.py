"""Names of images as arguments: completed to the transports there are, and otherwise left to the library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

TRANSPORTS: Final = {
    "docker://": "an image in a registry",
    "docker-daemon:": "an image in Docker or podman's service",
    "oci:": "an image in a layout directory",
    "docker-archive:": "an image in a tar file as docker save writes it",
    "dir:": "the image in a directory of skopeo's format",
    "oci-archive:": "an image in a tar file with a layout in it",
    "store:": "an image in the local store",
}

_ARCHIVES: Final = frozenset({"docker-archive", "oci-archive"})


def takes_standard_output(name: str) -> bool:
    """Tell whether an image that is written under a name takes the standard output for itself."""
    transport, _, place = name.partition(":")
    if transport not in _ARCHIVES:
        return False
    from oci.transports.oci_archive.stream_sink import is_standard_output

    return is_standard_output(place.partition(":")[0])


class ImageType(click.ParamType[str]):
    """The name of an image."""

    name = "image"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name as it is; who opens it reads it."""
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Complete to the beginning of a name."""
        from click.shell_completion import CompletionItem

        return [
            CompletionItem(prefix, help=text)
            for prefix, text in TRANSPORTS.items()
            if prefix.startswith(incomplete)
        ]
