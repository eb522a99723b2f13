"""The database of a store: SQLite, opened, brought up to date, and used in whole transactions.

Several processes use it at once: a writer waits for another one, a reader never does (SQLite, "Write-Ahead
Logging"). What must survive a power cut is committed with ``durable``, which waits for the disk; all else
survives a crash of the process only.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from ..errors import Locked, StorageError, Unsupported
from .schema import APPLICATION_ID, STEPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

PATIENCE_S: Final = 60.0
"""Seconds to wait for another process's transaction; each of them takes milliseconds."""

_FULL_HINT: Final = "free some space there, and run this again"


class Database:
    """One connection, which threads of this process take turns with.

    Args:
        path: The database's file.
        connection: Opened by `open`.
        is_readable_only: Whether nothing can be written.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, *, is_readable_only: bool = False) -> None:
        self.path = path
        self.is_readable_only = is_readable_only
        self._connection = connection
        self._turn = threading.RLock()

    @classmethod
    def open(cls, path: Path) -> Database:
        """Open a database for reading and writing, made or brought up to date where it has to be.

        Raises:
            Unsupported: A newer version of this program wrote it, or another program.
            StorageError: The system refused.
        """
        with _translated(path):
            connection = _connect(f"file:{_quoted(path)}")
            try:
                database = cls(path, connection)
                database._version()
                # Its first use tells whether it can be written at all.
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA foreign_keys = ON")
                database._bring_up_to_date()
            except BaseException:
                connection.close()
                raise
        return database

    @classmethod
    def open_to_read(cls, path: Path) -> Database:
        """Open a database that is there, in a place that cannot be written.

        Raises:
            Unsupported: A newer version of this program wrote it, or another program.
            StorageError: The system refused.
        """
        # Without shared memory beside it, SQLite must be told that nobody writes: nobody can, here.
        with _translated(path):
            connection = _connect(f"file:{_quoted(path)}?mode=ro&immutable=1")
            database = cls(path, connection, is_readable_only=True)
            if database._version() != len(STEPS):
                connection.close()
                raise Unsupported(f"{path} is of an older version, and cannot be brought up to date here")
        return database

    def close(self) -> None:
        """Close the connection; safe to call more than once."""
        with self._turn:
            self._connection.close()

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Read rows."""
        with self._turn, _translated(self.path):
            return self._connection.execute(statement, values).fetchall()

    def row(self, statement: str, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
        """Read one row, or None where there is none."""
        found = self.rows(statement, values)
        return found[0] if found else None

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Let everything that is read in the block be of one moment."""
        with self._turn, _translated(self.path):
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                self._connection.execute("COMMIT")

    @contextmanager
    def writing(self, *, durable: bool) -> Iterator[sqlite3.Connection]:
        """Write in one transaction: all of it or nothing, and no other process writes meanwhile.

        Args:
            durable: Whether to wait until it is on the disk.

        Raises:
            Locked: Another process did not finish in time.
            StorageError: The disk is full, or cannot be written.
        """
        self._check_writable()
        with self._turn, _translated(self.path):
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # A full disk has ended the transaction already.
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    def _check_writable(self) -> None:
        if self.is_readable_only:
            raise StorageError(f"the store at {self.path.parent} cannot be written", path=str(self.path))

    def _version(self) -> int:
        ((application,),) = self._connection.execute("PRAGMA application_id").fetchall()
        ((version,),) = self._connection.execute("PRAGMA user_version").fetchall()
        if application not in {0, APPLICATION_ID}:
            raise Unsupported(f"{self.path} is a database of another program")
        if version > len(STEPS):
            raise Unsupported(
                f"{self.path} is of version {version}, and this program knows versions up to {len(STEPS)}",
                hint="use the newer ocitool that has written it",
            )
        return int(version)

    def _bring_up_to_date(self) -> None:
        if self._version() == len(STEPS):
            return
        with self.writing(durable=True) as connection:
            version = self._version()
            if 0 < version < len(STEPS):
                self._keep_copy(version)
            for step in STEPS[version:]:
                for statement in step.split(";\n"):
                    connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {len(STEPS)}")

    def _keep_copy(self, version: int) -> None:
        """Keep the database as it is before a step that an older program could not undo."""
        copy = self.path.with_name(f"{self.path.name}.version-{version}")
        copy.unlink(missing_ok=True)
        origin = _connect(f"file:{_quoted(self.path)}?mode=ro")
        try:
            origin.execute("VACUUM INTO ?", (str(copy),))
        finally:
            origin.close()


def _connect(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(uri, uri=True, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False)


def _quoted(path: Path) -> str:
    return str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_BUSY:
            raise Locked(f"{path} is locked by another process", path=str(path)) from error
        hint = _FULL_HINT if code == sqlite3.SQLITE_FULL else ""
        if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
            hint = "the database is damaged: move the store away and pull the images again"
        raise StorageError(f"{path}: {error}", path=str(path), hint=hint) from error
