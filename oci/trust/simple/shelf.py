"""Places that keep simple signatures as numbered files: lookaside directories, and ``dir:``.

containers-registries.d(5). Files are counted from 1 until one is missing. A file that is there and cannot be
read is not the end: the place could not be asked. Signatures are added behind those that are there, each by
one step that nobody sees half of; two writers never take the same number.
"""

from __future__ import annotations

import os
import stat
import tempfile
from typing import TYPE_CHECKING, Final

from ...errors import LimitExceeded, StorageError
from ...frozen import frozen
from ...spec import Digest
from ...transports.directory.file_name import IMAGE, blob_name
from ..signature import Family, Signature
from ..verdict import Absent, Found, Unasked
from .packet import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ...spec import Reference
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
        return _read_all(self.base / folder_name(subject.name, subject.digest), "signature-")

    def add(self, subject: Subject, signatures: Sequence[Signature]) -> str:
        """Add signatures of an image; see `oci.trust.family.Keeper`."""
        assert subject.name is not None
        folder = self.base / folder_name(subject.name, subject.digest)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _failed(folder, error) from error
        _add_all(folder, "signature-", signatures)
        return str(folder)


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
            return _read_all(self.directory, self._prefix(subject))
        except OSError as error:
            return Unasked(str(self.directory), _failed(self.directory, error))

    def add(self, subject: Subject, signatures: Sequence[Signature]) -> str:
        """Add signatures of an image; see `oci.trust.family.Keeper`."""
        try:
            prefix = self._prefix(subject)
        except OSError as error:
            raise _failed(self.directory, error) from error
        _add_all(self.directory, prefix, signatures)
        return str(self.directory)

    def _prefix(self, subject: Subject) -> str:
        own = Digest.of((self.directory / IMAGE).read_bytes(), subject.digest.algorithm)
        return "signature-" if own == subject.digest else f"{blob_name(subject.digest)}.signature-"


def folder_name(name: Reference, digest: Digest) -> str:
    """Return where the signatures of an image are beneath a lookaside place."""
    return f"{name.repository}@{digest.algorithm}={digest.encoded}"


def signature_in(content: bytes, found_at: str) -> Signature:
    """Return the signature in a file; a few bytes before it may tell its family."""
    if content.startswith(_SIGSTORE):
        # Of another family, which is to be read from its own format.
        return Signature(family=Family.COSIGN, envelope=content.removeprefix(_SIGSTORE), found_at=found_at)
    return Signature(family=Family.SIMPLE, envelope=content.removeprefix(_SIMPLE), found_at=found_at)


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
            return Unasked(str(path), _failed(path, error))
        found.append(signature_in(content, str(path)))
    return Unasked(place, LimitExceeded(limit="signatures", allowed=MAX_SIGNATURES, where=place))


def _add_all(directory: Path, prefix: str, signatures: Sequence[Signature]) -> None:
    reading = _read_all(directory, prefix)
    if isinstance(reading, Unasked):
        raise reading.reason
    there = reading.signatures if isinstance(reading, Found) else ()
    known = {(each.family, each.envelope) for each in there}
    number = len(there) + 1
    for signature in signatures:
        if (signature.family, signature.envelope) not in known:
            known.add((signature.family, signature.envelope))
            number = _add(directory, prefix, number, signature)


def _add(directory: Path, prefix: str, number: int, signature: Signature) -> int:
    """Write a signature under the first number that is free, and return the next one."""
    content = (_SIGSTORE if signature.family is Family.COSIGN else b"") + signature.envelope
    try:
        with tempfile.NamedTemporaryFile(dir=directory, prefix=".signature-") as stream:
            stream.write(content)
            stream.flush()
            os.fchmod(stream.fileno(), 0o644)
            os.fsync(stream.fileno())
            while True:
                if number > MAX_SIGNATURES:
                    raise LimitExceeded(limit="signatures", allowed=MAX_SIGNATURES, where=str(directory))
                try:
                    os.link(stream.name, directory / f"{prefix}{number}")
                except FileExistsError:
                    number += 1
                else:
                    return number + 1
    except OSError as error:
        raise _failed(directory, error) from error


def _content(path: Path) -> bytes:
    with os.fdopen(os.open(path, _FLAGS), "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise OSError(None, "is no regular file", str(path))
        return stream.read(MAX_BYTES + len(_SIMPLE) + 1)


def _failed(path: Path, error: OSError) -> StorageError:
    reason = error.strerror or "cannot be read"
    return StorageError(f"{path}: {reason}", path=str(path), errno=error.errno)
