"""Connecting to a unix socket: a path in place of a host (unix(7)).

There is no name to look up and no address to judge: who may connect is the file system's business.
"""

from __future__ import annotations

import errno
import socket
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .. import errors

if TYPE_CHECKING:
    from .terms import Terms

__all__ = ["connect_unix"]

_FULL_S: Final = 0.02
"""How long to wait before a listener whose queue is full is tried again, in seconds."""


def connect_unix(path: str, terms: Terms, label: str) -> socket.socket:
    """Connect to a unix socket.

    Args:
        path: The socket.
        terms: The terms of the request that needs the connection.
        label: The socket as messages name it.

    Returns:
        The connected socket, which does not block.

    Raises:
        ConnectFailed: There is none, nobody listens, or this user may not connect. The operating system's
            error is its cause.
        Cancelled: The request was cancelled.
    """
    if not hasattr(socket, "AF_UNIX"):  # Windows
        raise errors.ConnectFailed(f"{label}: this system has no unix sockets for Python", host=label)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.settimeout(0)
        _connect(sock, path, terms, label)
    except BaseException:
        sock.close()
        raise
    return sock


def _connect(sock: socket.socket, path: str, terms: Terms, label: str) -> None:
    until = time.monotonic() + terms.timeouts.connect_s
    while True:
        terms.token.raise_if_cancelled()
        try:
            sock.connect(path)
        except BlockingIOError as error:
            # Not "under way", as it would be for TCP: its queue is full, and nobody tells when it is not.
            if time.monotonic() >= until:
                message = f"{label}: no connection within {terms.timeouts.connect_s:g} s"
                raise errors.ConnectFailed(message, host=label) from error
            terms.token.wait(_FULL_S)
        except OSError as error:
            raise errors.ConnectFailed(f"{label}: {_reason(path, error)}", host=label) from error
        else:
            return


def _reason(path: str, error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return "there is no such socket"
    if error.errno in {errno.EACCES, errno.EPERM}:
        return "this user may not connect to it"
    if error.errno == errno.ECONNREFUSED:
        return "nobody listens there" if _is_socket(path) else "is not a socket"
    return f"cannot connect: {error.strerror or error}"


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(Path(path).stat().st_mode)
    except OSError:
        return True
