"""Synchronising: whole repositories from one place to another, by names in the form people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..frozen import replace
from ..transfer.sync import Pattern, SyncOptions, TagFilter
from ..transfer.sync import sync as sync_lanes
from ..transfer.sync.memo import Memo
from .place import Context, Places
from .sync_lane import Destination, Maker
from .sync_source import Request, lanes_of
from .transfer import with_journal, with_scratch

if TYPE_CHECKING:
    from ..settings import Settings
    from ..transfer.sync import SyncReport

_MEMO: Final = "sync"


def sync(
    source: str,
    destination: str,
    *,
    wanted: TagFilter | None = None,
    tags: tuple[str, ...] = (),
    repositories: tuple[str, ...] = (),
    without_repositories: tuple[str, ...] = (),
    options: SyncOptions | None = None,
    scoped: bool = False,
    suffix: str = "",
    destination_settings: Settings | None = None,
    context: Context | None = None,
) -> SyncReport:
    """Bring the images of one place to another; what is there already stays untouched.

    Args:
        source: A repository, such as ``docker://registry.example/team/app``, or one image of it; a whole
            registry (``registry:HOST[/PREFIX]``); a layout (``oci:DIRECTORY``); a directory of directories
            with images (``dir:DIRECTORY``); or a file in the form of skopeo-sync(1) (``yaml:FILE``).
        destination: Where its images go: ``docker://HOST[/PREFIX]``, ``oci:DIRECTORY`` or ``dir:DIRECTORY``.
            What they are called there is the last component of the source's name.
        wanted: Which tags; all of them unless something is said. A file says it by itself.
        tags: Exactly these tags of a repository, without listing it.
        repositories: Regular expressions for the repositories of a whole registry.
        without_repositories: Regular expressions for those that are not wanted.
        options: How.
        scoped: Whether images are called by the whole name of their source at the destination.
        suffix: What is appended to each tag at the destination.
        destination_settings: Settings for the destination, where they are not those of the source.
        context: Settings, cancelling, limits and warnings.

    Returns:
        What became of each image. What failed is in there, and raises nothing.

    Raises:
        InvalidReference: A name cannot be read.
        InvalidSettings: A file cannot be understood; nothing has been moved.
        Cancelled: The context's token was cancelled.
    """
    context = context or Context()
    options = options or SyncOptions()
    request = Request(
        wanted=wanted or TagFilter(),
        names=tags,
        repositories=tuple(Pattern(text) for text in repositories),
        without=tuple(Pattern(text) for text in without_repositories),
    )
    target = Destination.parse(destination, scoped=scoped, suffix=suffix)
    with Places(context) as places:
        settings = replace(places.settings(), requests_at_once=options.parallel)
        other = settings
        if destination_settings is not None:
            other = replace(destination_settings, requests_at_once=options.parallel)
        copy = with_scratch(with_journal(options.copy, settings), settings)
        options = _with_memo(replace(options, copy=copy), settings)
        maker = Maker(places=places, destination=target, settings=other)
        lanes = lanes_of(source, maker, settings, request, context)
        report = sync_lanes(lanes, options=options, token=places.token)
        Memo(options.memo).collect(context.clock())
        return report


def _with_memo(options: SyncOptions, settings: Settings) -> SyncOptions:
    if options.memo is not None or settings.state_directory is None:
        return options
    return replace(options, memo=settings.state_directory / _MEMO)
