"""Addresses of engines: what each form means, and what is none."""

from __future__ import annotations

import pytest

from oci.errors import InvalidReference, InvalidSettings, Unsupported
from oci.transports.docker_daemon.address import DaemonAddress
from oci.transports.docker_daemon.certificate import client_certificates


@pytest.mark.parametrize("text", ["", "unix://", "unix:///var/run/docker.sock"])
def test_the_usual_socket(text: str) -> None:
    address = DaemonAddress.parse(text)
    assert (address.text, address.socket_path) == ("unix:///var/run/docker.sock", "/var/run/docker.sock")


@pytest.mark.parametrize(
    ("text", "wants_tls", "url"),
    [
        ("tcp://127.0.0.1:2375", False, "http://127.0.0.1:2375"),
        ("tcp://localhost:2375/", False, "http://localhost:2375"),
        ("tcp://[::1]:5000", False, "http://[::1]:5000"),
        ("tcp://127.0.0.1:2375", True, "https://127.0.0.1:2375"),
        ("tcp://127.0.0.1:2376", False, "https://127.0.0.1:2376"),
        ("tcp://127.0.0.1", False, "https://127.0.0.1:2376"),
        ("tcp://engine.example:2375", False, "https://engine.example:2375"),
        ("http://engine.example", False, "http://engine.example:2375"),
        ("https://engine.example", False, "https://engine.example:2376"),
    ],
)
def test_hosts(text: str, wants_tls: bool, url: str) -> None:
    address = DaemonAddress.parse(text, wants_tls=wants_tls)
    assert (address.url, address.socket_path) == (url, None)
    assert address.is_tls is url.startswith("https")


@pytest.mark.parametrize(
    "text",
    ["/var/run/docker.sock", "unix://relative", "unix:///a\0b", "tcp://", "tcp://a b:1", "tcp://host:0",
     "tcp://host:99999", "tcp://user@host:1", "tcp://host:1/path", "ftp://host:1", "tcp://host:1?x"],
)  # fmt: skip
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(InvalidReference):
        DaemonAddress.parse(text)


@pytest.mark.parametrize("text", ["ssh://me@host", "npipe:////./pipe/docker_engine"])
def test_ways_that_are_not_known(text: str) -> None:
    with pytest.raises(Unsupported):
        DaemonAddress.parse(text)


def test_certificates_are_complete_or_refused(tmp_path: pytest.TempPathFactory) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    assert client_certificates(None).authorities == ()
    with pytest.raises(InvalidSettings):
        client_certificates(folder)
    (folder / "cert.pem").touch()
    with pytest.raises(InvalidSettings, match="belong together"):
        client_certificates(folder)
    (folder / "key.pem").touch()
    assert [one.key.name for one in client_certificates(folder).clients] == ["key.pem"]
    (folder / "ca.pem").touch()
    assert client_certificates(folder).authorities == (folder / "ca.pem",)
