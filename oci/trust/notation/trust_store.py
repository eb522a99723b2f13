"""The trust store: named directories of certificates, below ``x509/ca`` and its two siblings.

Trust store specification. A store or a certificate that is a symbolic link, and anything that is neither a
certificate nor a directory, makes the store unusable; directories within one are passed over.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from ...errors import InvalidSettings
from ..certificate.rule import check_readable, is_issued_by, name_of, strictly

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.x509 import Certificate

    from .trust_policy import NamedStore

MAX_BYTES: Final = 1024 * 1024
"""Bytes that a file of certificates may have."""
MAX_FILES: Final = 10_000
"""Files that a store may have."""

_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_PEM: Final = b"-----BEGIN"


class TrustStore:
    """A trust store on disk; what has been read of it is kept.

    Args:
        root: Its directory, which has ``x509`` in it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._read: dict[NamedStore, tuple[Certificate, ...]] = {}

    def certificates(self, store: NamedStore) -> tuple[Certificate, ...]:
        """Return the certificates of a named store, at least one.

        Raises:
            InvalidSettings: There is no such store, it has none, or something in it is none.
        """
        if store not in self._read:
            self._read[store] = self._load(store)
        return self._read[store]

    def _load(self, store: NamedStore) -> tuple[Certificate, ...]:
        directory = self._root / "x509" / store.kind / store.name
        try:
            if not stat.S_ISDIR(directory.lstat().st_mode):
                raise _unusable(directory, "is no directory, or is reached by a symbolic link")
            paths = sorted(directory.iterdir())
        except OSError as error:
            raise _unusable(directory, error.strerror or "cannot be read") from error
        if len(paths) > MAX_FILES:
            raise _unusable(directory, f"has more than {MAX_FILES} files")
        found = [each for path in paths for each in _certificates(path)]
        if not found:
            raise _unusable(directory, "has no certificates")
        for each in found:
            _check_anchor(each, directory, store.kind)
        return tuple(found)


def load_certificates(raw: bytes, *, where: str) -> tuple[Certificate, ...]:
    """Read the certificates of a file: PEM, of any number, or DER, of one.

    Raises:
        InvalidSettings: It has none, or what is in it is none.
    """
    from cryptography import x509

    try:
        with strictly():
            is_pem = _PEM in raw
            found = x509.load_pem_x509_certificates(raw) if is_pem else [x509.load_der_x509_certificate(raw)]
            for each in found:
                check_readable(each)
    except ValueError as error:
        raise InvalidSettings(f"{where}: no certificate can be read from it", path=where) from error
    return tuple(found)


def _certificates(path: Path) -> tuple[Certificate, ...]:
    try:
        if stat.S_ISDIR(path.lstat().st_mode):
            return ()
        with os.fdopen(os.open(path, _FLAGS), "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise _unusable(path, "is no file")
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise _unusable(path, error.strerror or "cannot be read") from error
    if len(raw) > MAX_BYTES:
        raise _unusable(path, f"has more than {MAX_BYTES} bytes")
    return load_certificates(raw, where=str(path))


def _check_anchor(certificate: Certificate, directory: Path, kind: str) -> None:
    """Refuse what nobody should trust as a whole: a certificate that was issued by another one, to an end."""
    from cryptography import x509

    if is_issued_by(certificate, certificate):
        return
    try:
        is_authority = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        is_authority = False
    if not is_authority or kind == "tsa":
        raise _unusable(directory, f"has {name_of(certificate)}, which is no root")


def _unusable(path: Path, reason: str) -> InvalidSettings:
    return InvalidSettings(f"{path}: {reason}", path=str(path), hint="see the guide on trust stores")
