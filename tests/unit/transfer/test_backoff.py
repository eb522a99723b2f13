"""When a blob is tried again, and after how long."""

from __future__ import annotations

import pytest

from oci.content import Rewound
from oci.errors import (
    AddressRefused,
    ConnectFailed,
    ConnectionBroken,
    Denied,
    NotFound,
    OciError,
    RateLimited,
    RegistryError,
    Stalled,
    TlsFailed,
)
from oci.transfer.backoff import MAX_REWINDS, PROGRESS_BYTES, Backoff
from oci.wire.retry import RetryRule

BROKEN = ConnectionBroken("broke", host="h")
STALLED = Stalled("stalled", host="h")
REWOUND = Rewound("again", host="h")


def backoff(attempts: int = 4) -> Backoff:
    return Backoff(RetryRule(attempts=attempts, base_s=1.0), jitter=lambda: 1.0)


def test_delays_double_until_the_tries_are_used_up() -> None:
    one = backoff()
    assert [one.delay_after(STALLED, offset=0) for _ in range(4)] == [1.0, 2.0, 4.0, None]


def test_the_first_break_of_a_connection_costs_no_delay() -> None:
    one = backoff()
    assert [one.delay_after(BROKEN, offset=0) for _ in range(3)] == [0.0, 2.0, 4.0]


def test_getting_further_than_ever_begins_the_count_anew() -> None:
    one = backoff(attempts=2)
    for step in range(1, 10):
        assert one.delay_after(BROKEN, offset=step * PROGRESS_BYTES) == 0.0
    assert one.delay_after(BROKEN, offset=9 * PROGRESS_BYTES) is None


def test_coming_to_the_same_place_again_is_no_progress() -> None:
    one = backoff(attempts=3)
    assert one.delay_after(BROKEN, offset=50 * PROGRESS_BYTES) == 0.0
    assert one.delay_after(BROKEN, offset=50 * PROGRESS_BYTES) is not None
    assert one.delay_after(BROKEN, offset=50 * PROGRESS_BYTES) is None


def test_bytes_that_are_wanted_again_are_no_failure_until_there_is_no_end_of_it() -> None:
    one = backoff(attempts=2)
    assert [one.delay_after(REWOUND, offset=0) for _ in range(MAX_REWINDS)] == [0.0] * MAX_REWINDS
    assert one.delay_after(REWOUND, offset=0) == 1.0
    assert one.delay_after(REWOUND, offset=0) is None


def test_what_the_peer_asks_for_is_waited() -> None:
    limited = RateLimited("too many", status=429, retry_after_s=7.0)
    delay_s = backoff().delay_after(limited, offset=0)
    assert delay_s is not None
    assert delay_s >= 7.0


@pytest.mark.parametrize(
    "error",
    [
        AddressRefused("no", host="h"),
        TlsFailed("no", host="h"),
        Denied("no", status=403),
        RegistryError("no", status=400),
        NotFound("no", name="x"),
    ],
)
def test_what_will_not_pass_is_not_waited_for(error: OciError) -> None:
    assert backoff().delay_after(error, offset=0) is None


@pytest.mark.parametrize("error", [ConnectFailed("no", host="h"), RegistryError("no", status=503)])
def test_what_may_pass_is_waited_for(error: OciError) -> None:
    assert backoff().delay_after(error, offset=0) == 1.0
