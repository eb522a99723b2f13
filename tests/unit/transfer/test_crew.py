"""The bounded pool."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from oci.content import CancelToken
from oci.errors import Cancelled
from oci.transfer.crew import Crew


def test_no_more_threads_run_than_allowed_and_tasks_may_add_tasks() -> None:
    crew = Crew(3, CancelToken())
    lock, running, most, done = threading.Lock(), 0, 0, []
    full = threading.Barrier(3)

    def leaf(number: int) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        if number < 3:
            full.wait(60)
        with lock:
            running -= 1
            done.append(number)

    def discovery() -> None:
        for number in range(30):
            crew.submit(partial(leaf, number))

    crew.submit(discovery)
    crew.wait()
    assert sorted(done) == list(range(30))
    assert most == 3


def test_large_tasks_run_before_small_ones_and_discoveries_before_all() -> None:
    crew = Crew(1, CancelToken())
    order: list[str] = []
    gate = threading.Event()

    def wait() -> None:
        assert gate.wait(60)

    crew.submit(wait)
    for size in (5, 500, 50):
        crew.submit(partial(order.append, str(size)), size=size)
    crew.submit(lambda: order.append("discovery"))
    gate.set()
    crew.wait()
    assert order == ["discovery", "500", "50", "5"]


def test_the_first_failure_stops_the_others_and_is_the_one_raised() -> None:
    token = CancelToken()
    crew = Crew(2, token)
    started = threading.Event()

    def patient() -> None:
        started.set()
        token.wait(60)
        token.raise_if_cancelled()

    def failing() -> None:
        assert started.wait(60)
        raise ValueError("the reason")

    crew.submit(patient)
    crew.submit(failing)
    with pytest.raises(ValueError, match="the reason"):
        crew.wait()
    assert token.cancelled


def test_cancelling_from_outside_ends_the_wait() -> None:
    token = CancelToken()
    crew = Crew(1, token)

    def wait() -> None:
        token.wait(60)

    crew.submit(wait)
    threading.Timer(0.05, token.cancel).start()
    with pytest.raises(Cancelled):
        crew.wait()


def meet(barrier: threading.Barrier) -> None:
    barrier.wait()


def test_tasks_that_come_while_a_thread_wakes_up_run_at_once() -> None:
    for _ in range(50):
        crew, together, first = Crew(2, CancelToken()), threading.Barrier(2, timeout=60), threading.Event()
        crew.submit(first.set)
        assert first.wait(60)
        crew.submit(partial(meet, together))
        crew.submit(partial(meet, together))
        crew.wait()


def test_a_task_wakes_a_thread_and_not_the_caller_who_waits_for_all() -> None:
    crew = Crew(2, CancelToken())

    def busy() -> None:
        for _ in range(50):
            together = threading.Barrier(2, timeout=60)
            crew.submit(partial(meet, together))
            meet(together)

    crew.submit(busy)
    crew.wait()
