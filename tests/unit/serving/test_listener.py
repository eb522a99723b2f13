from __future__ import annotations

import socket
import stat
from pathlib import Path

import pytest

from oci.errors import InvalidValue, Locked, StorageError
from oci.serving import TcpAddress, UnixAddress, parse_address
from oci.serving.listener import bind, local_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:5000", TcpAddress("127.0.0.1", 5000)),
        ("localhost:0", TcpAddress("127.0.0.1", 0)),
        ("[::1]:80", TcpAddress("::1", 80)),
        ("0.0.0.0:5000", TcpAddress("0.0.0.0", 5000)),
        ("unix:/run/x.sock", UnixAddress(Path("/run/x.sock"))),
    ],
)
def test_addresses_are_parsed(text: str, address: object) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text", ["", "5000", "host.example:5000", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:65536", ":1"]
)
def test_names_and_nonsense_are_no_addresses(text: str) -> None:
    with pytest.raises(InvalidValue):
        parse_address(text)


@pytest.mark.parametrize(
    ("text", "local"), [("127.8.8.8:1", True), ("[::1]:1", True), ("0.0.0.0:1", False), ("[::]:1", False)]
)
def test_only_loopback_is_local(text: str, local: bool) -> None:
    assert parse_address(text).is_local is local


def test_what_others_can_reach_must_be_asked_for() -> None:
    address = parse_address("0.0.0.0:0")
    with pytest.raises(InvalidValue):
        bind(address)
    with bind(address, exposed=True) as own:
        bound = local_address(own)
        assert isinstance(bound, TcpAddress)
        assert bound.port > 0


def test_a_taken_port_is_locked() -> None:
    with bind(TcpAddress("127.0.0.1", 0)) as first, pytest.raises(Locked):
        bind(local_address(first))


def test_unix_sockets_are_their_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    with bind(UnixAddress(path)) as own:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert local_address(own) == UnixAddress(path)
        with pytest.raises(Locked):
            bind(UnixAddress(path))
    assert path.is_socket()
    with (
        bind(UnixAddress(path)),
        socket.socket(socket.AF_UNIX) as client,
    ):  # a socket nobody listens on gives way
        client.connect(str(path))


def test_a_file_in_the_way_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "precious"
    path.write_text("data")
    with pytest.raises(Locked):
        bind(UnixAddress(path))
    assert path.read_text() == "data"


def test_an_unusable_path_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        bind(UnixAddress(tmp_path / "absent" / "s.sock"))
