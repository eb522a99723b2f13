"""Progress as typed values. Listeners are called from worker threads, one call at a time."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from ..frozen import frozen

if TYPE_CHECKING:
    from ..errors import OciError
    from ..spec import Descriptor
    from ..wire.rate_limit import RateLimit


class Outcome(enum.Enum):
    """How content came to be at the destination."""

    SENT = "sent"
    """Its bytes were moved, all of them or what was missing."""
    SKIPPED = "skipped"
    """It was there already."""
    MOUNTED = "mounted"
    """The destination took it over from another repository of its own."""
    UNPACKED = "unpacked"
    """A layer: what is in it lies in the directory."""
    LEFT_OUT = "left-out"
    """A foreign layer, which registries are not meant to hold: only its link is kept."""


@frozen
class Discovered:
    """The walk met content that belongs to the image.

    Args:
        descriptor: The content.
        is_document: Whether it is a manifest or an index.
    """

    descriptor: Descriptor
    is_document: bool


@frozen
class Narrowed:
    """The name stands for an index, and only one image of it goes along.

    Args:
        index: The index.
        chosen: The image's manifest, with the platform that the index states for it.
    """

    index: Descriptor
    chosen: Descriptor


@frozen
class Started:
    """The bytes of a blob begin to move.

    Args:
        descriptor: The blob.
        offset: Bytes that were in place already, from an earlier try or an earlier run.
    """

    descriptor: Descriptor
    offset: int


@frozen
class Advanced:
    """More bytes of a blob are in place; told of several times a second at most, and once for each byte.

    Args:
        descriptor: The blob.
        count: How many more.
    """

    descriptor: Descriptor
    count: int


@frozen
class Finished:
    """A blob is complete at the destination, or needed nothing.

    Args:
        descriptor: The blob.
        outcome: How it came there.
        moved: Bytes that this run moved for it.
        verified_here: False where the destination's own check was the verdict (see `oci.content.Writer`).
    """

    descriptor: Descriptor
    outcome: Outcome
    moved: int
    verified_here: bool = True


@frozen
class Published:
    """A manifest or an index is at the destination.

    Args:
        descriptor: The document.
        names: The names it was given; empty for one that is found by digest.
    """

    descriptor: Descriptor
    names: tuple[str, ...]


@frozen
class Read:
    """More bytes of a layer that is compressed anew were read.

    Args:
        descriptor: The layer, as it is at the source.
        count: How many more.
    """

    descriptor: Descriptor
    count: int


@frozen
class Replaced:
    """Something was changed on its way.

    Args:
        before: What it was at the source.
        after: What it is at the destination.
    """

    before: Descriptor
    after: Descriptor


@frozen
class Finishing:
    """Everything is gathered; now the place is written, or given it, as a whole.

    Args:
        place: The destination, as people write it.
    """

    place: str


@frozen
class Retried:
    """Something failed and will be tried again.

    Args:
        descriptor: The content concerned.
        error: What failed.
        attempt: Which try failed, from 1.
        delay_s: Seconds until the next one.
    """

    descriptor: Descriptor
    error: OciError
    attempt: int
    delay_s: float


@frozen
class Rationed:
    """A registry has said how many requests it still answers.

    Args:
        place: The source or the destination, as people write it.
        rate_limit: What it said.
    """

    place: str
    rate_limit: RateLimit


@frozen
class Warned:
    """Somebody has something to say that does not stop the work.

    Args:
        text: What, in one line.
    """

    text: str


Event: TypeAlias = (
    Discovered
    | Narrowed
    | Started
    | Advanced
    | Finished
    | Finishing
    | Published
    | Read
    | Replaced
    | Retried
    | Rationed
    | Warned
)
Listener: TypeAlias = Callable[[Event], None]


def ignore(event: Event) -> None:
    """The listener that does not care."""
    del event
