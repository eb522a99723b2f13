"""Cancelling reaches everybody who waits, once, and forgets those who do not wait any more."""

from __future__ import annotations

import gc
import os
import signal
import threading
import weakref
from functools import partial

import pytest

from oci import errors
from oci.content.cancellation import CancelToken, Registration


def test_a_new_token_is_wanted_work() -> None:
    token = CancelToken()
    token.raise_if_cancelled()
    assert not token.cancelled
    assert not token.wait(0)


def test_cancelling_runs_every_callback_once() -> None:
    token = CancelToken()
    seen: list[str] = []
    first = token.on_cancel(lambda: seen.append("first"))
    second = token.on_cancel(lambda: seen.append("second"))
    token.cancel()
    token.cancel()
    assert sorted(seen) == ["first", "second"]
    with pytest.raises(errors.Cancelled):
        token.raise_if_cancelled()
    first.remove()
    second.remove()


def test_a_late_registration_runs_at_once() -> None:
    token = CancelToken()
    token.cancel()
    seen: list[str] = []
    with token.on_cancel(lambda: seen.append("late")):
        assert seen == ["late"]


def test_a_removed_callback_does_not_run() -> None:
    token = CancelToken()
    seen: list[str] = []
    with token.on_cancel(lambda: seen.append("gone")):
        pass
    token.cancel()
    assert seen == []


def test_all_callbacks_run_although_one_fails() -> None:
    token = CancelToken()
    seen: list[int] = []

    def fail() -> None:
        raise RuntimeError("from a callback")

    for number in range(3):
        token.on_cancel(partial(seen.append, number))
        token.on_cancel(fail)
    with pytest.raises(RuntimeError, match="from a callback"):
        token.cancel()
    assert sorted(seen) == [0, 1, 2]
    assert token.cancelled


def test_a_child_goes_with_its_parent() -> None:
    parent = CancelToken()
    child = parent.child().child()
    woken: list[str] = []
    with child.on_cancel(lambda: woken.append("child")):
        parent.cancel()
        assert child.cancelled
        assert woken == ["child"]
        child.cancel()
        assert woken == ["child"]


def test_a_parent_and_a_sibling_outlive_a_child() -> None:
    parent = CancelToken()
    child, sibling = parent.child(), parent.child()
    child.cancel()
    assert child.cancelled
    assert not parent.cancelled
    assert not sibling.cancelled


def test_a_dropped_child_and_a_removed_registration_leave_nothing_behind() -> None:
    parent = CancelToken()
    child = parent.child()
    with child.on_cancel(lambda: None):
        pass
    trace = weakref.ref(child)
    del child
    gc.collect()
    assert trace() is None
    assert len(parent._mark.registrations) == 0


def test_removing_waits_for_a_callback_that_is_running() -> None:
    token = CancelToken()
    entered, leave = threading.Event(), threading.Event()
    order: list[str] = []

    def callback() -> None:
        entered.set()
        assert leave.wait(60)
        order.append("callback returned")

    registration = token.on_cancel(callback)
    canceller = threading.Thread(target=token.cancel)
    canceller.start()
    assert entered.wait(60)

    def remove() -> None:
        registration.remove()
        order.append("removed")

    remover = threading.Thread(target=remove)
    remover.start()
    leave.set()
    remover.join(60)
    canceller.join(60)
    assert order == ["callback returned", "removed"]


def test_a_callback_may_remove_its_own_registration() -> None:
    token = CancelToken()
    kept: list[Registration] = []

    def remove() -> None:
        kept.pop().remove()

    kept.append(token.on_cancel(remove))
    token.cancel()
    assert kept == []


def test_waiting_ends_when_another_thread_cancels() -> None:
    token = CancelToken()
    answers: list[bool] = []
    waiting = threading.Thread(target=lambda: answers.append(token.wait(3600)))
    waiting.start()
    token.cancel()
    waiting.join(60)
    assert answers == [True]


def test_waiting_ends_by_itself() -> None:
    token = CancelToken()
    assert not token.wait(0.001)
    assert len(token._mark.registrations) == 0


def test_waiting_in_a_child_ends_with_the_parent() -> None:
    token = CancelToken()
    answers: list[bool] = []
    waiting = threading.Thread(target=lambda: answers.append(token.child().wait(3600)))
    waiting.start()
    token.cancel()
    waiting.join(60)
    assert answers == [True]


def test_cancelling_from_a_signal_handler_ends_a_wait_in_the_same_thread() -> None:
    token = CancelToken()
    before = signal.signal(signal.SIGUSR1, lambda *_: token.cancel())
    try:
        threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        assert token.wait(3600)
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_registering_and_cancelling_at_the_same_time_never_loses_a_callback() -> None:
    for _ in range(50):
        token = CancelToken()
        start = threading.Barrier(2)
        seen: list[int] = []
        registering = threading.Thread(target=_register_many, args=(token, start, seen))
        registering.start()
        start.wait(60)
        token.cancel()
        registering.join(60)
        assert sorted(seen) == list(range(100))


def _register_many(token: CancelToken, start: threading.Barrier, seen: list[int]) -> None:
    start.wait(60)
    for number in range(100):
        token.on_cancel(partial(seen.append, number))
