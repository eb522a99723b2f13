"""``ocitool serve``: a directory of image layouts as a registry, until Ctrl-C."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..interruption import interruptible
from ..option.command import Command
from ..option.switch import switch
from ..output import remark, text_bytes, write
from ..task import task

if TYPE_CHECKING:
    from oci.registry import Serving


@click.command("serve", cls=Command)
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--listen",
    metavar="ADDRESS",
    default="127.0.0.1:5000",
    show_default=True,
    help="Where to listen: HOST:PORT (port 0: any free one) or unix:PATH.",
)
@switch("--read-only", text="Refuse everything that changes something.")
@click.option(
    "--htpasswd", metavar="FILE", type=click.Path(path_type=Path), help="Users, as htpasswd -B makes it."
)
@click.option(
    "--tls-cert", metavar="FILE", type=click.Path(path_type=Path), help="Certificate with its chain, PEM."
)
@click.option("--tls-key", metavar="FILE", type=click.Path(path_type=Path), help="Its private key, PEM.")
@switch("--unprotected", text="Let other machines in without TLS or without users.")
@click.option(
    "--name", "names", metavar="HOST", multiple=True, help="A host name of this server; may be repeated."
)
@click.option(
    "--repository", metavar="NAME", default="", help="The repository's name, when DIR is a single layout."
)
@switch("--access-log", text="Write a line for each request to stderr.")
def command(
    *,
    folder: Path,
    listen: str,
    read_only: bool,
    htpasswd: Path | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    unprotected: bool,
    names: tuple[str, ...],
    repository: str,
    access_log: bool,
) -> None:
    """Serve DIR as a registry.

    Repository a/b is the image layout DIR/a/b, which other tools may read and write meanwhile; a DIR that is
    itself a layout is served as a single repository. Pushing creates what does not exist. Only this machine
    can reach it, unless --listen says otherwise; then it needs --tls-cert and --htpasswd.
    """
    from oci.errors import InvalidValue
    from oci.registry import ServeOptions, serve
    from oci.serving import parse_address

    if access_log:
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    with task("serve", str(folder)), interruptible() as stop:
        try:
            options = ServeOptions(
                folder=folder,
                address=parse_address(listen),
                is_read_only=read_only,
                htpasswd=htpasswd,
                certificate=tls_cert,
                key=tls_key,
                allows_unprotected=unprotected,
                names=names,
                single_name=repository,
            )
            serve(options, on_ready=_say, stop=stop)
        except InvalidValue as error:
            if type(error) is InvalidValue:  # an address that cannot be, or must not be, listened on
                raise click.UsageError(f"{error.message}; {error.hint}") from error
            raise


def _say(serving: Serving) -> None:
    write(text_bytes(f"listening on {serving.url}\n"))
    if serving.address.is_local:
        remark("only this machine can reach it; Ctrl-C ends it")
    else:
        remark("other machines can reach it; Ctrl-C ends it")
    if serving.repository is not None:
        remark(f"serving a single repository: {serving.repository}")
