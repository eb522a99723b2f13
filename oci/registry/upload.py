"""Upload sessions: blobs on their way in, kept as files that outlive clients and the registry itself.

A session is two files, ``<id>.data`` with the bytes so far and ``<id>.json`` with what it is for. Its offset
is the length of the data, no more is promised; the running hash is kept in memory and computed again from
the file after a restart. All methods block; the caller runs them in its pools. A session's age is measured
by the file system's own clock: by the times of the files.
"""

from __future__ import annotations

import json
import os
import threading
import time
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

from ..errors import DigestMismatch, InvalidValue, LimitExceeded
from ..spec import Digest, strict_json
from ..spec.digest import new_hasher
from ..transports.layout import disk
from .error import ApiError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from pathlib import Path

    from ..spec.digest import Hasher
    from .limit import RegistryLimits

__all__ = ["Upload", "UploadStore"]

_REHASH_BYTES = 1024 * 1024
_WRITE_BACK_BYTES = 16 * 1024 * 1024
_EXPIRY_INTERVAL_S = 60.0
_SESSION_BYTES_MAX = 4096


class Upload:
    """One session.

    Args:
        session: Its identity, hard to guess.
        repository: The repository it belongs to.
        algorithm: The digest algorithm it is hashed with on the way.
        data: The file of its bytes, which exists.
        bytes_max: The most bytes it may have.
    """

    def __init__(self, session: str, *, repository: str, algorithm: str, data: Path, bytes_max: int) -> None:
        self.session = session
        self.repository = repository
        self.algorithm = algorithm
        self.data = data
        self.offset = data.stat().st_size
        self.holder: asyncio.Task[object] | None = None
        """The request that is sending to the session now; used by the event loop alone."""
        self._bytes_max = bytes_max
        self._hasher: Hasher | None = new_hasher(algorithm) if self.offset == 0 else None
        self._is_sealed = False
        self._lock = threading.Lock()

    def expect(self, algorithm: str) -> None:
        """Prepare to be asked for a digest of this algorithm; costs nothing before the first byte."""
        with self._lock:
            if self.offset == 0 and algorithm != self.algorithm:
                self._hasher = new_hasher(algorithm)
                self.algorithm = algorithm

    def append(self, piece: memoryview) -> None:
        """Add bytes at the end.

        Args:
            piece: The bytes.

        Raises:
            ApiError: 404, the session has ended meanwhile.
            LimitExceeded: The blob becomes larger than allowed.
            StorageError: The system refuses; the bytes before stay.
        """
        with self._lock:
            self._check_open()
            if self.offset + len(piece) > self._bytes_max:
                raise LimitExceeded(limit="blob_bytes", allowed=self._bytes_max, where="upload")
            with disk.storage_errors("write to", self.data):
                handle = os.open(self.data, os.O_WRONLY | disk.CLOSE_ON_EXEC | disk.NO_FOLLOW)
                with disk.closing(handle):
                    self._write(handle, piece)

    def settle(self) -> None:
        """Wait until what another thread is appending is on file, so that the offset stands."""
        with self._lock:
            pass

    def seal(self, digest: Digest) -> None:
        """Take nothing more, and check the bytes against a digest.

        Args:
            digest: What they should be.

        Raises:
            ApiError: 404, the session has ended meanwhile.
            DigestMismatch: They are something else.
            StorageError: They cannot be read again.
        """
        with self._lock:
            self._check_open()
            hasher = self._hasher
            if hasher is None or self.algorithm != digest.algorithm:
                hasher = self._hash_file(digest.algorithm)
            if not digest.matches(hasher):
                actual = Digest(digest.algorithm, hasher.hexdigest())
                raise DigestMismatch(expected=str(digest), actual=str(actual), where="upload")
            self._is_sealed = True

    def reopen(self) -> None:
        """Let a sealed session be finished once more: storing its bytes has failed."""
        with self._lock:
            self._is_sealed = False

    def end(self) -> None:
        """Take nothing more for good, and remove the session's files; the data may have been moved away."""
        with self._lock, disk.storage_errors("remove", self.data):
            self._is_sealed = True
            self.data.unlink(missing_ok=True)
            self.data.with_suffix(".json").unlink(missing_ok=True)

    def _check_open(self) -> None:
        if self._is_sealed:
            raise ApiError(HTTPStatus.NOT_FOUND, "BLOB_UPLOAD_UNKNOWN", "the upload has ended")

    def _write(self, handle: int, piece: memoryview) -> None:
        os.lseek(handle, self.offset, os.SEEK_SET)
        try:
            disk.write_all(handle, piece)
        except OSError:
            os.ftruncate(handle, self.offset)
            raise
        if self._hasher is not None:
            self._hasher.update(piece)
        begun = self.offset // _WRITE_BACK_BYTES
        self.offset += len(piece)
        if self.offset // _WRITE_BACK_BYTES > begun:
            # The disk works while the client still sends, so that the last sync finds little left to do.
            disk.start_writing_back(handle, begun * _WRITE_BACK_BYTES, _WRITE_BACK_BYTES)

    def _hash_file(self, algorithm: str) -> Hasher:
        hasher = new_hasher(algorithm)
        buffer = bytearray(_REHASH_BYTES)
        with disk.storage_errors("read", self.data), self.data.open("rb", buffering=0) as file:
            while count := file.readinto(buffer):
                hasher.update(memoryview(buffer)[:count])
        return hasher


class UploadStore:
    """The sessions of a registry.

    Args:
        folder: Where their files lie, on the file system of the repositories; made when needed.
        limits: How many there may be, how large and how old.
        make_session: Makes an identity: 32 hexadecimal digits, hard to guess.
    """

    def __init__(self, folder: Path, *, limits: RegistryLimits, make_session: Callable[[], str]) -> None:
        self._folder = folder
        self._limits = limits
        self._make_session = make_session
        self._uploads: dict[str, Upload] = {}
        self._lock = threading.Lock()
        self._expired_s = float("-inf")

    def create(self, repository: str, algorithm: str) -> Upload:
        """Begin a session.

        Args:
            repository: The repository's checked name.
            algorithm: A registered digest algorithm.

        Returns:
            The session.

        Raises:
            ApiError: 429, there are too many sessions.
            StorageError: The system refuses.
        """
        session = self._make_session()
        data = self._folder / f"{session}.data"
        with disk.storage_errors("create", self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            data.touch(mode=0o644, exist_ok=False)
            try:
                self._make_room(now_s=data.stat().st_mtime)
                purpose = json.dumps({"repository": repository, "algorithm": algorithm})
                data.with_suffix(".json").write_text(purpose)
            except BaseException:
                data.unlink()
                raise
        upload = self._make_upload(session, repository=repository, algorithm=algorithm)
        with self._lock:
            self._uploads[session] = upload
        return upload

    def find(self, session: str, repository: str) -> Upload:
        """Find a session, of this process or of one before it.

        Args:
            session: Its identity, checked by the route.
            repository: The repository it must belong to.

        Returns:
            The session.

        Raises:
            ApiError: 404, there is none.
        """
        with self._lock:
            upload = self._uploads.get(session) or self._load(session)
            if upload is None or upload.repository != repository or not upload.data.exists():
                raise ApiError(HTTPStatus.NOT_FOUND, "BLOB_UPLOAD_UNKNOWN", "no such upload")
            self._uploads[session] = upload
            return upload

    def discard(self, upload: Upload) -> None:
        """End a session; its data may have been moved away before.

        Args:
            upload: The session.
        """
        with self._lock:
            self._uploads.pop(upload.session, None)
        upload.end()

    def _make_upload(self, session: str, *, repository: str, algorithm: str) -> Upload:
        return Upload(
            session,
            repository=repository,
            algorithm=algorithm,
            data=self._folder / f"{session}.data",
            bytes_max=self._limits.blob_bytes,
        )

    def _load(self, session: str) -> Upload | None:
        path = self._folder / f"{session}.json"
        try:
            raw = disk.read_small(path, limit=_SESSION_BYTES_MAX)
            purpose = strict_json.load_object(raw or b"", where="upload session")
            return self._make_upload(
                session, repository=str(purpose["repository"]), algorithm=str(purpose["algorithm"])
            )
        except (OSError, InvalidValue, KeyError):
            return None

    def _make_room(self, *, now_s: float) -> None:
        """Remove sessions that nobody continued, at most once a minute; refuse when there are too many."""
        if time.monotonic() - self._expired_s >= _EXPIRY_INTERVAL_S:
            for data in self._folder.glob("*.data"):
                with suppress(FileNotFoundError):
                    if now_s - data.stat().st_mtime > self._limits.upload_age_s:
                        self._forget(data)
            self._expired_s = time.monotonic()
        if sum(1 for _ in self._folder.glob("*.data")) > self._limits.uploads:
            raise ApiError(HTTPStatus.TOO_MANY_REQUESTS, "TOOMANYREQUESTS", "too many uploads are open")

    def _forget(self, data: Path) -> None:
        with self._lock:
            self._uploads.pop(data.stem, None)
        data.unlink(missing_ok=True)
        data.with_suffix(".json").unlink(missing_ok=True)
