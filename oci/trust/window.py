"""Times between which a key or an authority counts, both ends included (sigstore_common.proto, TimeRange)."""

from __future__ import annotations

from ..frozen import frozen


@frozen(kw_only=True)
class Window:
    """When something counts.

    Args:
        begins_s: From when on, in seconds since 1970; None for always.
        ends_s: Until when; None for ever.
    """

    begins_s: float | None = None
    ends_s: float | None = None

    def holds(self, at_s: float) -> bool:
        """Tell whether a moment is within it."""
        return (self.begins_s is None or self.begins_s <= at_s) and (
            self.ends_s is None or at_s <= self.ends_s
        )


ALWAYS = Window()
"""No bounds."""
