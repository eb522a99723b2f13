"""``ocitool experimental-image-proxy``: serve images to a program such as bootc, over a socket it passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..interruption import interruptible
from ..option.access import Access, access_options
from ..option.command import Command
from ..option.platform import wished_platform
from ..option.retry import Patience, retry_options
from ..task import task, work_context

if TYPE_CHECKING:
    from ..invocation import Invocation


@click.command("experimental-image-proxy", cls=Command)
@click.option(
    "--sockfd",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="FD",
    help="The file descriptor of the socket.",
)
@access_options("access")
@retry_options("patience")
@click.pass_obj
def command(invocation: Invocation, /, *, sockfd: int, access: Access, patience: Patience) -> None:
    """Fetch images for a program that passes a socket.

    bootc and rpm-ostree start it by themselves, as skopeo. They speak its protocol, version 0.2.8: JSON over
    a SOCK_SEQPACKET socket, and pipes for the content. Every blob is checked against its digest and size.
    """
    from oci.frozen import replace

    with task("experimental-image-proxy"):
        settings = patience.settings(access.settings(invocation.bound_settings()))
        settings = replace(settings, platform=wished_platform(invocation, settings.platform))
        with interruptible(invocation.timeout_s) as token:
            from ..image_proxy.server import serve

            serve(sockfd, work_context(settings, token))
