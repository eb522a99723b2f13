"""Where a copy begins: the document that a name leads to, after the choice of platforms."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from ..content import Expects, Opened
from ..content.graph import parse_known
from ..content.image_config import check_platform, read_config
from ..errors import DigestMismatch, LimitExceeded, OciError, Unsupported
from ..frozen import frozen
from ..spec import Index, Manifest
from ..spec.schema1 import Schema1, is_schema1
from .event import Warned
from .failure import during
from .selection import Everything, Instance, Subset, chosen_entries, rewritten

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..content import Limits, Name, Sink, Source
    from ..spec import Descriptor, Document, Platform
    from .option import CopyOptions
    from .selection import Selection


@frozen
class Root:
    """The document to copy.

    Args:
        opened: The document as it will be published.
        chosen: Its children that go along, or None for all of them.
        index: The index that it was chosen from, or None where the name leads to it.
        rewritten: The index that it was made of, with some of the entries, or None.
        original: That index's bytes with it, or None.
    """

    opened: Opened
    chosen: frozenset[Descriptor] | None = None
    index: Descriptor | None = None
    rewritten: Descriptor | None = None
    original: Opened | None = None

    @property
    def at_source(self) -> Opened:
        """The document as the source has it: what may be signed."""
        return self.original or self.opened

    def follows(self, child: Descriptor) -> bool:
        """Tell whether a direct child goes along."""
        return self.chosen is None or child in self.chosen


Judge: TypeAlias = "Callable[[Root], None]"
"""Raises for an image that must not be let in; what it was shown is what is copied."""


def find_root(
    source: Source, name: Name, selection: Selection, limits: Limits, warn: Callable[[str], None]
) -> Root:
    """Resolve a name once, and apply the choice of platforms.

    Args:
        source: Where the name means something.
        name: The name.
        selection: Which images of an index are meant.
        limits: Bounds the indexes within indexes that a platform is looked for in.
        warn: Is told where nothing tells what platform an image is for.

    Raises:
        CopyError: The name or the platform is not there, or the source failed.
    """
    opened: Opened | None = None
    try:
        opened = source.open(name)
        match selection:
            case Everything():
                return Root(opened)
            case Instance(platform=platform, is_strict=is_strict):
                _check_platforms(source, opened, (platform,) if is_strict else (), limits, warn)
                return _instance(source, opened, selection, limits)
            case Subset(platforms=platforms):
                _check_platforms(source, opened, platforms, limits, warn)
                return _subset(opened, selection, where=source.label)
    except OciError as error:
        raise during("resolve", "source", source.label, opened and opened.descriptor, error) from error


def root_of(source: Source, name: Name | Root, options: CopyOptions) -> Root:
    """Return where a copy begins, of a name or of what was found already; see `find_root`."""
    if isinstance(name, Root):
        return name
    return find_root(
        source, name, options.selection, options.limits, lambda text: options.listener(Warned(text))
    )


def _check_platforms(
    source: Source,
    opened: Opened,
    wished: tuple[Platform, ...],
    limits: Limits,
    warn: Callable[[str], None],
) -> None:
    """Refuse an image for another platform, where no index has spoken for it.

    Raises:
        PlatformMismatch: It is for another one.
    """
    document = parse_known(opened, where=source.label)
    if not wished or isinstance(document, Index):
        return
    found = _platform_of(source, opened, document, limits)
    for platform in wished:
        check_platform(platform, found, where=f"{source.label}@{opened.descriptor.digest}", warn=warn)


def _platform_of(
    source: Source, opened: Opened, document: Document | None, limits: Limits
) -> Platform | None:
    """Return what an image says of itself that it is for; None where it is of no kind that says so."""
    if isinstance(document, Manifest):
        config = read_config(source, document, limits=limits)
        return None if config is None else config.platform
    if is_schema1(opened.descriptor.media_type, opened.content):
        return Schema1.parse(opened.content, where=source.label).platform
    return None


def documents_of(root: Root, *, where: str) -> tuple[Descriptor, ...]:
    """Return the document that a copy begins at, and its direct children that go along.

    Args:
        root: What is copied.
        where: Which place it is of, for messages.
    """
    document = parse_known(root.opened, where=where)
    children = document.manifests if isinstance(document, Index) else ()
    return root.opened.descriptor, *filter(root.follows, children)


def check_root(root: Root, options: CopyOptions, sink: Sink) -> None:
    """Refuse to put an image where another one was named, or where it would not keep its digest if it must.

    Args:
        root: What would be copied.
        options: What was asked for.
        sink: The destination.

    Raises:
        CopyError: It is another image, or would become one.
    """
    descriptor = root.opened.descriptor
    error: OciError | None = None
    if options.digest is not None and descriptor.digest != options.digest:
        error = DigestMismatch(expected=str(options.digest), actual=str(descriptor.digest), where=sink.label)
    elif options.preserves_digests and not sink.traits.preserves:
        error = Unsupported(f"{sink.label} keeps no manifests, so that no digest could be preserved")
    elif options.preserves_digests and root.rewritten is not None:
        error = Unsupported(
            f"index {root.rewritten.digest} would become another one, and digests are to be preserved",
            hint="--index sparse keeps it",
        )
    elif isinstance(sink, Expects):
        error = _unexpected(sink, root.opened)
    if error is not None:
        raise during("publish", "destination", sink.label, descriptor, error) from error


def _unexpected(sink: Expects, opened: Opened) -> OciError | None:
    try:
        sink.expect(opened)
    except OciError as error:
        return error
    return None


def _instance(source: Source, opened: Opened, selection: Instance, limits: Limits) -> Root:
    index = None
    for _ in range(limits.index_depth):
        document = parse_known(opened, where=source.label)
        if not isinstance(document, Index):
            return Root(opened, index=index)
        index = index or opened.descriptor
        entry = document.select(selection.platform)
        opened = Opened(entry, source.document(entry))
    raise LimitExceeded(limit="index_depth", allowed=limits.index_depth, where=source.label)


def _subset(opened: Opened, selection: Subset, *, where: str) -> Root:
    document = parse_known(opened, where=where)
    if not isinstance(document, Index):
        return Root(opened)
    entries = chosen_entries(document, selection.platforms)
    if selection.rewrite and len(entries) < len(document.manifests):
        return Root(
            Opened(*rewritten(document, entries)),
            frozenset(entries),
            rewritten=opened.descriptor,
            original=opened,
        )
    return Root(opened, frozenset(entries))
