"""Bounded thread pools, one per class of work, so that slow bulk work never starves a quick answer."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

__all__ = ["WorkPool"]

P = ParamSpec("P")
T = TypeVar("T")


class Closable(Protocol):
    """What has to be closed by whoever has it."""

    def close(self) -> object:
        """Let go of it."""


C = TypeVar("C", bound=Closable)


class WorkPool:
    """Runs blocking functions of one class of work beside the event loop.

    Args:
        name: The class of work, as it shows in thread names.
        threads: How many run at once; more wait their turn.
    """

    def __init__(self, name: str, *, threads: int) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function in the pool and wait for its result.

        A cancelled caller does not stop a function that has begun.

        Args:
            function: What to run.
            *args: Its arguments.
            **kwargs: Its keyword arguments.

        Returns:
            Its result.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, lambda: function(*args, **kwargs))

    async def open(self, function: Callable[P, C], *args: P.args, **kwargs: P.kwargs) -> C:
        """Run a function that opens something, as `run` does.

        Where the caller is cancelled meanwhile, what is opened then is nobody's, and closed.

        Args:
            function: What to run.
            *args: Its arguments.
            **kwargs: Its keyword arguments.

        Returns:
            What it opened; the caller's to close.
        """
        opening = self._executor.submit(function, *args, **kwargs)
        try:
            return await asyncio.wrap_future(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close_result)
            raise

    def close(self) -> None:
        """Let what has begun come to its end, and take nothing more."""
        self._executor.shutdown(wait=True, cancel_futures=True)


def _close_result(opening: Future[C]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
