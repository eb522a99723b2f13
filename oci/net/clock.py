"""Time and chance, as one value that tests replace."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from ..content.cancellation import CancelToken
from ..frozen import field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Clock", "chance"]


def chance() -> float:
    """Give a random number from 0 up to 1; from the system, since Python's takes a millisecond to load."""
    return int.from_bytes(os.urandom(6), "big") / (1 << 48)


@frozen(kw_only=True)
class Clock:
    """What the network client knows of time.

    Args:
        monotonic: Seconds that only grow.
        now: The time of day, with a time zone; for dates that servers name.
        jitter: A random number from 0 up to 1.
        pause: Waits so many seconds, unless the token is cancelled; tells whether it was.
    """

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = field(default=partial(datetime.now, UTC))
    jitter: Callable[[], float] = chance
    pause: Callable[[CancelToken, float], bool] = CancelToken.wait
