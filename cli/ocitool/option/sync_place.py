"""Where images are synchronised from and to: skopeo's ``--src`` and ``--dest``, or prefixes as elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from oci.frozen import frozen

from .bundle import bundle
from .switch import switch

if TYPE_CHECKING:
    from .bundle import Decorator

SOURCES: Final = ("docker", "registry", "oci", "dir", "yaml")
"""Kinds of sources, as prefixes and as values of ``--src``."""
DESTINATIONS: Final = ("docker", "oci", "dir")
"""Kinds of destinations."""


@frozen(kw_only=True)
class Ends:
    """What the options say about both ends.

    Args:
        src: The kind of the source, or None where its name has a prefix.
        dest: The kind of the destination, or None where its name has a prefix.
        scoped: Whether images keep their whole names at the destination.
        suffix: What is appended to each tag there.
        repositories: Regular expressions for the repositories of a whole registry.
        without_repositories: Regular expressions for those that are not wanted.
    """

    src: str | None
    dest: str | None
    scoped: bool
    suffix: str
    repositories: tuple[str, ...]
    without_repositories: tuple[str, ...]

    def source(self, text: str) -> str:
        """Return the source's name with its prefix."""
        return _prefixed(text, self.src, SOURCES, "--src")

    def destination(self, text: str) -> str:
        """Return the destination's name with its prefix."""
        return _prefixed(text, self.dest, DESTINATIONS, "--dest")


def place_options(parameter: str) -> Decorator:
    """Declare the options.

    Args:
        parameter: The command's parameter that gets the `Ends`.
    """
    return bundle(
        parameter,
        Ends,
        {
            "src": click.option("-s", "--src", type=click.Choice(SOURCES), help="What the source is."),
            "dest": click.option(
                "-d", "--dest", type=click.Choice(DESTINATIONS), help="What the destination is."
            ),
            "scoped": switch("--scoped", text="Keep the whole name of the source, host included."),
            "suffix": click.option(
                "--append-suffix", default="", metavar="TEXT", help="Append this to each tag."
            ),
            "repositories": click.option(
                "--include-repository",
                multiple=True,
                metavar="REGEX",
                help="Of a registry, only repositories in whose names this is found.",
            ),
            "without_repositories": click.option(
                "--exclude-repository",
                multiple=True,
                metavar="REGEX",
                help="No repositories in whose names this is found.",
            ),
        },
    )


def _prefixed(text: str, kind: str | None, kinds: tuple[str, ...], option: str) -> str:
    prefix, colon, _ = text.partition(":")
    if kind is None:
        if colon and prefix in kinds and (prefix != "docker" or text.startswith("docker://")):
            return text
        raise click.UsageError(f"{text!r}: say what it is with {option}, or with a prefix such as docker://")
    return f"docker://{text.removeprefix('docker://')}" if kind == "docker" else f"{kind}:{text}"
