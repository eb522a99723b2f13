"""Choosing among the names that a source lists: by what they say, or by when their images were made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .tag_filter import is_attachment_tag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .tag_filter import TagFilter


def chosen(
    names: Iterator[str], wanted: TagFilter, dated: Callable[[list[str]], list[tuple[float, str]]]
) -> Iterator[str]:
    """Yield the wanted names of a listing; as it arrives, where each can be judged alone.

    Args:
        names: The listing.
        wanted: What is wanted.
        dated: Finds out when images were made.
    """
    matching = (name for name in names if wanted.matches(name))
    if wanted.is_streamable:
        yield from matching
        return
    found = wanted.highest(name for name in matching if not is_attachment_tag(name))
    yield from wanted.latest(dated(found)) if wanted.needs_dates else found
