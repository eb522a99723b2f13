"""No progress: only warnings and remarks, which are none, are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oci.transfer.event import Warned

from ..text import escaped
from .display import Display

if TYPE_CHECKING:
    from oci.transfer.event import Event


class Silent(Display):
    """Shows nothing but warnings and remarks."""

    def on_event(self, event: Event, now_s: float) -> None:
        """Show a warning."""
        if isinstance(event, Warned):
            self.on_note(f"warning: {event.text}", now_s)

    def on_note(self, text: str, now_s: float) -> None:
        """Write a remark as everywhere else."""
        self.write(f"ocitool: {escaped(text)}")
