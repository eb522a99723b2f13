"""Places that keep simple signatures as numbered files: lookaside directories, and ``dir:``.

containers-registries.d(5). Files are counted from 1 until one is missing. A file that is there and cannot be
read is not the end: the place could not be asked.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from ...errors import LimitExceeded, StorageError
from ...frozen import frozen
from ...spec import Digest
from ...transports.directory.file_name import IMAGE, blob_name
from ..signature import Family, Signature
from ..verdict import Absent, Found, Unasked
from .packet import MAX_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from ..signature import Subject
    from ..verdict import Reading

MAX_SIGNATURES: Final = 128
"""Signatures that one image may have in one place."""

_SIMPLE: Final = b"\0simple-signing\n"
_SIGSTORE: Final = b"\0sigstore-json\n"
# A pipe must not hold up who opens it; what is no regular file is refused.
_FLAGS: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


@frozen
class LookasideShelf:
    """A directory with the signatures of the images of registries.

    Args:
        base: The directory.
    """

    base: Path

    def read(self, subject: Subject) -> Reading:
        """Look for the signatures of an image; see `oci.trust.family.Shelf`."""
        if subject.name is None:
            return Absent(str(self.base))
        digest = subject.digest
        image = f"{subject.name.repository}@{digest.algorithm}={digest.encoded}"
        return _read_all(self.base / image, "signature-")


@frozen
class DirectoryShelf:
    """An image directory of skopeo's format, with the signatures of its image and of those beneath it.

    Args:
        directory: The directory.
    """

    directory: Path

    def read(self, subject: Subject) -> Reading:
        """Look for the signatures of an image; see `oci.trust.family.Shelf`."""
        try:
            own = Digest.of((self.directory / IMAGE).read_bytes(), subject.digest.algorithm)
        except OSError as error:
            return _unasked(self.directory, error)
        is_own = own == subject.digest
        return _read_all(
            self.directory, "signature-" if is_own else f"{blob_name(subject.digest)}.signature-"
        )


def _read_all(directory: Path, prefix: str) -> Reading:
    place = str(directory)
    found: list[Signature] = []
    for number in range(1, MAX_SIGNATURES + 2):
        path = directory / f"{prefix}{number}"
        try:
            content = _content(path)
        except FileNotFoundError:
            return Found(place, tuple(found)) if found else Absent(place)
        except OSError as error:
            return _unasked(path, error)
        if content.startswith(_SIGSTORE):
            # Of another family, which is to be read from its own format.
            found.append(_signature(Family.COSIGN, content.removeprefix(_SIGSTORE), path))
        else:
            found.append(_signature(Family.SIMPLE, content.removeprefix(_SIMPLE), path))
    return Unasked(place, LimitExceeded(limit="signatures", allowed=MAX_SIGNATURES, where=place))


def _signature(family: Family, envelope: bytes, path: Path) -> Signature:
    return Signature(family=family, envelope=envelope, found_at=str(path))


def _content(path: Path) -> bytes:
    with os.fdopen(os.open(path, _FLAGS), "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise OSError(None, "is no regular file", str(path))
        return stream.read(MAX_BYTES + len(_SIMPLE) + 1)


def _unasked(path: Path, error: OSError) -> Unasked:
    reason = error.strerror or "cannot be read"
    return Unasked(str(path), StorageError(f"{path}: {reason}", path=str(path), errno=error.errno))
