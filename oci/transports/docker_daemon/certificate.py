"""Certificates for an engine: ``ca.pem``, ``cert.pem``, ``key.pem`` in one directory, as Docker has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import InvalidSettings
from ...settings.certificate import Certificates, ClientCertificate

if TYPE_CHECKING:
    from pathlib import Path


def client_certificates(directory: Path | None) -> Certificates:
    """Return the files in a directory; each may be missing, but a certificate needs its key.

    Args:
        directory: The directory, or None for no certificates but the system's.

    Raises:
        InvalidSettings: There is a certificate without a key or the other way round, or nothing at all.
    """
    if directory is None:
        return Certificates()
    authority, certificate, key = (directory / name for name in ("ca.pem", "cert.pem", "key.pem"))
    if certificate.is_file() != key.is_file():
        raise InvalidSettings(
            f"{directory}: cert.pem and key.pem belong together, and one is missing", path=str(directory)
        )
    clients = (ClientCertificate(certificate, key),) if key.is_file() else ()
    authorities = (authority,) if authority.is_file() else ()
    if not clients and not authorities:
        raise InvalidSettings(f"{directory} has no ca.pem, cert.pem and key.pem", path=str(directory))
    return Certificates(authorities, clients)
