"""What a block of work raises, kept for another thread that is going to raise it.

A thread that fails has nobody to raise to. Whoever waits for it does, so that nothing is lost: not even a
`KeyboardInterrupt`, which is why this keeps every exception there is. Whoever captures has to look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType


class Capture:
    """A context manager that ends its block's exception, and remembers it.

    Example:
        >>> with Capture() as captured:
        ...     int("one")
        >>> type(captured.error).__name__
        'ValueError'
    """

    __slots__ = ("error",)

    def __init__(self) -> None:
        self.error: BaseException | None = None

    def __enter__(self) -> Self:
        self.error = None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self.error = error
        return True

    def raise_again(self) -> None:
        """Raise what was captured; return where the block ended well.

        Raises:
            BaseException: What the block raised.
        """
        if self.error is not None:
            raise self.error
