"""The upper directory of an overlay, read as a layer: the marks of overlayfs become a layer's own.

Whiteouts are devices 0:0, or since Linux 6.7 empty files with an attribute; an opaque directory has an
attribute (overlayfs.rst, "whiteouts and opaque directories"). What speaks of files in the lower directories
(redirects, files of which only the metadata was copied up) means nothing without them, and is refused.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from ..errors import Unsupported
from .change import Change, Mark
from .status import NOT_HERE, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .branch import Branch

_NAMESPACES: Final = ("trusted.overlay.", "user.overlay.")
_NEEDS_LOWER: Final = frozenset({"redirect", "metacopy"})


def changes_of_upper(upper: Branch) -> Iterator[Change]:
    """Yield what an overlay's upper directory says, as `difference.differences` does.

    Args:
        upper: The directory; nobody may write to it meanwhile.

    Raises:
        Unsupported: It has something that means nothing without the lower directories.
        OSError: It cannot be read.
    """
    yield Change(Mark.PRESENT, "", "", upper.root_status())
    waiting = [""]
    while waiting:
        path = waiting.pop()
        if _marks(upper, path, ".").get("opaque") == b"y":
            yield Change(Mark.EMPTIED, path, "")
        present: list[Change] = []
        deeper: list[str] = []
        for name, status in upper.children(path).items():
            if _is_whiteout(upper, path, name, status):
                yield Change(Mark.ABSENT, path, name)
                continue
            change = Change(Mark.PRESENT, path, name, status)
            present.append(change)
            if stat.S_ISDIR(status.st_mode):
                deeper.append(change.path)
            if stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode):
                _refuse_half(change, _marks(upper, path, name))
        yield from present
        waiting += reversed(deeper)


def _is_whiteout(upper: Branch, path: str, name: str, status: os.stat_result) -> bool:
    if stat.S_ISCHR(status.st_mode):
        return status.st_rdev == 0
    if not stat.S_ISREG(status.st_mode) or status.st_size:
        return False
    return "whiteout" in _marks(upper, path, name)


def _refuse_half(change: Change, marks: dict[str, bytes]) -> None:
    found = _NEEDS_LOWER & marks.keys()
    if found:
        raise Unsupported(
            f"{change.path}: overlayfs has left a part of it below ({', '.join(sorted(found))})",
            hint="mount the overlay with redirect_dir=off,metacopy=off, or compare whole trees",
        )


def _marks(upper: Branch, path: str, name: str) -> dict[str, bytes]:
    """Read what overlayfs has noted of an entry: for root in one namespace, for others in another one."""
    place = place_of(upper.directory(path), name)
    try:
        names = os.listxattr(place, follow_symlinks=False)
    except OSError as error:
        if error.errno in NOT_HERE:
            return {}
        raise
    return {
        each.removeprefix(prefix): os.getxattr(place, each, follow_symlinks=False)
        for prefix in _NAMESPACES
        for each in names
        if each.startswith(prefix)
    }
