"""``ocitool ls``: what is in a directory of an image, without the rest where its layers allow that."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import click

from ..interruption import interruptible
from ..option.access import Access, access_options
from ..option.command import Command
from ..option.file import UNVERIFIED, LookOptions, look_options
from ..option.image import ImageType
from ..option.retry import Patience, retry_options
from ..option.switch import switch
from ..output import remark, text_bytes, write
from ..task import task, work_context
from ..text import escaped

if TYPE_CHECKING:
    from oci.tar import Header

    from ..invocation import Invocation

_TYPES: Final = {
    "FILE": stat.S_IFREG,
    "SPARSE": stat.S_IFREG,
    "HARD_LINK": stat.S_IFREG,
    "SYMBOLIC_LINK": stat.S_IFLNK,
    "CHARACTER_DEVICE": stat.S_IFCHR,
    "BLOCK_DEVICE": stat.S_IFBLK,
    "DIRECTORY": stat.S_IFDIR,
    "FIFO": stat.S_IFIFO,
}


@click.command("ls", cls=Command)
@click.argument("image", type=ImageType())
@click.argument("path", default="/")
@switch("-l", "--long", text="Show modes, owners, sizes, times, and where links lead.")
@look_options("look")
@access_options("access")
@retry_options("patience")
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    *,
    image: str,
    path: str,
    long: bool,
    look: LookOptions,
    access: Access,
    patience: Patience,
) -> None:
    """List a directory of an image: its root, unless PATH says otherwise.

    Of a layer with a table of contents (eStargz, zstd:chunked), only the table is read, and checked. Any
    other layer is read to its end and checked before anything is printed.
    """
    import oci

    with task("ls", image):
        settings = look.settings(invocation, patience.settings(access.settings(invocation.bound_settings())))
        with interruptible(invocation.timeout_s) as token:
            found = oci.list_files(
                image,
                path,
                platform=look.platform,
                allows_unverified=look.allow_unverified,
                context=work_context(settings, token),
            )
    lines = (_line(name, header) if long else escaped(name) for name, header in found.entries.items())
    write(text_bytes("".join(f"{line}\n" for line in lines)))
    if not found.is_verified:
        remark(UNVERIFIED)


def _line(name: str, header: Header) -> str:
    mode = stat.filemode(_TYPES.get(header.kind.name, 0) | header.mode)
    moment = datetime.fromtimestamp(header.modified_s, UTC).strftime("%Y-%m-%d %H:%M:%S")
    size = header.size if header.sparse is None else header.sparse.size
    shown = f"{header.major}, {header.minor}" if header.major or header.minor else str(size)
    target = f" -> {escaped(header.link_name)}" if header.link_name else ""
    return f"{mode} {header.uid:5} {header.gid:5} {shown:>12} {moment} {escaped(name)}{target}"
