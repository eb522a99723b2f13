"""``ocitool save``: images of the local store in an archive or a directory."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from ..interruption import interruptible
from ..option.command import Command
from ..option.local_image import LocalImageType
from ..option.switch import accepted, switch
from ..store_access import new_name, readable_store, wanted_image
from ..task import task, work_context

if TYPE_CHECKING:
    from oci.spec import Digest
    from oci.transfer import CopyOptions

    from ..invocation import Invocation

_TRANSPORTS: Final = {
    "docker-archive": "docker-archive",
    "oci-archive": "oci-archive",
    "oci-dir": "oci",
    "docker-dir": "dir",
}


@click.command("save", cls=Command)
@click.argument("images", type=LocalImageType(), metavar="IMAGE...", nargs=-1, required=True)
@click.option("-o", "--output", metavar="FILE", help="Write there, instead of to the standard output.")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(_TRANSPORTS)),
    default="docker-archive",
    show_default=True,
    help="What to write: an archive, an OCI layout, or skopeo's directory with a Docker manifest.",
)
@switch(
    "-m", "--multi-image-archive", text="Take further arguments for images, not for names of the first one."
)
@switch("--compress", text="Compress layers that are not, with gzip, in a docker-dir.")
@switch("-q", "--quiet", text="Accepted: nothing is shown anyway.")
@accepted("--uncompressed", text="layers stay as they are.")
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    *,
    images: tuple[str, ...],
    output: str | None,
    form: str,
    multi_image_archive: bool,
    compress: bool,
    quiet: bool,
) -> None:
    """Save images of the local store, bit for bit as they came, to a file that other tools load.

    Of docker-dir, manifests are Docker's, converted where they were not, and there is room for one image.
    Further arguments are further names of the first image; with --multi-image-archive, further images.
    """
    import oci

    if output is None and sys.stdout is not None and sys.stdout.isatty():
        raise click.UsageError("an archive is not for a terminal: give --output FILE, or redirect")
    is_bare = form == "docker-dir"
    if is_bare and len(images) > 1:
        raise click.UsageError("a docker-dir holds one image, without a name")
    if compress and not is_bare:
        raise click.UsageError("--compress goes with --format docker-dir")
    if output is None and form in {"oci-dir", "docker-dir"}:
        raise click.UsageError("a directory needs --output")
    wanted = images if multi_image_archive else images[:1]
    named: dict[Digest, list[str]] = {}
    with task("save", *images):
        with readable_store(invocation) as store:
            for text in wanted:
                image, name = wanted_image(store, text)
                named.setdefault(image.digest, []).extend([] if name is None else [name])
                if not multi_image_archive:
                    named[image.digest] += [new_name(further) for further in images[1:]]
        with interruptible(invocation.timeout_s) as token:
            oci.save(
                {digest: [] if is_bare else names for digest, names in named.items()},
                f"{_TRANSPORTS[form]}:{output or '-'}",
                options=_docker_options(compress=compress) if is_bare else None,
                context=work_context(invocation.settings(), token),
            )


def _docker_options(*, compress: bool) -> CopyOptions:
    from oci.compression import Compression
    from oci.transfer import Conversion, CopyOptions, Extent, Format, LayerForm

    layers = LayerForm(compression=Compression.GZIP, extent=Extent.UNCOMPRESSED) if compress else None
    return CopyOptions(conversion=Conversion(format=Format.DOCKER, layers=layers))
