"""Synchronising: whole repositories from one place to another, by names in the form people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InvalidReference
from ..frozen import replace
from ..spec import Reference
from ..transfer.sync import SyncOptions, TagFilter
from ..transfer.sync import sync as sync_lanes
from .place import Context, Places
from .sync_lane import REGISTRY, Destination, Maker
from .transfer import with_journal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..settings import Settings
    from ..transfer.sync import Lane, SyncReport


def sync(
    source: str,
    destination: str,
    *,
    wanted: TagFilter | None = None,
    tags: tuple[str, ...] = (),
    options: SyncOptions | None = None,
    scoped: bool = False,
    suffix: str = "",
    destination_settings: Settings | None = None,
    context: Context | None = None,
) -> SyncReport:
    """Bring the images of one place to another; what is there already stays untouched.

    Args:
        source: A repository, such as ``docker://registry.example/team/app``, or one image of it.
        destination: Where its images go: ``docker://HOST[/PREFIX]``, or ``oci:DIRECTORY``. What they are
            called there is the last component of the repository's name.
        wanted: Which tags; all of them unless something is said.
        tags: Exactly these tags of a repository, without listing it.
        options: How.
        scoped: Whether images are called by the whole name of their source at the destination.
        suffix: What is appended to each tag at the destination.
        destination_settings: Settings for the destination, where they are not those of the source.
        context: Settings, cancelling, limits and warnings.

    Returns:
        What became of each image. What failed is in there, and raises nothing.

    Raises:
        InvalidReference: A name cannot be read.
        Cancelled: The context's token was cancelled.
    """
    context = context or Context()
    to = _destination(destination, scoped=scoped, suffix=suffix)
    with Places(context) as places:
        settings = places.settings()
        options = options or SyncOptions()
        options = replace(options, copy=with_journal(options.copy, settings))
        maker = Maker(places=places, destination=to, settings=destination_settings or settings)
        return sync_lanes(_lanes(source, maker, settings, wanted, tags), options=options, token=places.token)


def _lanes(
    source: str, maker: Maker, settings: Settings, wanted: TagFilter | None, tags: tuple[str, ...]
) -> Iterator[Lane]:
    text = source.removeprefix("docker://")
    yield maker.repository(Reference.parse(text), settings, wanted=wanted, names=tags or None)


def _destination(text: str, *, scoped: bool, suffix: str) -> Destination:
    transport, colon, base = text.partition(":")
    if colon and transport == "oci":
        return Destination(transport="oci", base=base, scoped=scoped, suffix=suffix)
    if text.startswith("docker://"):
        return Destination(
            transport=REGISTRY, base=text.removeprefix("docker://"), scoped=scoped, suffix=suffix
        )
    raise InvalidReference(
        f"{text[:80]!a} is not a destination", hint="write docker://HOST[/PREFIX] or oci:DIRECTORY"
    )
