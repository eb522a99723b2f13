"""What was said before the command."""

from __future__ import annotations


class Invocation:
    """The options of the program itself; every command gets them as click's ``obj``.

    Attributes:
        debug: Whether an internal error shows its traceback.
        timeout_s: Seconds that the command may take, or None.
        os: The operating system to choose images for, or None for this machine's.
        architecture: The architecture to choose images for, or None for this machine's.
        variant: The variant of it, or None for this machine's.
    """

    debug: bool = False
    timeout_s: float | None = None
    os: str | None = None
    architecture: str | None = None
    variant: str | None = None
