"""The journal: which uploads a killed process left behind, so that the next one continues them.

One small file for each unfinished upload, private (0600), named after destination and digest. It holds
the upload session's ticket and no credentials; what it says is checked by whoever uses the ticket. A
file is locked while its upload runs, so that two processes never continue the same one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import InvalidDocument
from ..lock import is_at, try_lock
from ..spec import strict_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..spec import Descriptor

MAX_AGE_S: Final = 7 * 24 * 3600
"""Seconds after which an entry is thrown away: registries have forgotten such uploads long before."""

MAX_ENTRIES: Final = 10_000
"""Entries that the journal keeps; the oldest go first."""

_MAX_BYTES: Final = 64 * 1024
_SUFFIX: Final = ".upload"
_TRIES: Final = 10


class Journal:
    """Remembers unfinished uploads in a directory.

    A journal that cannot be written is a journal that remembers nothing: no transfer fails because of it.

    Args:
        directory: Where the entries are; made on first use.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._collecting = threading.Lock()
        self._is_collected = False

    @contextlib.contextmanager
    def entry(self, destination: str, descriptor: Descriptor) -> Iterator[Entry]:
        """Hold the entry of one blob on its way to one destination.

        Args:
            destination: The sink's label.
            descriptor: The blob.

        Yields:
            The entry; one that forgets everything where another process holds the real one.
        """
        path = self._path(destination, descriptor)
        handle = self._claimed(path)
        if handle is None:
            yield Entry.forgetful()
            return
        entry = Entry(handle, path)
        try:
            yield entry
        finally:
            entry.leave()
            os.close(handle)

    def forget(self, destination: str, descriptor: Descriptor) -> None:
        """Throw away the entry of a blob that turns out to be there; one that another process holds stays.

        Args:
            destination: The sink's label.
            descriptor: The blob.
        """
        path = self._path(destination, descriptor)
        with contextlib.suppress(OSError):
            handle = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                if try_lock(handle) and is_at(handle, path):
                    path.unlink()
            finally:
                os.close(handle)

    def _path(self, destination: str, descriptor: Descriptor) -> Path:
        name = hashlib.sha256(f"{destination}\n{descriptor.digest}".encode()).hexdigest()
        return self._directory / (name + _SUFFIX)

    def collect(self, now: float) -> None:
        """Throw away entries that are too old or too many.

        Args:
            now: The present, in seconds since 1970.
        """
        with contextlib.suppress(OSError):
            entries = sorted((p.stat().st_mtime, p) for p in self._directory.glob(f"*{_SUFFIX}"))
            surplus = max(0, len(entries) - MAX_ENTRIES)
            for position, (written, path) in enumerate(entries):
                if position < surplus or now - written > MAX_AGE_S:
                    path.unlink(missing_ok=True)

    def _claimed(self, path: Path) -> int | None:
        """Open and lock an entry's file; None where that cannot be done, or another process has it."""
        with contextlib.suppress(OSError):
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            for _ in range(_TRIES):
                handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
                try:
                    is_locked = try_lock(handle)
                    # Its last holder may have removed it between the opening and the lock.
                    if is_locked and is_at(handle, path):
                        self._collect_once(path)
                        return handle
                except BaseException:
                    os.close(handle)
                    raise
                os.close(handle)
                if not is_locked:
                    break
        return None

    def _collect_once(self, path: Path) -> None:
        """Collect at the first use, by the file system's own clock: the entry in use is touched and read."""
        with self._collecting, contextlib.suppress(OSError):
            if not self._is_collected:
                self._is_collected = True
                path.touch()
                self.collect(path.stat().st_mtime)


class Entry:
    """One entry of the journal, while it is held.

    Args:
        handle: The open and locked file, or None for an entry that forgets everything.
        path: Where it is.
    """

    def __init__(self, handle: int | None, path: Path) -> None:
        self._handle = handle
        self._path = path
        self._done = False

    @classmethod
    def forgetful(cls) -> Entry:
        """Return an entry that remembers nothing."""
        return cls(None, Path())

    def read(self) -> str | None:
        """Return the ticket that an earlier process left, if there is a usable one."""
        if self._handle is None:
            return None
        try:
            raw = os.pread(self._handle, _MAX_BYTES, 0)
            ticket = strict_json.load_object(raw, where=str(self._path)).get("ticket") if raw else None
        except (OSError, InvalidDocument):
            return None
        return ticket if isinstance(ticket, str) else None

    def write(self, ticket: str | None) -> None:
        """Remember a ticket."""
        if self._handle is None or ticket is None:
            return
        with contextlib.suppress(OSError):
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, json.dumps({"version": 1, "ticket": ticket}).encode(), 0)

    def forget(self) -> None:
        """Have the entry removed when it is left: the upload is finished, or given up."""
        self._done = True

    def leave(self) -> None:
        """Remove the entry if it is done with, or if nothing was ever written to it."""
        if self._handle is None:
            return
        with contextlib.suppress(OSError):
            if self._done or os.fstat(self._handle).st_size == 0:
                self._path.unlink()
