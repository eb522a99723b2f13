"""The limit of a host: what it lets through, how it adapts, and that nobody waits in vain."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest

from oci import errors
from oci.content.cancellation import CancelToken
from oci.net.clock import Clock
from oci.net.gate import STEP, Gate

PATIENCE_S = 60.0


class Time:
    """A clock that moves only when somebody waits."""

    def __init__(self) -> None:
        self.seconds = 100.0
        self.pauses: list[float] = []

    def clock(self) -> Clock:
        return Clock(monotonic=lambda: self.seconds, pause=self.pause, jitter=lambda: 0.0)

    def pause(self, token: CancelToken, seconds: float) -> bool:
        self.pauses.append(seconds)
        self.seconds += seconds
        return token.cancelled


def enter(gate: Gate, *, token: CancelToken | None = None) -> tuple[threading.Thread, list[object]]:
    """Ask for a slot in another thread; the outcome is put into the list."""
    outcome: list[object] = []

    def run() -> None:
        try:
            outcome.append(gate.enter(token or CancelToken()))
        except errors.Cancelled as error:
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, outcome


def until_waiting(gate: Gate, threads: int) -> None:
    """Wait until so many threads stand in the queue."""
    deadline = threading.Event()
    for _ in range(2000):
        if len(gate._queue) == threads:
            return
        deadline.wait(0.005)
    raise AssertionError("nobody waits")


def test_the_limit_is_kept_and_slots_are_handed_on_in_turn() -> None:
    gate = Gate(start=2)
    token = CancelToken()
    gate.enter(token)
    gate.enter(token)
    waiting = []
    for number in range(1, 4):
        waiting.append(enter(gate))
        until_waiting(gate, number)
    for number in range(3):
        gate.leave()
        waiting[number][0].join(PATIENCE_S)
        assert [len(outcome) for _, outcome in waiting] == [1] * (number + 1) + [0] * (2 - number)


def test_a_slot_is_given_back_although_its_holder_fails() -> None:
    gate = Gate(start=1)
    for _ in range(3):
        with pytest.raises(KeyError), gate.slot(CancelToken()):
            raise KeyError
    with gate.slot(CancelToken()):
        pass


def test_cancelling_ends_the_wait_and_frees_the_place() -> None:
    gate = Gate(start=1)
    gate.enter(CancelToken())
    token = CancelToken()
    cancelled, outcome = enter(gate, token=token)
    until_waiting(gate, 1)
    behind, outcome_behind = enter(gate)
    until_waiting(gate, 2)
    token.cancel()
    cancelled.join(PATIENCE_S)
    assert [type(each) for each in outcome] == [errors.Cancelled]
    gate.leave()
    behind.join(PATIENCE_S)
    assert outcome_behind == [0]
    gate.leave()
    with ExitStack() as stack:
        stack.enter_context(gate.slot(CancelToken()))
        assert gate._in_use == 1


def test_a_cancelled_request_does_not_enter() -> None:
    gate = Gate()
    token = CancelToken()
    token.cancel()
    with pytest.raises(errors.Cancelled):
        gate.enter(token)
    assert gate._in_use == 0


def test_a_complaint_halves_the_limit_down_to_one() -> None:
    time = Time()
    gate = Gate(start=10, clock=time.clock())
    limits = []
    for _ in range(5):
        with gate.slot(CancelToken()) as slot:
            slot.throttled(0)
        limits.append(gate.limit)
    assert limits == [5, 2, 1, 1, 1]


def test_complaints_of_one_burst_count_once() -> None:
    gate = Gate(start=8, clock=Time().clock())
    with ExitStack() as stack:
        slots = [stack.enter_context(gate.slot(CancelToken())) for _ in range(8)]
        for slot in slots:
            slot.throttled(0)
    assert gate.limit == 4


def test_twenty_good_answers_in_a_row_add_one_up_to_the_maximum() -> None:
    gate = Gate(start=1, maximum=3, clock=Time().clock())

    def praise(times: int) -> None:
        for _ in range(times):
            with gate.slot(CancelToken()) as slot:
                slot.succeeded()

    praise(STEP - 1)
    assert gate.limit == 1
    praise(1)
    assert gate.limit == 2
    praise(STEP - 1)
    with gate.slot(CancelToken()) as slot:
        slot.throttled(0)
    assert gate.limit == 1
    praise(STEP - 1)
    assert gate.limit == 1
    praise(1 + 5 * STEP)
    assert gate.limit == 3


def test_a_higher_limit_lets_in_who_waits() -> None:
    gate = Gate(start=1, clock=Time().clock())
    with gate.slot(CancelToken()) as slot:
        thread, outcome = enter(gate)
        until_waiting(gate, 1)
        for _ in range(STEP):
            slot.succeeded()
        thread.join(PATIENCE_S)
        assert outcome == [0]


def test_nobody_enters_before_the_moment_that_the_host_named() -> None:
    time = Time()
    gate = Gate(start=8, clock=time.clock())
    with gate.slot(CancelToken()) as slot:
        slot.throttled(7)
        slot.throttled(3)
    with gate.slot(CancelToken()):
        assert time.seconds == 107
    with gate.slot(CancelToken()):
        assert time.pauses == [7]


def test_a_pause_that_is_ended_by_cancelling_enters_nothing() -> None:
    token = CancelToken()

    def pause(token: CancelToken, seconds: float) -> bool:
        token.cancel()
        return True

    gate = Gate(clock=Clock(pause=pause))
    with gate.slot(CancelToken()) as slot:
        slot.throttled(3600)
    with pytest.raises(errors.Cancelled):
        gate.enter(token)
    assert gate._in_use == 0


def test_many_threads_never_exceed_the_limit() -> None:
    gate = Gate(start=3)
    lock = threading.Lock()
    inside = most = 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(200):
            with gate.slot(CancelToken()):
                with lock:
                    inside += 1
                    most = max(most, inside)
                with lock:
                    inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert (inside, most <= 3) == (0, True)
    assert gate._in_use == 0
