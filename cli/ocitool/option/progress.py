"""How progress is shown: the option that commands which take long have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..progress.mode import Mode
from .value import one_of

if TYPE_CHECKING:
    from .bundle import Decorator


def progress_option(shown: str) -> Decorator:
    """Declare the option; its value is that of a `Mode`.

    Args:
        shown: What the command shows, for help.
    """
    return one_of(
        "--progress", *(mode.value for mode in Mode), text=f"How progress is shown on stderr: {shown}."
    )
