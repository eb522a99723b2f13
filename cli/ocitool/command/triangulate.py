"""``ocitool triangulate``: where the signatures of an image lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..interruption import interruptible
from ..option.access import Access, access_options
from ..option.command import Command
from ..option.image import ImageType
from ..option.retry import Patience, retry_options
from ..option.signature_place import signature_place
from ..option.value import one_of
from ..output import text_bytes, write
from ..short_name import full_name
from ..task import task, work_context

if TYPE_CHECKING:
    from ..invocation import Invocation

_SUFFIXES = {"signature": "sig", "attestation": "att", "sbom": "sbom", "digest": ""}


@click.command("triangulate", cls=Command)
@click.argument("image", type=ImageType())
@one_of("--type", *_SUFFIXES, parameter="kind", text="What is looked for.")
@signature_place
@access_options("access")
@retry_options("patience")
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    *,
    image: str,
    kind: str,
    signatures_in: str,
    access: Access,
    patience: Patience,
) -> None:
    """Print where cosign keeps the signatures of an image, whether there are any or not."""
    import oci
    from oci.spec.attachment import cosign_tag

    with task("triangulate", image):
        settings = patience.settings(access.settings(invocation.settings()))
        with interruptible(invocation.timeout_s) as token:
            named = full_name(image, settings)
            digest = oci.resolve(named, context=work_context(settings, token)).digest
        suffix = _SUFFIXES[kind]
        place = signatures_in or _repository(named)
        line = f"{place}:{cosign_tag(digest, suffix)}" if suffix else f"{_repository(named)}@{digest}"
    write(text_bytes(f"{line.removeprefix('docker://')}\n"))


def _repository(image: str) -> str:
    from oci.transports.name import ImageName

    name = ImageName.parse(image)
    return name.location
