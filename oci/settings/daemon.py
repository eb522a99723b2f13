"""Where a container engine's socket is: what ``DOCKER_HOST`` and its companions say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .location import Locations


@frozen(kw_only=True)
class Daemon:
    """The container engine that ``docker-daemon:`` names speak of.

    Args:
        host: Its address as the user wrote it, such as ``unix:///run/docker.sock`` or ``tcp://host:2376``;
            empty for the usual socket.
        certificate_directory: The directory with ``ca.pem``, ``cert.pem`` and ``key.pem``, or None.
        asks_for_tls: Whether the user wants TLS spoken to any address that is not a unix socket.
    """

    host: str = ""
    certificate_directory: Path | None = None
    asks_for_tls: bool = False


def daemon_of(environ: Mapping[str, str], places: Locations) -> Daemon:
    """Return what the environment says, in Docker's own variables.

    Args:
        environ: The environment.
        places: Where its paths lie.
    """
    asks_for_tls = environ.get("DOCKER_TLS_VERIFY", "") != ""
    directory = places.variable("DOCKER_CERT_PATH")
    if directory is None and asks_for_tls and places.home is not None:
        directory = places.home / ".docker"
    return Daemon(
        host=environ.get("DOCKER_HOST", ""), certificate_directory=directory, asks_for_tls=asks_for_tls
    )
