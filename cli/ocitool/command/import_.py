"""``ocitool import``: an archive of a file system becomes an image in the local store."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from oci.frozen import replace

from ..interruption import interruptible
from ..option.command import Command
from ..option.platform import wished_platform
from ..option.switch import switch
from ..output import text_bytes, write
from ..store_access import new_name
from ..task import task, work_context
from ..view.omission import warn_of

if TYPE_CHECKING:
    from oci import ConfigChanges

    from ..invocation import Invocation


def _parsed(_ctx: click.Context, _option: click.Parameter, texts: tuple[str, ...]) -> ConfigChanges:
    import oci
    from oci.errors import InvalidValue

    try:
        return oci.parse_instructions(texts)
    except InvalidValue as error:
        raise click.UsageError(error.message) from error


@click.command("import", cls=Command)
@click.argument("path", metavar="PATH|URL|-")
@click.argument("reference", required=False)
@click.option(
    "-c",
    "--change",
    "changes",
    multiple=True,
    callback=_parsed,
    metavar="INSTRUCTION",
    help="Say in the configuration what CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME or "
    "WORKDIR would.",
)
@click.option("-m", "--message", default="", metavar="TEXT", help="Say this in the history.")
@click.option("--os", "os_name", metavar="OS", help="Make the image for this operating system.")
@click.option("--arch", metavar="ARCH", help="Make the image for this architecture.")
@click.option("--variant", metavar="VARIANT", help="Make the image for this variant of the architecture.")
@switch("-q", "--quiet", text="Show nothing but the image's ID, warnings and errors.")
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    *,
    path: str,
    reference: str | None,
    changes: ConfigChanges,
    message: str,
    os_name: str | None,
    arch: str | None,
    variant: str | None,
    quiet: bool,
) -> None:
    """Make an image of the archive of a file system, in the local store.

    PATH is a file, compressed or not; - is the standard input; a URL is fetched. REFERENCE names the image;
    one without a registry is of this host. The image's ID is printed on stdout.
    """
    import oci

    del quiet  # nothing else is shown anyway
    for name, value in {"os": os_name, "architecture": arch, "variant": variant}.items():
        if value is not None:
            setattr(invocation, name, value)
    if path == "-" and (sys.stdin is None or sys.stdin.isatty()):
        raise click.UsageError("an archive does not come from a terminal: give a PATH, or redirect")
    with task("import", path):
        names = [] if reference is None else [new_name(reference)]
        settings = invocation.bound_settings()
        settings = replace(settings, platform=wished_platform(invocation, settings.platform))
        with interruptible(invocation.timeout_s) as token:
            imported = oci.import_tarball(
                sys.stdin.buffer if path == "-" else path,
                *names,
                changes=changes,
                message=message,
                context=work_context(settings, token),
            )
        warn_of(imported.omissions)
        write(text_bytes(f"{imported.image.image_id}\n"))
