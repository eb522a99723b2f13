"""What is to be synchronised, as values: where images come from, which of them, and where each goes.

A lane has one source place: a repository, a layout, one image in a directory. Listing it, choosing among its
names and moving them is the executor's work; nothing here asks anybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...frozen import field, frozen
from .tag_filter import TagFilter

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...content import Name, Sink, Source
    from ...spec import Digest
    from ..root import Judge
    from ..selection import Selection
    from .attendant import Attendant


def _anything(_name: Name, _source: Source) -> None:
    """Let every image in."""


def _nobody(_name: Name, _source: Source) -> None:
    """Leave signatures alone."""


def _nothing(_name: str) -> bool:
    """Leave nothing to attendants."""
    return False


@frozen
class Target:
    """Where one image goes.

    Args:
        label: The image at the destination, as people write it.
        place: A text that is the same for all images that go to the same place.
        name: What the place is asked for to find out what is there: the tag, or a digest.
        names: What the image is called there; empty where it is known by its digest.
    """

    label: str
    place: str
    name: Name
    names: tuple[str, ...]


@frozen(kw_only=True)
class Lane:
    """One place that images are taken from.

    Args:
        label: The place, as people write it.
        open_source: Opens it; it is closed when the lane is done.
        open_sink: Opens the place that a target names; all sinks of a lane are closed when it is done.
        target: Says where the image of a name goes.
        image_label: Writes the name of one image of the place as people do.
        admit: Raises for an image that must not be let in, before anything of it is looked at; or returns
            who has to judge it, where something is demanded of it.
        attend: Returns who sees to the signatures of an image, or None.
        is_apart: Says of a name at the source that what is under it is not copied: its attendant adds it to
            what the destination has.
        is_guarded: Whether images may be rejected: then nobody asks the destination for anything before one
            of them has been let in.
        wanted: Which of the names that the place lists.
        names: Exactly these images, without a listing; None to list.
        selection: Which images of an index, or None for what the options say.
        is_mirror: Whether one place at the destination holds the images of this lane and nothing else, so
            that it can be listed, and what the source does not have can be removed.
    """

    label: str
    open_source: Callable[[], Source]
    open_sink: Callable[[Target], Sink]
    target: Callable[[Name], Target]
    image_label: Callable[[Name], str]
    admit: Callable[[Name, Source], Judge | None] = _anything
    attend: Callable[[Name, Source], Attendant | None] = _nobody
    is_apart: Callable[[str], bool] = _nothing
    is_guarded: bool = False
    wanted: TagFilter = field(default_factory=TagFilter)
    names: tuple[str | Digest | None, ...] | None = None
    selection: Selection | None = None
    is_mirror: bool = False
