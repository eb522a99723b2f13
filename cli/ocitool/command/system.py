"""``ocitool system``: what the local store takes, what can be deleted of it, and whether it is sound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from ..exit_code import ExitCode
from ..go_units import human_size
from ..go_value import Field, Struct
from ..option.command import Command, Group
from ..option.image_filter import ImageFilter, filter_option
from ..option.switch import switch
from ..output import text_bytes, write
from ..store_access import readable_store, wanted_image, writable_store
from ..task import task
from ..template import render_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oci.store import ImageStore
    from oci.store.usage import Usage

    from ..invocation import Invocation

_TABLE: Final = "table {{.Type}} {{.Total}} {{.Active}} {{.Size}} {{.Reclaimable}}"
_IMAGES: Final = "table {{.Repository}} {{.Tag}} {{.ImageID}} {{.Size}} {{.SharedSize}} {{.UniqueSize}}"
_WARNING: Final = "WARNING! This will remove {} and all content that nothing needs.\nGo on?"


@click.group("system", cls=Group)
def command() -> None:
    """Look after the local store."""


@command.command("df", cls=Command)
@click.option("--format", "template", metavar="TEMPLATE", help="What a Go template makes of each row.")
@switch("-v", "--verbose", text="Show each image: what it shares with others, and what it has for itself.")
@click.pass_obj
def df(invocation: Invocation, /, *, template: str | None, verbose: bool) -> None:
    """Show what the local store takes on the disk."""
    from oci.store.usage import Usage, usage_of

    with task("system df"), readable_store(invocation) as store:
        usage = Usage(images=(), total_bytes=0, other_bytes=0) if store is None else usage_of(store)
        rows = _image_rows(store, usage) if verbose and store is not None else [_total_row(usage)]
    shown = template or (_IMAGES if verbose else _TABLE)
    write(text_bytes(render_table(shown, rows, headings={"ImageID": "image id"})))


@command.command("prune", cls=Command)
@switch("-a", "--all", "takes_all", text="Remove all images, not only those that have lost their names.")
@switch("-f", "--force", text="Do not ask.")
@filter_option()
@click.pass_obj
def prune(invocation: Invocation, /, *, takes_all: bool, force: bool, filters: tuple[str, ...]) -> None:
    """Delete images without names, interrupted downloads, and all that nothing needs."""
    import time

    from oci.store.collection import collect
    from oci.store.image import list_images
    from oci.store.mount import mounted_images
    from oci.store.removal import remove_image

    question = _WARNING.format("all images" if takes_all else "all images without a name")
    if not force and not click.confirm(question, err=True):
        return
    with task("system prune"), writable_store(invocation) as store:
        wanted = ImageFilter(filters, lambda text: wanted_image(store, text)[0], time.time())
        used = set(mounted_images(store))
        for image in list_images(store):
            if (takes_all or image.is_dangling) and image.digest not in used and wanted.accepts(image):
                removed = remove_image(store, image, None, is_forced=True)
                write(text_bytes(f"{removed.deleted.encoded if removed.deleted else ''}\n"))
        store.lease.end()
        collected = collect(store, partial_age_s=0.0)
    write(text_bytes(f"Total reclaimed space: {human_size(collected.freed_bytes)}\n"))


@command.command("check", cls=Command)
@switch("--quick", text="Do not read content, only look whether it is there.")
@switch("--full", text="Compare what unpacked files hold with their layers, too.")
@switch("--repair", text="Take damaged content out of use, so that a pull fetches it again.")
@click.pass_obj
def check(invocation: Invocation, /, *, quick: bool, full: bool, repair: bool) -> int:
    """Check that the local store is sound; what is wrong is printed, and the exit code is 5 then."""
    from oci.store.check import check_store

    if quick and full:
        raise click.UsageError("--quick and --full exclude each other")
    opening = writable_store if repair else readable_store
    with task("system check"), opening(invocation) as store:
        faults = (
            []
            if store is None
            else check_store(store, reads_content=not quick, reads_files=full, repairs=repair)
        )
    for fault in faults:
        write(text_bytes(f"{fault.what}{' (taken out of use)' if fault.is_repaired else ''}\n"))
    left = [fault for fault in faults if not fault.is_repaired]
    return ExitCode.CONTENT if left else ExitCode.OK


def _total_row(usage: Usage) -> Struct:
    size = usage.total_bytes
    share = " (100%)" if size else " (0%)"
    return Struct(
        "system.dfSummary",
        (
            Field("Type", "Images"),
            Field("Total", len(usage.images)),
            Field("Active", 0),
            Field("Size", human_size(size)),
            Field("Reclaimable", f"{human_size(size)}{share}"),
        ),
    )


def _image_rows(store: ImageStore, usage: Usage) -> Sequence[Struct]:
    from ..view.local_image import NONE, SHORT_ID, repository_and_tag

    rows = []
    for each in usage.images:
        record = store.catalogue.record(each.digest)
        if record is None:
            continue
        repository, tag = repository_and_tag(record.names[0]) if record.names else (NONE, NONE)
        identity = (record.config or each.digest).encoded[:SHORT_ID]
        rows.append(
            Struct(
                "system.dfImage",
                (
                    Field("Repository", repository),
                    Field("Tag", tag),
                    Field("ImageID", identity),
                    Field("Size", human_size(each.total_bytes)),
                    Field("SharedSize", human_size(each.shared_bytes)),
                    Field("UniqueSize", human_size(each.unique_bytes)),
                ),
            )
        )
    return rows
