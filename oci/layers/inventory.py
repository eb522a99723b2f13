"""What a tree was when it was unpacked, written down, so that what somebody changed since can be found.

A fingerprint of each entry's status is kept, the time of its last change (ctime) and its inode among it. No
program can set that time back, so that what has the same fingerprint is what it was, and nothing has to be
read to know it. What was copied elsewhere has other fingerprints throughout: it counts as changed.

One line of JSON for each directory, in the order in which `difference.differences` asks for them: neither
writing nor reading holds more than one directory.
"""

from __future__ import annotations

import json
import stat
import struct
from hashlib import blake2b
from typing import IO, TYPE_CHECKING, Final

from ..errors import InvalidDocument

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    from .branch import Branch

_FORMAT: Final = "ocitool tree 1"
_STATUS: Final = struct.Struct("<QQQQQqqQ")
_FINGERPRINT_BYTES: Final = 12
_LINE_BYTES: Final = 1024**3
_DIRECTORY: Final = "d"
_OTHER: Final = "-"


def write_inventory(branch: Branch, file: IO[str]) -> int:
    """Write down what a tree is.

    Args:
        branch: The tree; nobody may change it meanwhile.
        file: Where to.

    Returns:
        How many entries it has, the root included.

    Raises:
        OSError: The tree cannot be read, or the file cannot be written.
    """
    file.write(json.dumps([_FORMAT, _fingerprint(branch.root_status())]) + "\n")
    count = 1
    waiting = [""]
    while waiting:
        path = waiting.pop()
        above = f"{path}/" if path else ""
        children = branch.children(path)
        count += len(children)
        found = {name: _fingerprint(status) for name, status in children.items()}
        file.write(json.dumps([path, found], separators=(",", ":")) + "\n")
        deeper = [above + name for name, each in found.items() if each[0] == _DIRECTORY]
        waiting += reversed(deeper)
    return count


class Inventory:
    """What a tree was, as a `Before` for `differences`.

    Args:
        file: What `write_inventory` wrote.
        where: Which file it is, for error messages.

    Raises:
        InvalidDocument: It is something else.
    """

    def __init__(self, file: IO[str], *, where: str) -> None:
        self._where = where
        self._lines = self._read(file)
        form, self._root = next(self._lines, ("", ""))
        if form != _FORMAT or not isinstance(self._root, str):
            raise self._damaged()
        self._fingerprints: Mapping[str, str] = {}

    def names(self, path: str) -> Mapping[str, bool]:
        """Tell what was in a directory."""
        for known, fingerprints in self._lines:
            if known == path and isinstance(fingerprints, dict):
                self._fingerprints = fingerprints
                return {name: each.startswith(_DIRECTORY) for name, each in fingerprints.items()}
        raise self._damaged()

    def is_same(self, path: str, name: str, status: os.stat_result) -> bool:
        """Compare fingerprints."""
        known = self._fingerprints[name] if name or path else self._root
        return known == _fingerprint(status)

    def _read(self, file: IO[str]) -> Iterator[tuple[str, object]]:
        while line := file.readline(_LINE_BYTES):
            try:
                found = json.loads(line)
            except ValueError as error:
                raise self._damaged() from error
            if not isinstance(found, list) or len(found) != 2 or not isinstance(found[0], str):
                raise self._damaged()
            yield found[0], found[1]

    def _damaged(self) -> InvalidDocument:
        return InvalidDocument(f"{self._where}: not the inventory of a tree, or a damaged one")


def _fingerprint(status: os.stat_result) -> str:
    packed = _STATUS.pack(
        status.st_mode,
        status.st_uid,
        status.st_gid,
        status.st_size,
        status.st_ino,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_rdev,
    )
    kind = _DIRECTORY if stat.S_ISDIR(status.st_mode) else _OTHER
    return kind + blake2b(packed, digest_size=_FINGERPRINT_BYTES).hexdigest()
