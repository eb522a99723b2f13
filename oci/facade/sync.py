"""Synchronising: whole repositories from one place to another, by names in the form people write them."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Final

from ..errors import Unsupported
from ..frozen import replace
from ..transfer.sync import Pattern, SyncOptions, TagFilter
from ..transfer.sync import sync as sync_lanes
from ..transfer.sync.memo import Memo
from ..transports.name import REGISTRY
from .place import Context, Places
from .sync_lane import Destination, Maker
from .sync_source import Request, lanes_of
from .transfer import with_journal, with_scratch

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from ..settings import Settings
    from ..transfer.sync import SyncReport
    from ..trust.family import Signer
    from .sync_seal import Sealing

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
    signer: Signer | None = None,
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
        signer: Signs each image under its name in the destination's registry, with GPG or as cosign does,
            unless it is signed so already. GPG signatures that the source has as files go along in any
            case, unless the options leave behind what is attached.
        destination_settings: Settings for the destination, where they are not those of the source.
        context: Settings, cancelling, limits and warnings.

    Returns:
        What became of each image. What failed is in there, and raises nothing.

    Raises:
        InvalidReference: A name cannot be read.
        InvalidSettings: A file cannot be understood, or the signer has no key; nothing has been moved.
        Unsupported: Images at the destination have no names that could be signed.
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
    with Places(context) as places, _sealing(signer, target) as sealing:
        settings = _for_many(places.settings(), options)
        other = settings if destination_settings is None else _for_many(destination_settings, options)
        copy = with_scratch(with_journal(options.copy, settings), settings)
        options = _with_memo(replace(options, copy=copy), settings)
        maker = Maker(places=places, destination=target, settings=other, options=copy, sealing=sealing)
        lanes = lanes_of(source, maker, settings, request, context)
        report = sync_lanes(lanes, options=options, token=places.token)
        Memo(options.memo).collect(context.clock())
        return report


def _sealing(signer: Signer | None, target: Destination) -> AbstractContextManager[Sealing | None]:
    if signer is None:
        return nullcontext()
    if target.transport != REGISTRY:
        raise Unsupported(
            f"{target.transport}:{target.base}: images there have no names that could be signed",
            hint="copy --sign-identity signs a single image under any name",
        )
    from .sync_seal import Sealing

    return Sealing(signer)


def _for_many(settings: Settings, options: SyncOptions) -> Settings:
    """Return settings for all images: what each of them would find out anew is found out now."""
    return replace(settings, requests_at_once=options.parallel, lookaside=settings.lookaside_conf())


def _with_memo(options: SyncOptions, settings: Settings) -> SyncOptions:
    if options.memo is not None or settings.state_directory is None:
        return options
    return replace(options, memo=settings.state_directory / _MEMO)
