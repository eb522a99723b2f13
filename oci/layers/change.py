"""One entry of a layer to be: something that is there now, or the mark of something that is not any more."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import os


class Mark(Enum):
    """What an entry says."""

    PRESENT = "present"
    """This is here now."""
    ABSENT = "absent"
    """A name that lies below is gone."""
    EMPTIED = "emptied"
    """All that lies below in a directory is gone."""


class Change(NamedTuple):
    """A difference.

    Args:
        mark: What it says.
        directory: The path of the directory; empty for the root.
        name: The name in it; empty for the directory itself (of a root, or what was emptied).
        status: What is there now.
    """

    mark: Mark
    directory: str
    name: str
    status: os.stat_result | None = None

    @property
    def path(self) -> str:
        """The whole path."""
        return f"{self.directory}/{self.name}" if self.directory and self.name else self.directory + self.name
