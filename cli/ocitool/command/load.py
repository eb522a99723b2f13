"""``ocitool load``: the images of an archive into the local store."""

from __future__ import annotations

import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..interruption import interruptible
from ..option.command import Command
from ..option.switch import switch
from ..output import remark, text_bytes, write
from ..task import NO_POLICY, task, work_context
from ..view.omission import warn_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oci import Context

    from ..invocation import Invocation


@click.command("load", cls=Command)
@click.option("-i", "--input", "source", metavar="FILE", help="Read this, instead of the standard input.")
@switch("-q", "--quiet", text="Show nothing but what was loaded, warnings and errors.")
@click.pass_obj
def command(invocation: Invocation, /, *, source: str | None, quiet: bool) -> None:
    """Load the images of an archive, of docker save's kind or with an OCI layout in it, or of a directory.

    The policy is obeyed as by pull.
    """
    import oci

    with task("load", source or "-"), interruptible(invocation.timeout_s) as token:
        settings = invocation.bound_settings()
        if settings.policy is None and not invocation.insecure_policy and not quiet:
            remark(NO_POLICY)
        context = work_context(settings, token)
        with _file(source, settings.scratch_directory) as path:
            for name in _images(path, context):
                pulled = oci.pull(name, context=context)
                warn_of(pulled.omissions)
                shown = pulled.image.tags or (str(pulled.image.image_id),)
                write(text_bytes("".join(f"Loaded image: {each}\n" for each in shown)))


@contextmanager
def _file(source: str | None, scratch: Path | None) -> Iterator[Path]:
    """Return the path of what is to be loaded; the standard input is kept in a file meanwhile."""
    if source is not None:
        yield Path(source)
        return
    if sys.stdin is None or sys.stdin.isatty():
        raise click.UsageError("an archive does not come from a terminal: give --input FILE, or redirect")
    with tempfile.NamedTemporaryFile(prefix="ocitool-load-", dir=scratch) as spool:
        shutil.copyfileobj(sys.stdin.buffer, spool)
        spool.flush()
        yield Path(spool.name)


def _images(path: Path, context: Context) -> list[str]:
    """Return the names of all images in an archive or a layout, for `oci.pull`."""
    import oci
    from oci.errors import ContentError, InvalidValue

    if path.is_dir() and (path / "oci-layout").exists():
        return _named(f"oci:{path}", oci.list_tags(f"oci:{path}", context=context).tags)
    if path.is_dir():
        return [f"dir:{path}"]
    archive = f"docker-archive:{path}"
    try:
        names = oci.list_tags(archive, context=context).tags
    except (ContentError, InvalidValue):
        archive = f"oci-archive:{path}"
        names = oci.list_tags(archive, context=context).tags
    return _named(archive, names)


def _named(place: str, names: tuple[str, ...]) -> list[str]:
    return [f"{place}:{name}" for name in names] or [place]
