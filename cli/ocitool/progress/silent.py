"""No progress: only warnings, which are not progress, are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oci.transfer.event import Warned

from ..text import escaped
from .display import Display

if TYPE_CHECKING:
    from oci.transfer.event import Event


class Silent(Display):
    """Shows nothing but warnings."""

    def on_event(self, event: Event, now_s: float) -> None:
        """Show a warning."""
        if isinstance(event, Warned):
            self.write(f"ocitool: warning: {escaped(event.text)}")
