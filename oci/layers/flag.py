"""Flags of open(2) for what is reached by descriptors; systems that lack some import this all the same."""

from __future__ import annotations

import os
from typing import Final

DIRECTORY: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
"""A directory, resolved as it is written."""

OWN_DIRECTORY: Final = DIRECTORY | getattr(os, "O_NOFOLLOW", 0)
"""A directory, and no link to one."""

NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
"""A file that is not there yet."""

PLACE: Final = getattr(os, "O_PATH", 0)
"""Something to go on from, whatever it is; nothing is read of it."""

PLACE_ITSELF: Final = PLACE | getattr(os, "O_NOFOLLOW", 0)
"""The same, and not what a link leads to."""
