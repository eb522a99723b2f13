"""Reading many small attached things at once, with limits on their number and sizes.

What one of them suffers from does not hide the others: each is had, flawed, or could not be fetched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from ...content.check import check_bytes
from ...errors import Cancelled, ContentError, InvalidValue, LimitExceeded, OciError
from ...frozen import field, frozen
from ..verdict import Absent, Unasked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ...content import Source
    from ...spec import Descriptor, Manifest

_T = TypeVar("_T")
_R = TypeVar("_R")
_MIB: Final = 1024 * 1024


@frozen(kw_only=True)
class AttachmentLimits:
    """Bounds on what is attached to one document, in one way.

    Args:
        count: Things; cosign reads as many.
        blob_bytes: One thing.
        total_bytes: All of them together.
        at_once: How many are fetched at once.
    """

    count: int = 1000
    blob_bytes: int = 16 * _MIB
    total_bytes: int = 128 * _MIB
    at_once: int = 8


@frozen(kw_only=True)
class Attached:
    """A thing that is attached.

    Args:
        layer: Its link in the manifest, with annotations.
        content: Its bytes, which are what the link promises.
        manifest: The manifest that it is a layer of.
        found_at: Where that is.
    """

    layer: Descriptor
    content: bytes = field(repr=False)
    manifest: Manifest
    found_at: str


@frozen
class Flawed:
    """Something that is there, and cannot be what it should be.

    Args:
        found_at: Where.
        reason: What is the matter with it.
    """

    found_at: str
    reason: OciError


@frozen(kw_only=True)
class Gathered:
    """What was found; something of it is never empty.

    Args:
        place: Where.
        attached: What is attached.
        flawed: What is no good.
        unread: What could not be fetched: nobody knows whether it is good.
    """

    place: str
    attached: tuple[Attached, ...] = ()
    flawed: tuple[Flawed, ...] = ()
    unread: tuple[Unasked, ...] = ()


Gathering: TypeAlias = Gathered | Absent | Unasked

_Outcome: TypeAlias = Attached | Flawed | Unasked


def is_flaw(error: OciError) -> bool:
    """Tell whether an error is about what is there, rather than about asking for it."""
    return isinstance(error, InvalidValue | ContentError)


def outcome_of(found_at: str, error: OciError) -> Flawed | Unasked:
    """Return what became of a thing that could not be had."""
    return Flawed(found_at, error) if is_flaw(error) else Unasked(found_at, error)


def gathered(place: str, outcomes: Sequence[_Outcome]) -> Gathering:
    """Sum up what was found in a place."""
    if not outcomes:
        return Absent(place)
    return Gathered(
        place=place,
        attached=tuple(each for each in outcomes if isinstance(each, Attached)),
        flawed=tuple(each for each in outcomes if isinstance(each, Flawed)),
        unread=tuple(each for each in outcomes if isinstance(each, Unasked)),
    )


def fetch_layer(
    source: Source, manifest: Manifest, layer: Descriptor, limits: AttachmentLimits, *, found_at: str
) -> _Outcome:
    """Fetch one thing."""
    try:
        return Attached(
            layer=layer, content=_content(source, layer, limits), manifest=manifest, found_at=found_at
        )
    except Cancelled:
        raise
    except OciError as error:
        return outcome_of(found_at, error)


def check_total(sizes: Sequence[int], limits: AttachmentLimits, *, where: str) -> None:
    """Refuse too many things, or too large ones together, before any is fetched.

    Raises:
        LimitExceeded: They are.
    """
    if len(sizes) > limits.count:
        raise LimitExceeded(limit="attached things", allowed=limits.count, where=where)
    if sum(size for size in sizes if size <= limits.blob_bytes) > limits.total_bytes:
        raise LimitExceeded(limit="attached bytes", allowed=limits.total_bytes, where=where)


def each_of(items: Sequence[_T], work: Callable[[_T], _R], limits: AttachmentLimits) -> list[_R]:
    """Do something with each item, several at once where there are several; the order stays."""
    if len(items) < 2:
        return [work(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(limits.at_once, len(items)), thread_name_prefix="attached") as pool:
        return list(pool.map(work, items))


def _content(source: Source, layer: Descriptor, limits: AttachmentLimits) -> bytes:
    if layer.size > limits.blob_bytes:
        where = f"{source.label}: {layer.digest}"
        raise LimitExceeded(limit="attached blob", allowed=limits.blob_bytes, where=where)
    if layer.data is not None:
        return check_bytes(layer.data, layer, where=f"{source.label}: embedded data")
    with source.fetch(layer) as reader:
        return reader.read(limit=limits.blob_bytes)
