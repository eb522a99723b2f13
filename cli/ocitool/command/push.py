"""``ocitool push``: an image of the local store to a registry, or to any other place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from oci.frozen import replace

from ..interruption import interruptible
from ..option.access import Access, access_options
from ..option.command import Command
from ..option.local_image import LocalImageType
from ..option.push_form import push_form_options
from ..option.retry import Patience, retry_options
from ..option.seal import SealChoice, seal_options
from ..option.switch import accepted, switch
from ..progress.mode import Mode, display
from ..store_access import readable_store, wanted_image
from ..task import task, work_context

if TYPE_CHECKING:
    from ..invocation import Invocation
    from ..option.conversion import Alteration


@click.command("push", cls=Command)
@click.argument("image", type=LocalImageType())
@click.argument("destination", required=False)
@click.option("--digestfile", metavar="FILE", help="Write the digest of the image to this file.")
@push_form_options
@seal_options
@switch("-q", "--quiet", text="Show nothing but warnings and errors.")
@access_options("access")
@retry_options("patience")
@accepted("--all", text="of an index, everything is pushed.")
@accepted("--disable-content-trust", text="that is docker's own signing, which is no more.")
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    *,
    image: str,
    destination: str | None,
    digestfile: str | None,
    form: Alteration,
    seal: SealChoice,
    quiet: bool,
    access: Access,
    patience: Patience,
) -> None:
    """Push an image of the local store, bit for bit as it came unless a change is asked for.

    Without DESTINATION it goes to the registry that its name speaks of. What is there is not sent again.
    """
    import oci
    from oci.transfer import CopyOptions

    with task("push", image):
        with readable_store(invocation) as store:
            found, name = wanted_image(store, image)
        target = destination or name
        if target is None:
            raise click.UsageError("an image that is found by its ID needs a destination")
        settings = patience.settings(access.settings(invocation.bound_settings()))
        options = form.copy_options(patience.copy_options(CopyOptions()))
        signer = seal.sigstore_signer()
        with (
            interruptible(invocation.timeout_s) as token,
            display(Mode.NONE if quiet else Mode.AUTO) as shown,
        ):
            context = work_context(settings, token, warn=shown.warn)
            result = oci.copy(
                f"store:@{found.digest}",
                target,
                signing=seal.signing(),
                options=replace(options, listener=shown),
                context=context,
            )
            if signer is not None:
                oci.sign_copy(target, result, signer, context=context)
        if digestfile is not None:
            Path(digestfile).write_text(str(result.root.digest), encoding="ascii")
