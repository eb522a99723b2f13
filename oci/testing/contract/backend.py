"""What a backend gives the suites: a place that is empty at first, and can be opened again and again."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from ...content import Finishes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...content import Sink


class Backend(Protocol):
    """One place of one kind."""

    @property
    def refused_names(self) -> tuple[str, ...]:
        """Names that this kind of place must refuse."""

    def open(self) -> Sink:
        """Open the place; what was stored and finished before is there."""


@contextmanager
def opened(backend: Backend) -> Iterator[Sink]:
    """Open a place and close it at the end, without finishing what was written."""
    sink = backend.open()
    try:
        yield sink
    finally:
        sink.close()


@contextmanager
def settled(backend: Backend) -> Iterator[Sink]:
    """Open a place, and at the end finish what was written and close it."""
    with opened(backend) as sink:
        yield sink
        if isinstance(sink, Finishes):
            sink.finish()


@contextmanager
def refuses(*kinds: type[Exception]) -> Iterator[None]:
    """Assert that the block raises one of these.

    Args:
        kinds: The acceptable exceptions.
    """
    try:
        yield
    except kinds:
        return
    raise AssertionError(f"nothing was raised, expected {' or '.join(kind.__name__ for kind in kinds)}")
