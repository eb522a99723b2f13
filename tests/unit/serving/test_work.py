"""Pools of threads beside the event loop."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from oci.serving.work import WorkPool

if TYPE_CHECKING:
    from collections.abc import Iterator


class Thing:
    """Something open; opening it takes until it is allowed."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.may_open = threading.Event()
        self.is_open = threading.Event()
        self.closed = threading.Event()

    def open(self) -> Thing:
        """Open it."""
        self.began.set()
        assert self.may_open.wait(60)
        self.is_open.set()
        return self

    def close(self) -> None:
        """Close it."""
        self.closed.set()


@pytest.fixture
def pool() -> Iterator[WorkPool]:
    pool = WorkPool("test", threads=1)
    yield pool
    pool.close()


def test_what_is_opened_belongs_to_the_caller(pool: WorkPool) -> None:
    thing = Thing()
    thing.may_open.set()
    assert asyncio.run(pool.open(thing.open)) is thing
    assert not thing.closed.is_set()


def test_what_is_opened_for_a_caller_who_has_gone_is_closed(pool: WorkPool) -> None:
    thing = Thing()

    async def leave() -> None:
        task = asyncio.create_task(pool.open(thing.open))
        await asyncio.to_thread(thing.began.wait, 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(leave())
    assert not thing.is_open.is_set()
    thing.may_open.set()
    assert thing.closed.wait(60)


def test_a_caller_who_goes_when_it_is_open_already_leaves_nothing_open(pool: WorkPool) -> None:
    thing = Thing()

    async def leave() -> None:
        task = asyncio.create_task(pool.open(thing.open))
        await asyncio.to_thread(thing.began.wait, 20)
        thing.may_open.set()
        # Without giving the loop a turn: the task has not heard of it.
        assert thing.is_open.wait(60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(leave())
    assert thing.closed.wait(60)


def test_what_could_not_be_opened_is_the_caller_s_failure(pool: WorkPool) -> None:
    def fail() -> Thing:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        asyncio.run(pool.open(fail))


def test_what_has_not_begun_when_the_caller_goes_never_begins(pool: WorkPool) -> None:
    first, second = Thing(), Thing()

    async def leave() -> None:
        tasks = [asyncio.create_task(pool.open(thing.open)) for thing in (first, second)]
        await asyncio.to_thread(first.began.wait, 20)
        tasks[1].cancel()
        with pytest.raises(asyncio.CancelledError):
            await tasks[1]
        first.may_open.set()
        await tasks[0]

    asyncio.run(leave())
    pool.close()
    assert not second.began.is_set()
