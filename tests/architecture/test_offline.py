"""The guard that keeps tests on this machine does so."""

from __future__ import annotations

import socket

import pytest

from tests.offline import LeftTheMachine, is_local


@pytest.mark.parametrize("address", ["192.0.2.1", "169.254.169.254", "10.0.0.1"])
def test_another_machine_cannot_be_reached(address: str) -> None:
    with socket.socket() as client, pytest.raises(LeftTheMachine):
        client.connect((address, 80))


def test_no_name_server_is_asked() -> None:
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("registry.example", 443)


def test_loopback_can_be_reached() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        assert client.getpeername() == server.getsockname()


@pytest.mark.parametrize(
    "host", [None, "", "localhost", b"localhost", "127.0.0.9", "::1", "0.0.0.0", "a.localhost"]
)
def test_what_is_this_machine(host: object) -> None:
    assert is_local(host)


@pytest.mark.parametrize("host", ["localhost.example", "::ffff:10.0.0.1", "128.0.0.1", "127.0.0.1.example"])
def test_what_is_not(host: object) -> None:
    assert not is_local(host)
