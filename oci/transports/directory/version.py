"""The file ``version`` of an image directory: what marks it as one.

1.1 is what every release of skopeo reads. 1.2 came with digests other than sha256 in file names, and is
written for these alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ...errors import InvalidDocument, StorageError, Unsupported
from ..layout import disk

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ...spec import Digest

VERSION_NAME: Final = "version"

_TEXT: Final = re.compile(rb"Directory Transport Version: ([0-9]{1,4})\.([0-9]{1,4})\n")
_NEWEST: Final = (1, 2)
_BYTES: Final = 4096


def version_text(digests: Iterable[Digest]) -> bytes:
    """Return the file for a directory with files of these digests."""
    minor = 1 if all(digest.algorithm == "sha256" for digest in digests) else 2
    return b"Directory Transport Version: 1.%d\n" % minor


def check_readable(directory: Path) -> None:
    """Refuse a directory of a version that is not known. Without the file it is one of the first ones.

    Raises:
        InvalidDocument: The file says something else.
        Unsupported: It is of a newer version.
        StorageError: It cannot be read.
    """
    raw = _read(directory)
    if raw is not None:
        _check(raw, directory)


def check_writable(directory: Path) -> None:
    """Refuse to write where something else might be lost.

    Raises:
        StorageError: The directory holds something else than an image.
        Unsupported: It is of a newer version.
    """
    try:
        raw = _read(directory)
        if raw is not None:
            _check(raw, directory)
            return
    except InvalidDocument as error:
        raise _foreign(directory, VERSION_NAME) from error
    with disk.storage_errors("look at", directory):
        try:
            # Another writer may be making an image directory of it at this moment.
            foreign = [path.name for path in directory.iterdir() if not path.name.startswith(_NOT_FOREIGN)]
        except FileNotFoundError:
            return
    if foreign:
        raise _foreign(directory, min(foreign))


_NOT_FOREIGN: Final = (f".{VERSION_NAME}.", VERSION_NAME, "lost+found")


def _read(directory: Path) -> bytes | None:
    path = directory / VERSION_NAME
    with disk.storage_errors("read", path):
        try:
            raw = disk.read_small(path, limit=_BYTES)
        except FileNotFoundError:
            return None
        return b"" if raw is None else raw


def _check(raw: bytes, directory: Path) -> None:
    matched = _TEXT.fullmatch(raw)
    if matched is None:
        raise InvalidDocument(f"{directory / VERSION_NAME}: {raw[:60]!r} is not the version of a directory")
    if (int(matched[1]), int(matched[2])) > _NEWEST:
        text = raw.decode().strip()
        raise Unsupported(f"{directory}: {text!r} is not supported, 1.2 is the newest that is")


def _foreign(directory: Path, name: str) -> StorageError:
    return StorageError(
        f"{directory} is not an image directory and not empty (it holds {name!a})",
        path=str(directory),
        hint="choose a new or empty directory",
    )
