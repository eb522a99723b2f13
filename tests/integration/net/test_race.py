"""Names with several addresses: the first that accepts serves, and a silent one costs a moment only."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

import pytest

from oci import errors
from oci.net import readiness
from oci.net.race import Address, race
from oci.net.terms import Terms, Timeouts
from tests.integration.net.raw_server import OK, answering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.net.conftest import Serve


def at(port: int, host: str = "127.0.0.1") -> Address:
    return Address(socket.AF_INET, (host, port))


@pytest.fixture
def refusing() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@pytest.fixture
def silent() -> Iterator[int]:
    """Return a port whose queue is full, so that it answers nobody."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(2):
            knocking = stack.enter_context(socket.socket())
            knocking.settimeout(0)
            knocking.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_the_preferred_address_is_taken(serve: Serve) -> None:
    first, second = serve(answering(OK)), serve(answering(OK))
    sock, address = race([at(first.port), at(second.port)], Terms(), "host")
    with sock:
        assert address == at(first.port)
        assert sock.getpeername()[1] == first.port
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert second.connections == 0


def test_an_address_that_refuses_or_cannot_be_used_is_passed_over(serve: Serve, refusing: int) -> None:
    server = serve(answering(OK))
    no_family = Address(250, ("127.0.0.1", server.port))
    for first in (at(refusing), no_family):
        sock, address = race([first, at(server.port)], Terms(), "host")
        sock.close()
        assert address == at(server.port)


def test_an_address_that_is_silent_does_not_hold_up_the_next(serve: Serve, silent: int) -> None:
    server = serve(answering(OK))
    never = Terms(timeouts=Timeouts(connect_s=3600))
    sock, address = race([at(silent), at(server.port)], never, "host")
    sock.close()
    assert address == at(server.port)


def test_what_happened_to_the_preferred_address_is_told(silent: int, refusing: int) -> None:
    with pytest.raises(errors.ConnectFailed, match="refused"):
        race([at(refusing), at(refusing)], Terms(), "host")
    with pytest.raises(errors.ConnectFailed, match=r"within 0\.5 s"):
        race([at(silent), at(refusing)], Terms(timeouts=Timeouts(connect_s=0.5)), "host")
    with pytest.raises(errors.ConnectFailed, match="no address"):
        race([], Terms(), "host")


@pytest.mark.parametrize("wait", [readiness._by_poll, readiness._by_select])
def test_both_ways_of_waiting_agree(wait: object) -> None:
    assert callable(wait)
    near, far = socket.socketpair()
    with near, far:
        near.settimeout(0)
        assert wait([near], [], 0) == ([], [])
        assert wait([near], [near], 0) == ([], [near])
        far.send(b"x")
        assert wait([near], [near], 5) == ([near], [near])
        assert wait([near, far], [], 5) == ([near], [])
        with contextlib.suppress(BlockingIOError):
            while near.send(bytes(65536)):
                pass
        assert wait([], [near], 0) == ([], [])
        assert wait([near], [near], 5) == ([near], [])
        far.close()
        assert wait([near], [near], 5) == ([near], [near])
