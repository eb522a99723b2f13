"""``ocitool logout``: credentials are taken out of the auth file, or out of the helper that keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..interruption import interruptible
from ..option.auth_file import AuthFileChoice, auth_file_options
from ..option.command import Command
from ..option.switch import accepted, switch
from ..output import text_bytes, write
from ..task import task, work_context

if TYPE_CHECKING:
    from ..invocation import Invocation


@click.command("logout", cls=Command)
@click.argument("registry", required=False)
@switch("-a", "--all", "everything", text="Forget the credentials for all registries.")
@auth_file_options("file")
@accepted("--tls-verify", text="no registry is asked.")
@click.pass_obj
def command(
    invocation: Invocation, /, *, registry: str | None, everything: bool, file: AuthFileChoice
) -> None:
    """Forget the credentials for a registry.

    They are taken out of the file that login writes to, and out of the credential helper that it names.
    """
    import oci
    from oci.errors import OciError

    if (registry is None) is not everything:
        raise click.UsageError("name one registry, or say --all")
    with task("logout", registry or "--all"):
        settings = file.settings(invocation.settings())
        with interruptible(invocation.timeout_s) as token:
            context = work_context(settings, token)
            for name in oci.known_registries(context=context) if registry is None else (registry,):
                if not oci.forget_login(name, context=context) and registry is not None:
                    raise OciError(f"nobody is logged in to {registry}")
    write(text_bytes(f"Removed login credentials for {registry or 'all registries'}\n"))
