"""Users of a registry, from an Apache ``htpasswd`` file.

Only bcrypt entries are taken (``htpasswd -B``): the other kinds can be guessed at many millions a second. A
check is slow on purpose, so that what was right once is remembered, as a keyed hash and never as a password.
The file is read again when it has changed; one that cannot be read lets nobody in.
"""

from __future__ import annotations

import hmac
import re
import secrets
import threading
from typing import TYPE_CHECKING

from ..errors import InvalidSettings, StorageError, Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Htpasswd"]

_BCRYPT = re.compile(r"\$2[aby]\$([0-3][0-9])\$[./A-Za-z0-9]{53}")
_REMEMBERED_MAX = 1024
_PASSWORD_BYTES_MAX = 72
"""What bcrypt looks at; ``htpasswd`` cuts a longer password off there, and so does the check."""


class Htpasswd:
    """The users of one file.

    Args:
        path: The file.
        users_max: The most entries it may have.

    Raises:
        InvalidSettings: An entry is not of the form ``name:bcrypt-hash``, or there are too many.
        StorageError: The file cannot be read.
        Unsupported: The package ``bcrypt`` is not installed.
    """

    def __init__(self, path: Path, *, users_max: int = 10_000) -> None:
        try:
            import bcrypt
        except ImportError as error:
            raise Unsupported(
                "htpasswd files need the package bcrypt", hint="pip install 'ocitool[serve]'"
            ) from error
        self._is_password: Callable[[bytes, bytes], bool] = bcrypt.checkpw
        self._path = path
        self._users_max = users_max
        self._lock = threading.Lock()
        self._key = secrets.token_bytes(32)
        self._remembered: set[bytes] = set()
        self._version: tuple[int, int, int] | None = None
        self._hashes: dict[str, bytes] = {}
        self._load_if_changed()

    def check(self, name: str, password: str) -> bool:
        """Check a password; takes some tenths of a second for one that is not remembered.

        Args:
            name: The user.
            password: The password.

        Returns:
            Whether it is right. A name that is not there takes as long as a wrong password.

        Raises:
            InvalidSettings: The file has changed, and is not valid any more.
            StorageError: The file has changed, and cannot be read.
        """
        with self._lock:
            self._load_if_changed()
            known = self._hashes.get(name)
            against = known or next(iter(self._hashes.values()), None)
            seal = hmac.digest(self._key, f"{len(name)}:{name}{password}".encode(), "sha256")
            if known is not None and seal in self._remembered:
                return True
            version = self._version
        if against is None or "\0" in password:  # bcrypt stops there
            return False
        given = password.encode()[:_PASSWORD_BYTES_MAX]
        is_right = self._is_password(given, against) and known is not None
        with self._lock:
            if is_right and version == self._version:
                if len(self._remembered) >= _REMEMBERED_MAX:
                    self._remembered.clear()
                self._remembered.add(seal)
        return is_right

    def _load_if_changed(self) -> None:
        try:
            found = self._path.stat()
            version = (found.st_mtime_ns, found.st_size, found.st_ino)
            if version == self._version:
                return
            self._version, self._hashes = None, {}
            self._remembered.clear()
            text = self._path.read_text("utf-8")
        except OSError as error:
            raise StorageError(
                f"cannot read {self._path}: {error.strerror}", path=str(self._path), errno=error.errno
            ) from error
        except UnicodeDecodeError as error:
            raise InvalidSettings(f"{self._path}: not UTF-8", path=str(self._path)) from error
        self._hashes = self._parse(text)
        self._version = version

    def _parse(self, text: str) -> dict[str, bytes]:
        hashes: dict[str, bytes] = {}
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            name, _, entry = line.strip().partition(":")
            if not name or not _BCRYPT.fullmatch(entry):
                raise InvalidSettings(
                    f"{self._path}: line {number} is not a name with a bcrypt hash",
                    path=str(self._path),
                    key=str(number),
                    hint="make it with: htpasswd -B",
                )
            hashes[name] = entry.encode()
            if len(hashes) > self._users_max:
                raise InvalidSettings(
                    f"{self._path}: more than {self._users_max} users", path=str(self._path)
                )
        return hashes
