"""Keeps the tests on this machine: whoever connects elsewhere, or asks a name server, is stopped.

That holds for the test process itself, where the library runs. Names other than localhost are answered with
"not known", as on a machine without a network, so that tests of unknown names need none.
"""

from __future__ import annotations

import ipaddress
import socket
import sys

_RESOLVING = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyname_ex"})
_SENDING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})


class LeftTheMachine(AssertionError):
    """A test reached for an address that is not on loopback."""


def is_local(host: object) -> bool:
    """Whether this is a name or an address of the machine itself, or none at all."""
    if host is None or host in ("", b""):
        return True
    text = _text(host)
    if text == "localhost" or text.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def is_address(host: object) -> bool:
    """Whether this is a number already, in whatever notation, and nothing that would have to be looked up."""
    text = _text(host).partition("%")[0]
    try:
        ipaddress.ip_address(text)
    except ValueError:
        try:
            socket.inet_aton(text)  # 127.1, 2130706433, 0x7f000001
        except OSError:
            return False
    return True


def _text(host: object) -> str:
    return host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)


def _guard(event: str, arguments: tuple[object, ...]) -> None:
    if event in _RESOLVING:
        host = arguments[0]
        if not is_local(host) and not is_address(host):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    elif event in _SENDING:
        address = arguments[1]
        if isinstance(address, tuple) and not is_local(address[0]):
            message = f"a test tried to reach {address[0]}"
            raise LeftTheMachine(message)


def stay_on_this_machine() -> None:
    """Stand guard until the process ends: an audit hook cannot be taken away again."""
    sys.addaudithook(_guard)
