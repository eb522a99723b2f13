"""``ocitool export``: the file system of an image in the local store, as a plain archive."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ..interruption import interruptible
from ..option.command import Command
from ..option.local_image import LocalImageType
from ..task import task, work_context
from ..view.omission import warn_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..invocation import Invocation

_BUFFER_BYTES: Final = 1024 * 1024


@click.command("export", cls=Command)
@click.argument("image", type=LocalImageType())
@click.option("-o", "--output", metavar="FILE", help="Write there, instead of to the standard output.")
@click.pass_obj
def command(invocation: Invocation, /, *, image: str, output: str | None) -> None:
    """Write the file system of an image of the local store as a tar archive: all layers merged.

    podman exports containers; this is what one would see that was just made. Equal images give equal
    archives.
    """
    import oci

    if output is None and sys.stdout is not None and sys.stdout.isatty():
        raise click.UsageError("an archive is not for a terminal: give --output FILE, or redirect")
    with task("export", image), interruptible(invocation.timeout_s) as token, _output(output) as take:
        omissions = oci.export_tarball(image, take, context=work_context(invocation.settings(), token))
    warn_of(omissions)


@contextmanager
def _output(output: str | None) -> Iterator[Callable[[bytes], object]]:
    """Open where the archive goes; a file gets its name when it is complete, others are written to."""
    path = Path(output or "")
    if output is None or (path.exists() and not path.is_file()):
        with os.fdopen(os.dup(1), "wb", _BUFFER_BYTES) if output is None else path.open("wb") as stream:
            yield stream.write
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("xb", buffering=_BUFFER_BYTES) as stream:
            yield stream.write
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
