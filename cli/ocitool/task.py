"""What the command line is doing, so that a failure can name it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from oci.errors import Cancelled, OciError

if TYPE_CHECKING:
    from collections.abc import Iterator


class TaskFailed(Exception):
    """What was being done when its cause happened.

    Args:
        task: The command and what it worked on, such as ``inspect docker://host/name:tag``.
    """

    def __init__(self, task: str) -> None:
        super().__init__(task)
        self.task = task


@contextmanager
def task(*words: str) -> Iterator[None]:
    """Say what is being done: the command, and references as the user wrote them.

    Raises:
        TaskFailed: It failed; the cause says how.
    """
    try:
        yield
    except (Cancelled, BrokenPipeError):
        raise
    except (OciError, OSError) as error:
        raise TaskFailed(" ".join(words)) from error
