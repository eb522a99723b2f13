"""On what terms a place in the file system is used: how much is read of it, and how others are waited for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from ...content.limits import Limits
from ...frozen import field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@frozen(kw_only=True)
class DiskTerms:
    """The terms.

    Args:
        limits: Bounds on what is read.
        sleep: How to wait for other writers; raise from it to give up.
        shared_blobs: Where the blobs of layouts are (``<algorithm>/<hex>`` beneath it), if not in each.
    """

    limits: Limits = field(default_factory=Limits)
    sleep: Callable[[float], object] = time.sleep
    shared_blobs: Path | None = None


USUAL: Final = DiskTerms()
"""What goes where nothing else is said."""
