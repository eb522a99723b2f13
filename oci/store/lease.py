"""Leases: what a running process relies on stays, though nothing that is stored leads to it yet.

A lease is taken before somebody looks whether content is there, in the same database that the collector asks
before it removes anything: either the collector sees the lease, or whoever took it sees that the content is
gone. It ends with its process, however that ends (`ProcessIdentity`).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Self

from .process import ProcessIdentity

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from ..spec import Digest
    from .database import Database


def chain_item(chain_id: Digest) -> str:
    """Return what a lease calls the snapshot of a ChainID; content is called by its digest."""
    return f"chain {chain_id}"


class Lease:
    """A lease that begins with the first thing it holds; a context manager that ends it.

    Args:
        database: The store's database.
        purpose: What it is for, for people.
        clock: Tells the seconds since 1970.
    """

    def __init__(self, database: Database, purpose: str, clock: Callable[[], float]) -> None:
        self._database = database
        self._purpose = purpose
        self._clock = clock
        self._turn = threading.Lock()
        self._number: int | None = None
        self._held: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def hold(self, items: Iterable[str]) -> None:
        """Keep things from being collected, whether they are there or not.

        Args:
            items: Digests of content, and `chain_item`.

        Raises:
            StorageError: The store cannot be written.
        """
        with self._turn:
            fresh = set(items) - self._held
            if not fresh:
                return
            with self._database.writing(durable=False) as connection:
                number = self._begun(connection)
                connection.executemany(
                    "INSERT OR IGNORE INTO lease_item VALUES (?, ?)", [(number, item) for item in fresh]
                )
            self._number = number
            self._held |= fresh

    def end(self) -> None:
        """Hold nothing any more; safe to call more than once."""
        with self._turn:
            if self._number is None:
                return
            with self._database.writing(durable=False) as connection:
                connection.execute("DELETE FROM lease WHERE id = ?", (self._number,))
            self._number = None
            self._held.clear()

    def _begun(self, connection: sqlite3.Connection) -> int:
        if self._number is not None:
            return self._number
        own = ProcessIdentity.own()
        cursor = connection.execute(
            """INSERT INTO lease (purpose, pid, start_ticks, boot_id, namespace, began_s)
               VALUES (?, ?, ?, ?, ?, ?)""",
            (self._purpose, own.pid, own.start_ticks, own.boot_id, own.namespace, self._clock()),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid


def end_dead_leases(connection: sqlite3.Connection) -> None:
    """End the leases of processes that are no more."""
    rows: list[tuple[Any, ...]] = connection.execute(
        "SELECT id, pid, start_ticks, boot_id, namespace FROM lease"
    ).fetchall()
    dead = [(number,) for number, *identity in rows if not ProcessIdentity(*identity).may_be_alive]
    connection.executemany("DELETE FROM lease WHERE id = ?", dead)
