"""The file ``index.json`` of a layout: read whole, replaced whole, changed by one writer at a time.

Writers of any number of processes and threads take turns by a lock on the file ``oci-layout``, which every
layout has and nobody replaces, so that no lock file is left behind. Each reads the index again under it,
changes it, and renames the new one into place once its bytes are on the disk: no entry is lost, and readers
need no lock.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from ... import lock
from ...errors import InvalidDocument, LimitExceeded
from . import disk
from .listing import Listing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

INDEX_NAME: Final = "index.json"
MARK_NAME: Final = "oci-layout"
MAX_INDEX_BYTES: Final = 64 * 1024 * 1024
"""Bytes that an ``index.json`` may have: some hundred thousand entries."""

_SCRATCH: Final = f".{INDEX_NAME}.partial"


class IndexFile:
    """The index of one layout directory.

    Args:
        directory: The layout.
        patience_s: Seconds to wait for other writers.
        sleep: How to wait for them; raise from it to give up.
    """

    def __init__(
        self,
        directory: Path,
        *,
        patience_s: float = lock.PATIENCE_S,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.path = directory / INDEX_NAME
        self._mark = directory / MARK_NAME
        self._patience_s = patience_s
        self._sleep = sleep
        self._turn = threading.RLock()
        self._depth = 0
        self._known: tuple[bytes, Listing] | None = None

    def read(self) -> Listing:
        """Return what is listed now.

        Raises:
            InvalidDocument: The file is absent or malformed.
            LimitExceeded: It is larger than `MAX_INDEX_BYTES`.
            StorageError: It cannot be read.
        """
        with disk.storage_errors("read", self.path):
            try:
                raw = disk.read_small(self.path, limit=MAX_INDEX_BYTES)
            except FileNotFoundError as error:
                raise InvalidDocument(f"{self.path.parent} is not an OCI layout: no index.json") from error
        if raw is None:
            raise LimitExceeded(limit="index_bytes", allowed=MAX_INDEX_BYTES, where=str(self.path))
        known = self._known
        # Compared are the bytes: inode and time can be the same for two versions.
        if known is not None and known[0] == raw:
            return known[1]
        listing = Listing.parse(raw, where=str(self.path))
        self._known = (raw, listing)
        return listing

    def update(self, change: Callable[[Listing], Listing]) -> Listing:
        """Change what is listed; durable when this returns.

        Args:
            change: Receives what is listed now and returns what shall be; the same value for no change.

        Returns:
            What is listed now.

        Raises:
            Locked: Other writers did not finish in time.
            StorageError: The system refused; nothing has changed.
        """
        with self.lock():
            before = self.read() if self.path.exists() else None
            after = change(before or Listing.empty())
            if after is not before:
                raw = after.to_bytes()
                with disk.storage_errors("write", self.path):
                    disk.replace_file(self.path, raw, scratch=self.path.with_name(_SCRATCH))
                self._known = (raw, after)
            return after

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other writers out while the context lasts; one thread may enter several times.

        Raises:
            Locked: Other writers did not finish in time.
        """
        with self._turn:
            handle = None if self._depth else self._acquire()
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if handle is not None:
                    os.close(handle)

    def _acquire(self) -> int:
        opener = partial(os.open, self._mark, os.O_RDWR | disk.CLOSE_ON_EXEC | disk.NO_FOLLOW)
        with disk.storage_errors("lock", self._mark):
            return lock.open_locked(self._mark, opener, patience_s=self._patience_s, sleep=self._sleep)
