"""What the environment says of a container engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from oci.settings import Daemon, Settings


@pytest.mark.parametrize(
    ("environ", "daemon"),
    [
        ({}, Daemon()),
        ({"DOCKER_HOST": "unix:///run/x.sock"}, Daemon(host="unix:///run/x.sock")),
        (
            {"DOCKER_HOST": "tcp://a:1", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/certs"},
            Daemon(host="tcp://a:1", certificate_directory=Path("/root/certs"), asks_for_tls=True),
        ),
        (
            {"DOCKER_TLS_VERIFY": "1", "HOME": "/home/me"},
            Daemon(certificate_directory=Path("/root/home/me/.docker"), asks_for_tls=True),
        ),
        ({"DOCKER_TLS_VERIFY": "", "HOME": "/home/me"}, Daemon()),
    ],
)
def test_the_variables_of_docker(environ: dict[str, str], daemon: Daemon) -> None:
    assert Settings.discover(environ, Path("/root")).daemon == daemon
