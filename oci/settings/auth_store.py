"""Writing logins: one entry of one auth file, whole or not at all, readable by its owner only.

The new text lies in a temporary file beside the old one and takes its place when it is on disk. Meanwhile
the directory is locked, so that two logins at once lose nothing; where a file system has no locks, the last
one wins.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import StorageError
from ..frozen import replace
from ..lock import wait_for_lock
from .auth_edit import entry_of, with_entry, without_entries
from .auth_file import AuthFile
from .auth_search import read_auth_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .auth_search import AuthLocation
    from .credential import Credential

PATIENCE_S: Final = 10.0
"""Seconds to wait for another login to be written."""


class AuthStore:
    """One auth file that logins are written to.

    Args:
        location: The file; it may not exist yet.
    """

    def __init__(self, location: AuthLocation) -> None:
        self._location = replace(location, is_required=False)
        # A link to a file elsewhere stays one: what it leads to is replaced.
        self._path = Path(os.path.realpath(location.path))

    def read(self) -> AuthFile:
        """Return the file as it is; an absent one is empty.

        Ask its `AuthFile.helper_for` first: credentials of a registry that has a helper belong to the helper.
        """
        location = self._location
        return read_auth_file(location) or AuthFile(path=str(location.path), is_docker=location.is_docker)

    def save(self, scope: str, credential: Credential) -> None:
        """Keep a credential.

        Args:
            scope: A registry's host, or a namespace in it, such as ``quay.io/team``.
            credential: The credential.

        Raises:
            InvalidSettings: The file cannot be understood; it stays as it is.
            StorageError: It cannot be written.
            Locked: Another process does not finish writing it.
        """
        self._put(scope, entry_of(credential))

    def mark(self, scope: str) -> None:
        """Note that a helper keeps the credentials of a registry, as Docker does; raises what `save` does."""
        self._put(scope, {})

    def forget(self, scope: str) -> bool:
        """Remove the credentials of a registry or namespace; raises what `save` raises.

        Returns:
            Whether there were any in this file.
        """
        with self._locked():
            keys = self.read().keys_for(scope)
            if keys:
                self._write(without_entries(self._text(), keys, path=str(self._path)))
        return bool(keys)

    def _put(self, scope: str, members: dict[str, str]) -> None:
        with self._locked():
            file = self.read()
            keys = file.keys_for(scope)
            key = keys[0] if keys else file.server_name(scope)
            text = without_entries(self._text(), keys[1:], path=str(self._path)) if keys[1:] else self._text()
            self._write(with_entry(text, key, members, path=str(self._path)))

    def _text(self) -> str:
        return self._path.read_text("utf-8") if self._path.exists() else ""

    def _write(self, text: str) -> None:
        import tempfile  # costs as much start-up time as the rest of this room; only logins need it

        handle, name = tempfile.mkstemp(prefix=f".{self._path.name}.", dir=self._path.parent)  # mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).replace(self._path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other logins out; also where errors of the file system become ours."""
        folder = self._path.parent
        try:
            if self._location.anchor is not None:
                self._location.anchor.stat()
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _open_folder(folder) as handle:
                if handle >= 0:
                    # Where the file system has no locks, the last one wins.
                    with suppress(OSError):
                        wait_for_lock(handle, self._path, patience_s=PATIENCE_S)
                yield
        except OSError as error:
            raise StorageError(
                f"cannot write the auth file {self._path}: {error.strerror or error}",
                path=str(self._path),
                errno=error.errno,
                hint="name another auth file, or check that its directory exists and is yours",
            ) from error


@contextmanager
def _open_folder(folder: Path) -> Iterator[int]:
    """Open a directory for its lock; -1 where the system cannot."""
    handle = -1
    with suppress(PermissionError):
        handle = os.open(folder, os.O_RDONLY)
    try:
        yield handle
    finally:
        if handle >= 0:
            os.close(handle)
