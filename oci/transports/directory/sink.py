"""Writing an image directory: everything arrives under its digest, and ``manifest.json`` is replaced last.

Whoever reads meanwhile sees the old image, whole, or the new one. What only the old one needed is removed
afterwards, its signatures with it; files that are not ours stay. Several processes may write to one
directory: blobs are shared, the image is that of the writer that chose last, and one whose blobs another
writer has cleaned away is told so instead of publishing half an image.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Self

from ... import lock
from ...content.check import check_bytes
from ...errors import InvalidValue, StorageError, Unsupported
from ..layout import disk
from ..layout.reach import reachable
from ..layout.terms import USUAL, DiskTerms
from .file_name import IMAGE, digest_in, document_name, is_signature_of_image
from .store import DirectoryStore, described
from .version import VERSION_NAME, check_writable, version_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from ...content import Writer
    from ...spec import Descriptor, Digest


class DirectorySink(DirectoryStore):
    """A directory to write an image to; made by `create`. Nothing is written before something is stored.

    Args:
        directory: The directory.
        terms: How it is used.
    """

    def __init__(self, directory: Path, terms: DiskTerms = USUAL) -> None:
        super().__init__(directory, terms)
        self._turn = threading.Lock()
        self._marked_for: set[str] = set()
        self._relied_on: set[Digest] = set()

    @classmethod
    def create(cls, directory: Path, terms: DiskTerms = USUAL) -> Self:
        """Open a directory that is absent, empty, or holds an image.

        Args:
            directory: The directory.
            terms: How it is used.

        Raises:
            StorageError: It holds something else.
            Unsupported: It is of a version that is not known.
        """
        check_writable(directory)
        return cls(directory, terms)

    def exists(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob is there; the answer is counted on until the image is chosen."""
        found = super().exists(descriptor)
        if found:
            self._relied_on.add(descriptor.digest)
        return found

    def ingest(self, descriptor: Descriptor) -> Writer:
        """Begin, or continue, to store a blob; see `BlobStore.ingest`."""
        self._mark(descriptor.digest)
        return self.blobs.ingest(descriptor)

    def publish(self, descriptor: Descriptor, content: bytes, names: Sequence[str] = ()) -> None:
        """Store a document; it becomes the image when it is chosen.

        Raises:
            Unsupported: A name is given: there are none in a directory.
            DigestMismatch: The bytes are not what the descriptor promises.
            StorageError: The system refused.
        """
        if names:
            raise Unsupported(
                f"{self.label} holds one image and no names: {names[0][:160]!a} cannot be kept",
                hint="copy to an image layout (oci:DIRECTORY) to keep names and what is attached by them",
            )
        self._mark(descriptor.digest)
        check_bytes(content, descriptor, where=self.label)
        self._replace(document_name(descriptor.digest), content)
        self._relied_on.add(descriptor.digest)

    def choose(self, descriptor: Descriptor) -> None:
        """Make a document that was published the image of this directory.

        Raises:
            NotFound: It was not published here.
            StorageError: Another writer has removed what this one counted on, or the system refused.
        """
        with self._locked():
            self._check_nothing_was_lost()
            content = self.document(descriptor)
            before = self._needed_by_image()
            if self._read(IMAGE) != content:
                self._replace(IMAGE, content)
                self._remove(name for name in self._names() if is_signature_of_image(name))
            after = self._needed_by_image()
            if before is not None and after is not None:
                stale = before - after
                self._remove(name for name in self._names() if digest_in(name) in stale)
            if descriptor.digest.algorithm == "sha256":
                self._remove([document_name(descriptor.digest)])
            # Last of all: the lock is this file's, and goes with it.
            self._write_version(digest for name in self._names() if (digest := digest_in(name)) is not None)

    def collect(self, *, now_s: float) -> int:
        """Remove partial files that nobody has continued for long; see `BlobStore.collect_partials`."""
        return self.blobs.collect_partials(now_s=now_s)

    def close(self) -> None:
        """Leave nothing behind that is empty."""
        self.blobs.tidy()

    def _mark(self, digest: Digest) -> None:
        """Make an image directory of the directory before anything of ours is put into it."""
        with self._turn:
            if digest.algorithm in self._marked_for:
                return
            with disk.storage_errors("create", self.directory):
                self.directory.mkdir(parents=True, exist_ok=True)
                check_writable(self.directory)
                disk.create_file(self.directory / VERSION_NAME, version_text([digest]))
            if digest.algorithm != "sha256":
                with self._locked():
                    self._write_version([digest])
            self._marked_for.add(digest.algorithm)

    def _write_version(self, digests: Iterable[Digest]) -> None:
        text = version_text(digests)
        if self._read(VERSION_NAME) != text:
            self._replace(VERSION_NAME, text)

    def _check_nothing_was_lost(self) -> None:
        lost = [digest for digest in self._relied_on if self.blobs.size_of(digest) is None]
        lost = [digest for digest in lost if self._found(digest) is None]
        if lost:
            raise StorageError(
                f"{self.directory}: {min(lost)} was there, and was removed by another writer",
                path=str(self.directory),
                hint="run this again, when the other writer has finished",
            )

    def _needed_by_image(self) -> set[Digest] | None:
        """Return what the image and what is attached to it need; None where that cannot be told."""
        view = DirectoryStore(self.directory, self.terms)
        content = self._read(IMAGE)
        if content is None:
            return set()
        needed: set[Digest] = set()
        try:
            roots = [described(content, self._algorithm_of(content), where=self.label)]
            while roots:
                found = reachable(view, roots, self.limits)
                if found is None:
                    return None
                fresh = found - needed
                needed |= fresh
                roots = [link for digest in fresh for link in view.attached_to(digest)]
        except InvalidValue:
            return None
        return needed

    def _names(self) -> list[str]:
        with disk.storage_errors("list", self.directory):
            return sorted(path.name for path in self.directory.iterdir())

    def _remove(self, names: Iterable[str]) -> None:
        for name in names:
            path = self.directory / name
            with disk.storage_errors("remove", path), suppress(FileNotFoundError):
                path.unlink()

    def _replace(self, name: str, content: bytes) -> None:
        path = self.directory / name
        scratch = self.blobs.ingest_directory / f"file-{os.getpid()}-{threading.get_native_id()}"
        with disk.storage_errors("write", path):
            while True:
                scratch.parent.mkdir(parents=True, exist_ok=True)
                # Another writer may tidy up between the two calls.
                with suppress(FileNotFoundError):
                    disk.replace_file(path, content, scratch=scratch)
                    return

    @contextmanager
    def _locked(self) -> Iterator[None]:
        path = self.directory / VERSION_NAME
        opener = partial(os.open, path, os.O_RDWR | disk.CLOSE_ON_EXEC | disk.NO_FOLLOW)
        with disk.storage_errors("lock", path):
            handle = lock.open_locked(path, opener, sleep=self.terms.sleep)
        with disk.closing(handle):
            yield
