"""The worker processes of one piece of work: begun when they are needed, and ended with it.

A layer is unpacked by a process of its own, since Python's threads take turns where they parse
(`oci.layers.apply`). A process starts in a tenth of a second, and serves one layer after the other.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from .. import errors
from ..errors import InvalidDocument, OciError, StorageError
from ..frozen import frozen
from ..layers import Omission
from .message import path_text, receive, send
from .worker import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_PROGRAM: Final = "import sys; sys.path[:] = sys.argv[1:]; from oci.store.worker import main; main()"


@frozen(kw_only=True)
class UnpackedLayer:
    """What unpacking a layer came to.

    Args:
        entries: Its entries.
        expanded_bytes: Bytes of its archive.
        omissions: What was left out, and why.
        undescribed: Directories that were made though no entry describes them.
    """

    entries: int
    expanded_bytes: int
    omissions: tuple[Omission, ...]
    undescribed: tuple[str, ...]


class Worker:
    """One worker process; used by one thread at a time."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self._socket = ours
        with theirs:
            # Neither the environment nor the site's packages have a say: the path is the one in use here.
            self._process = subprocess.Popen(  # this very interpreter, and a constant program
                [sys.executable, "-E", "-s", "-S", "-c", _PROGRAM, *sys.path],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def unpack(self, order: Mapping[str, object], files: Sequence[int]) -> UnpackedLayer:
        """Have a layer unpacked.

        Args:
            order: What `oci.store.worker` wants to know.
            files: The layer, the directory, and the bell of a layer that still grows.

        Raises:
            OciError: What the worker says, or that it ended.
        """
        try:
            send(self._socket, order, files)
            answer = receive(self._socket)
        except OSError:
            answer = None
        if answer is None:
            raise StorageError(
                f"{order['where']}: the process that unpacked it ended (code {self._process.wait()})", path=""
            )
        members = answer[0]
        if isinstance(told := members.get("error"), dict):
            raise _error(told)
        return _unpacked(members)

    def kill(self) -> None:
        """End the process at once; whoever waits for it is told."""
        self._process.kill()

    def close(self) -> None:
        """End the process, and wait until it is gone."""
        self._process.kill()
        self._process.wait()
        self._socket.close()


class Workforce:
    """Workers, as many as are busy at the same time; a context manager's work is left to `close`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: list[Worker] = []
        self._idle: list[Worker] = []
        self._is_closed = False

    @contextmanager
    def worker(self) -> Iterator[Worker]:
        """Have a worker for a while.

        Raises:
            Cancelled: There are none any more.
        """
        with self._lock:
            if self._is_closed:
                raise errors.Cancelled
            if not self._idle:
                self._idle.append(Worker())
                self._all.append(self._idle[-1])
            worker = self._idle.pop()
        try:
            yield worker
        finally:
            with self._lock:
                self._idle.append(worker)

    def kill(self) -> None:
        """End all processes at once, without waiting; for a token to call."""
        self._is_closed = True
        for worker in list(self._all):
            worker.kill()

    def close(self) -> None:
        """End all processes; safe to call more than once."""
        with self._lock:
            self._is_closed = True
            workers, self._all = self._all, []
        for worker in workers:
            worker.close()


def _unpacked(members: Mapping[str, object]) -> UnpackedLayer:
    match members:
        case {
            "entries": int(entries),
            "expanded_bytes": int(expanded_bytes),
            "omissions": list(omissions),
            "undescribed": list(undescribed),
        }:
            return UnpackedLayer(
                entries=entries,
                expanded_bytes=expanded_bytes,
                omissions=tuple(Omission(str(r), int(c), path_text(str(e))) for r, c, e in omissions),
                undescribed=tuple(path_text(str(path)) for path in undescribed),
            )
    raise InvalidDocument("a worker process answered with something else than a result")


def _error(told: Mapping[str, object]) -> OciError:
    kind = str(told.get("kind"))
    if kind not in FIELDS:
        return StorageError("a worker process failed in a way that it cannot tell", path="")
    values = {name: told.get(name) for name in FIELDS[kind]}
    make = getattr(errors, kind)
    error = make(values.pop("message"), **values) if "message" in values else make(**values)
    assert isinstance(error, OciError)
    return error
