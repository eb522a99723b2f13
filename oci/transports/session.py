"""What the opening of a transport may need besides a name: one value for one side of a transfer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..content import CancelToken, Limits
from ..frozen import field, frozen
from ..settings import Settings
from .shared import Shared

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _ignore(_message: str) -> None:
    """Drop a line."""


@frozen(kw_only=True)
class Session:
    """Settings of one side, and what the work on it shares.

    Args:
        settings: What the user has decided about this side.
        shared: What this side has in common with others of the same call.
        token: Stops the work, waiting included.
        limits: Bounds on what is read.
        warn: Is told, in one line, what the user should know.
        trace: Is told of every request and its answer, in one line each, without secrets.
        shared_blobs: Where a layout's blobs are, if not in the layout.
        scratch: Where temporary files go; None for the system's usual place.
        modified_s: The modification time of everything in an archive that is written, in seconds since the
            epoch (as SOURCE_DATE_EPOCH has it), so that equal images give equal files.
    """

    settings: Settings = field(default_factory=Settings)
    shared: Shared = field(default_factory=Shared)
    token: CancelToken = field(default_factory=CancelToken)
    limits: Limits = field(default_factory=Limits)
    warn: Callable[[str], None] = _ignore
    trace: Callable[[str], None] = _ignore
    shared_blobs: Path | None = None
    scratch: Path | None = None
    modified_s: int = 0

    def pause(self, seconds: float) -> None:
        """Wait.

        Args:
            seconds: How long.

        Raises:
            Cancelled: The work is no longer wanted.
        """
        self.token.wait(seconds)
        self.token.raise_if_cancelled()
