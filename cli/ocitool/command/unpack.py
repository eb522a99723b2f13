"""``ocitool unpack``: an image's file system in a directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from oci.frozen import replace

from ..interruption import interruptible
from ..option.access import Access, access_options
from ..option.command import Command
from ..option.id_map import IdRangeType
from ..option.image import ImageType
from ..option.platform import platform_option, wished_platform
from ..option.progress import progress_option
from ..option.retry import Patience, retry_options
from ..option.switch import switch
from ..output import text_bytes, write
from ..progress.mode import Mode, display
from ..task import NO_POLICY, task, work_context
from ..view.omission import warn_of

if TYPE_CHECKING:
    from oci import Platform
    from oci.layers import IdRange, Ownership

    from ..invocation import Invocation


@click.command("unpack", cls=Command)
@click.argument("image", type=ImageType())
@click.argument("directory", type=click.Path(file_okay=False))
@platform_option(verb="taken")
@click.option(
    "--uid-map",
    "uid_map",
    type=IdRangeType(),
    multiple=True,
    help="Give files of this range of users to another one; several ranges make a map.",
)
@click.option("--gid-map", "gid_map", type=IdRangeType(), multiple=True, help="The same for groups.")
@switch("--no-owners", text="Keep all files for ourselves: what happens anyway without root.")
@switch("--bundle", text="Make a bundle: rootfs and a config.json that runc runs as it is.")
@progress_option("auto paints bars on a terminal, lines elsewhere")
@switch("-q", "--quiet", text="Show nothing but warnings and errors.")
@access_options("access")
@retry_options("patience")
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    *,
    image: str,
    directory: str,
    platform: Platform | None,
    uid_map: tuple[IdRange, ...],
    gid_map: tuple[IdRange, ...],
    no_owners: bool,
    bundle: bool,
    progress: str,
    quiet: bool,
    access: Access,
    patience: Patience,
) -> None:
    """Unpack an image's layers to a directory, one on the other.

    DIRECTORY must not be there yet, or be empty; it appears at once, when every layer has proven to be what
    the image promises. The digest of the image's manifest is printed on stdout. With --bundle, what somebody
    changes in DIRECTORY/rootfs later becomes a layer of a new image with ocitool repack.
    """
    import oci

    if no_owners and (uid_map or gid_map):
        raise click.UsageError("--no-owners and maps of owners exclude each other")
    with task("unpack", image):
        settings = patience.settings(access.settings(invocation.settings()))
        settings = replace(settings, platform=wished_platform(invocation, settings.platform))
        unpack = oci.unpack_bundle if bundle else oci.unpack
        mode = Mode.NONE if quiet else Mode(progress)
        with interruptible(invocation.timeout_s) as token, display(mode) as shown:
            if settings.policy is None and not invocation.insecure_policy and not quiet:
                shown.note(NO_POLICY)
            unpacked = unpack(
                image,
                directory,
                platform=platform,
                ownership=_ownership(uid_map, gid_map, keeps_none=no_owners),
                listener=shown,
                context=work_context(settings, token, warn=shown.warn),
            )
    warn_of(unpacked.omissions)
    if not quiet:
        write(text_bytes(f"{unpacked.digest}\n"))


def _ownership(
    uid_map: tuple[IdRange, ...], gid_map: tuple[IdRange, ...], *, keeps_none: bool
) -> Ownership | None:
    from oci.layers import IdMap, Ownership

    if keeps_none:
        return Ownership(keeps_owners=False)
    if not uid_map and not gid_map:
        return None
    return Ownership(IdMap(uid_map), IdMap(gid_map))
