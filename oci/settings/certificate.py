"""Certificates per registry: the files of a ``certs.d`` directory (containers-certs.d(5)).

A directory per ``host[:port]``, the port exactly as the user writes it. In it, each ``*.crt`` is a CA to be
trusted besides the system's, and each ``X.cert`` with its ``X.key`` is a certificate of ours. The first
directory that a registry has counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InvalidSettings
from ..frozen import frozen
from ..spec.reference import check_registry

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from .location import Locations


@frozen
class ClientCertificate:
    """A certificate of ours.

    Args:
        certificate: PEM file with the certificate.
        key: PEM file with its private key.
    """

    certificate: Path
    key: Path


@frozen
class Certificates:
    """The files for one registry.

    Args:
        authorities: PEM files of CAs to be trusted besides the system's.
        clients: Certificates of ours, in the order of their names.
    """

    authorities: tuple[Path, ...] = ()
    clients: tuple[ClientCertificate, ...] = ()


def certificate_directories(places: Locations) -> tuple[Path, ...]:
    """Return the ``certs.d`` directories, the first one to be asked first."""
    user = () if places.config is None else (places.config / "containers" / "certs.d",)
    role = "rootful" if places.uid == 0 else "rootless"
    return (
        *user,
        places.path(f"/etc/containers/certs.{role}.d"),
        places.path("/etc/containers/certs.d"),
        places.path("/usr/share/containers/certs.d"),
        places.path("/etc/docker/certs.d"),
    )


def find_certificates(directories: Iterable[Path], registry: str) -> Certificates:
    """Return the files for a registry.

    Args:
        directories: What `certificate_directories` returned.
        registry: The registry's host, with its port if the user wrote one.

    Raises:
        InvalidSettings: Its directory is incomplete or cannot be read.
    """
    name = check_registry(registry)
    for directory in directories:
        if (directory / name).is_dir():
            return read_certificates(directory / name)
    return Certificates()


def read_certificates(directory: Path) -> Certificates:
    """Return the files in a directory.

    Raises:
        InvalidSettings: A certificate lacks its key or the other way round, or the directory cannot be read.
    """
    try:
        names = {path.name: path for path in directory.iterdir()}
    except OSError as error:
        raise InvalidSettings(
            f"{directory}: certificates cannot be read: {error.strerror or error}", path=str(directory)
        ) from error
    clients = []
    for name in sorted(names):
        stem, _, kind = name.rpartition(".")
        if kind in {"cert", "key"}:
            partner = f"{stem}.{'key' if kind == 'cert' else 'cert'}"
            if partner not in names:
                raise InvalidSettings(
                    f"{directory}: {name} has no {partner} beside it",
                    path=str(directory / name),
                    hint="a certificate of ours is X.cert with X.key; one of a CA ends in .crt",
                )
            if kind == "cert":
                clients.append(ClientCertificate(names[name], names[partner]))
    authorities = tuple(names[name] for name in sorted(names) if name.endswith(".crt"))
    return Certificates(authorities, tuple(clients))
