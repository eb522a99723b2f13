"""``ocitool tree``: a picture of an image: its platforms, their layers, and everything that is attached."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from oci.frozen import frozen

from ..interruption import interruptible
from ..option.access import Access, access_options
from ..option.bundle import bundle
from ..option.command import Command
from ..option.image import ImageType
from ..option.retry import Patience, retry_options
from ..option.switch import switch
from ..option.value import number, one_of
from ..output import json_bytes, text_bytes, write
from ..short_name import full_name
from ..task import task, work_context

if TYPE_CHECKING:
    from ..invocation import Invocation


@frozen(kw_only=True)
class Picture:
    """How it is drawn.

    Args:
        format: ``text`` or ``json``.
        is_ascii: Whether to do without line-drawing characters; None where the locale decides.
        is_whole: Whether digests are written out.
        depth: Links to follow from the image at most, or None.
        width: What is drawn of the children of each document at most, or None.
        attached: Whether to look for what is attached.
    """

    format: str
    is_ascii: bool | None
    is_whole: bool
    depth: int | None
    width: int | None
    attached: bool


def _is_ascii_locale() -> bool:
    # The first of these that is set decides (POSIX, Environment Variables, 8.2).
    locale = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "")
    return "utf" not in locale.lower()


_PICTURE = bundle(
    "picture",
    Picture,
    {
        "format": one_of("--format", "text", "json", text="A picture, or all that is known."),
        "is_ascii": switch(
            "--ascii",
            default=None,
            text="Draw with ASCII characters only, as it is done where the locale is not UTF-8.",
        ),
        "is_whole": switch("--no-trunc", text="Write digests out."),
        "depth": number(
            "--depth", text="Follow so many links at most; that to an attachment is one.", least=0
        ),
        "width": number("--width", text="Draw so many of the links of each document at most.", least=0),
        "attached": switch("--attached", default=True, text="Look for signatures, attestations, SBOMs."),
    },
)


@click.command("tree", cls=Command)
@click.argument("image", type=ImageType())
@_PICTURE
@access_options("access")
@retry_options("patience")
@click.pass_obj
def command(
    invocation: Invocation, /, *, image: str, picture: Picture, access: Access, patience: Patience
) -> None:
    """Draw what an image is made of, and what is attached to it.

    An index is drawn with its images, their layers (those that several images share are marked), and with
    referrers and cosign's tags of all of them. Sizes are those of what lies beneath, counted once. No layer
    is fetched: each document is one request.
    """
    import oci

    from ..view.tree import Style, tree_text, tree_view

    with task("tree", image):
        settings = patience.settings(access.settings(invocation.settings()))
        with interruptible(invocation.timeout_s) as token:
            found = oci.tree(
                full_name(image, settings),
                depth=picture.depth,
                attached=picture.attached,
                context=work_context(settings, token),
            )
    if picture.format == "json":
        write(json_bytes(tree_view(found)))
        return
    is_ascii = _is_ascii_locale() if picture.is_ascii is None else picture.is_ascii
    style = Style(is_ascii=is_ascii, is_whole=picture.is_whole, width=picture.width)
    write(text_bytes(tree_text(found, style)))
