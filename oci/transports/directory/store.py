"""Reading an image directory: one image without a name, and what belongs to it.

Everything is checked against the digest it was asked for by; only ``manifest.json`` is taken as it is, since
nothing says what it should be. Links are not followed, and what is no regular file is not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from ...content import Listed, MemoryStream, Opened, Traits, Unknown, VerifiedReader
from ...content.check import check_bytes
from ...errors import InvalidDocument, InvalidValue, LimitExceeded, NotFound, OciError, UnsupportedMediaType
from ...spec import Descriptor, Digest, parse_document
from ..layout import disk
from ..layout.terms import USUAL, DiskTerms
from .blobs import DirectoryBlobs
from .file_name import IMAGE, digest_in, document_name, is_document
from .version import check_readable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ...content import Attachments, ByteStream, Name

_ALGORITHMS = ("sha512",)
"""Algorithms besides sha256 that an image may have been published under."""


class DirectoryStore:
    """The image in a directory; made by `at`.

    Args:
        directory: The directory.
        terms: How it is used.
    """

    traits = Traits(preserves=True, closed=False, concurrent=True)

    def __init__(self, directory: Path, terms: DiskTerms = USUAL) -> None:
        self.label = f"dir:{directory}"
        self.directory = directory
        self.terms = terms
        self.blobs = DirectoryBlobs(directory, sleep=terms.sleep)
        self.limits = terms.limits

    @classmethod
    def at(cls, directory: Path, terms: DiskTerms = USUAL) -> Self:
        """Open a directory that is there.

        Args:
            directory: The directory.
            terms: How it is used.

        Raises:
            NotFound: It is not there, or holds no image.
            InvalidDocument: Its version cannot be read.
            Unsupported: Its version is not known.
        """
        store = cls(directory, terms)
        check_readable(directory)
        if not (directory / IMAGE).is_file():
            raise store._no_image()
        return store

    def resolve(self, name: Name) -> Descriptor:
        """Find out what the image is, or whether a document is there; see `open`."""
        return self.open(name).descriptor

    def open(self, name: Name) -> Opened:
        """Read the image (None), or a document by its digest.

        Raises:
            NotFound: It is not there, or a name was asked for: there are none here.
            DigestMismatch: The file holds something else than its name says.
            LimitExceeded: It is larger than a manifest may be.
        """
        if name is None:
            content = self._image()
            return Opened(described(content, self._algorithm_of(content), where=self.label), content)
        if isinstance(name, str):
            raise NotFound(
                f"{self.label} has no image named {name[:160]!a}: it holds one, without a name", name=name
            )
        content = self._document(name)
        return Opened(described(content, name.algorithm, where=f"{self.label}@{name}"), content)

    def document(self, descriptor: Descriptor) -> bytes:
        """Read a manifest or an index, verified; raises what `open` does."""
        if descriptor.size > self.limits.manifest_bytes:
            raise LimitExceeded(limit="manifest_bytes", allowed=self.limits.manifest_bytes, where=self.label)
        return check_bytes(self._document(descriptor.digest), descriptor, where=self.label)

    def exists(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob or a document is there with the size that its descriptor promises."""
        if self.blobs.exists(descriptor):
            return True
        content = self._found(descriptor.digest)
        return content is not None and len(content) == descriptor.size

    def stream(self, descriptor: Descriptor, offset: int = 0, length: int | None = None) -> ByteStream:
        """Open a blob's bytes, unverified; raises `NotFound`, and `SizeMismatch` for another size."""
        if self.blobs.size_of(descriptor.digest) is None:
            content = self._found(descriptor.digest)
            if content is not None:
                check_bytes(content, descriptor, where=self.label)
                return MemoryStream(content[offset : None if length is None else offset + length])
        return self.blobs.stream(descriptor, offset, length)

    def fetch(self, descriptor: Descriptor) -> VerifiedReader:
        """Open a blob for reading with its digest and size checked; raises what `stream` does."""
        return VerifiedReader(self.stream(descriptor), descriptor, where=self.label)

    def referrers(self, digest: Digest, *, artifact_type: str = "") -> Attachments:
        """Look through the documents beside the image for those with this subject."""
        try:
            found = [link for link in self.attached_to(digest) if artifact_type in {"", link.artifact_type}]
        except OciError as error:
            return Unknown(error)
        return Listed(tuple(found), via="scan")

    def attached_to(self, digest: Digest) -> Iterator[Descriptor]:
        """Yield links to the documents with a subject."""
        for known in self._documents():
            content = self._document(known)
            try:
                document = parse_document(content, algorithm=known.algorithm, where=self.label)
            except InvalidValue:
                continue  # of a kind that we do not know: it is attached to nothing that we could see
            if document.subject is not None and document.subject.digest == digest:
                yield document.as_referrer()

    def close(self) -> None:
        """Release what is held; here nothing is."""

    def _documents(self) -> Iterator[Digest]:
        """Yield the digests of the documents that are not the image itself, in order."""
        with disk.storage_errors("list", self.directory):
            try:
                names = sorted(path.name for path in self.directory.iterdir() if is_document(path.name))
            except FileNotFoundError:
                names = []
        for name in names:
            digest = digest_in(name)
            assert digest is not None
            yield digest

    def _document(self, digest: Digest) -> bytes:
        content = self._found(digest)
        if content is None:
            raise NotFound(f"{self.label} has no document {digest}", name=str(digest))
        return content

    def _found(self, digest: Digest) -> bytes | None:
        """Read a document by its digest, wherever it is; checked."""
        content = self._read(document_name(digest))
        if content is not None:
            return check_bytes(content, Descriptor("", digest, len(content)), where=self.label)
        content = self._read(IMAGE)
        if content is not None and Digest.of(content, digest.algorithm) == digest:
            return content
        return None

    def _image(self) -> bytes:
        content = self._read(IMAGE)
        if content is None:
            raise self._no_image()
        return content

    def _algorithm_of(self, content: bytes) -> str:
        """Return the algorithm that the image was published under: its copy beside it tells."""
        for algorithm in _ALGORITHMS:
            if (self.directory / document_name(Digest.of(content, algorithm))).is_file():
                return algorithm
        return "sha256"

    def _read(self, name: str) -> bytes | None:
        path = self.directory / name
        with disk.storage_errors("read", path):
            try:
                content = disk.read_small(path, limit=self.limits.manifest_bytes)
            except (FileNotFoundError, NotADirectoryError):
                return None
        if content is None:
            raise LimitExceeded(limit="manifest_bytes", allowed=self.limits.manifest_bytes, where=str(path))
        return content

    def _no_image(self) -> NotFound:
        return NotFound(
            f"{self.directory} holds no image: it has no file {IMAGE}",
            name=str(self.directory),
            hint="" if self.directory.exists() else "there is no such directory",
        )


def described(content: bytes, algorithm: str, *, where: str) -> Descriptor:
    """Return the link to a document at hand, whatever its kind.

    Args:
        content: The document.
        algorithm: The digest's algorithm.
        where: What it is, for error messages.

    Raises:
        InvalidDocument: It is no document.
    """
    try:
        return parse_document(content, algorithm=algorithm, where=where).descriptor
    except UnsupportedMediaType as error:
        if not error.media_type:
            raise InvalidDocument(f"{where}: neither a manifest nor an index") from error
        return Descriptor.of(content, error.media_type, algorithm)
