"""Where a server listens: loopback, a unix socket of its owner alone, or, when asked for, anywhere.

Nothing here resolves names: an address is an IP literal, ``localhost`` (127.0.0.1), or ``unix:PATH``.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import stat
from pathlib import Path

from ..errors import InvalidValue, Locked, StorageError
from ..frozen import frozen

__all__ = ["Address", "TcpAddress", "UnixAddress", "bind", "parse_address"]

_BACKLOG = 256


@frozen
class TcpAddress:
    """An IP address and a port.

    Args:
        host: An IP literal without brackets.
        port: 0 lets the system choose.
    """

    host: str
    port: int

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return ipaddress.ip_address(self.host).is_loopback

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@frozen
class UnixAddress:
    """A socket in the file system, reachable by its owner only (mode 0600).

    Args:
        path: At most 107 bytes.
    """

    path: Path

    @property
    def is_local(self) -> bool:
        """Always: file permissions guard it."""
        return True

    def __str__(self) -> str:
        return f"unix:{self.path}"


Address = TcpAddress | UnixAddress


def parse_address(text: str) -> Address:
    """Parse ``HOST:PORT``, ``[HOST]:PORT`` or ``unix:PATH``.

    Args:
        text: The address.

    Returns:
        The address.

    Raises:
        InvalidValue: Another form, a host that is a name, a port out of range.

    Example:
        >>> str(parse_address("localhost:5000")), str(parse_address("[::1]:0"))
        ('127.0.0.1:5000', '[::1]:0')
    """
    if text.startswith("unix:"):
        return UnixAddress(Path(text.removeprefix("unix:")))
    host, separator, port = text.rpartition(":")
    host = "127.0.0.1" if host == "localhost" else host.removeprefix("[").removesuffix("]")
    if not separator or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise InvalidValue(f"{text!r} is no address to listen on", hint="write HOST:PORT or unix:PATH")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        raise InvalidValue(
            f"{text!r}: {host!r} is no IP address", hint="write an address such as 127.0.0.1, or localhost"
        ) from None
    return TcpAddress(host, int(port))


def bind(address: Address, *, exposed: bool = False) -> socket.socket:
    """Open a listening socket.

    Args:
        address: Where.
        exposed: Allow an address that other machines can reach.

    Returns:
        The socket, listening.

    Raises:
        InvalidValue: The address is not local and ``exposed`` was not asked for.
        Locked: Somebody listens there already.
        StorageError: The operating system refuses.
    """
    if not address.is_local and not exposed:
        raise InvalidValue(
            f"{address} can be reached from other machines", hint="listen on 127.0.0.1, or ask for it"
        )
    try:
        return _bind_unix(address.path) if isinstance(address, UnixAddress) else _bind_tcp(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Locked(f"somebody listens on {address} already", path=str(address)) from error
        raise StorageError(
            f"cannot listen on {address}: {error.strerror}", path=str(address), errno=error.errno
        ) from error


def _bind_tcp(address: TcpAddress) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    # The protocol is named because asyncio turns Nagle's algorithm off only where it is.
    own = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        own.bind((address.host, address.port))
        own.listen(_BACKLOG)
    except OSError:
        own.close()
        raise
    return own


def _bind_unix(path: Path) -> socket.socket:
    own = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_stale(path)
        own.bind(str(path))
        # Nobody can connect between these lines: the socket does not listen yet.
        path.chmod(0o600)
        own.listen(_BACKLOG)
    except OSError:
        own.close()
        raise
    return own


def _remove_stale(path: Path) -> None:
    """Remove a socket whose server is gone; leave everything else alone."""
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            return
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
        except OSError:
            return


def local_address(own: socket.socket) -> Address:
    """Return the address a listening socket was given.

    Args:
        own: The socket.

    Returns:
        Its address, with the port the system chose.
    """
    name = own.getsockname()
    if own.family == socket.AF_UNIX:
        return UnixAddress(Path(os.fsdecode(name)))
    return TcpAddress(str(name[0]), int(name[1]))
