"""The database: versions, transactions, and processes that come and go."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from oci.errors import StorageError, Unsupported
from oci.store import database as database_module
from oci.store.database import Database
from oci.store.lease import Lease, end_dead_leases
from oci.store.process import ProcessIdentity
from oci.store.schema import APPLICATION_ID, STEPS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def version_of(path: Path) -> tuple[int, int]:
    connection = sqlite3.connect(path)
    ((application,),) = connection.execute("PRAGMA application_id").fetchall()
    ((version,),) = connection.execute("PRAGMA user_version").fetchall()
    connection.close()
    return application, version


def test_a_new_database_is_of_this_version(tmp_path: Path) -> None:
    Database.open(tmp_path / "store.db").close()
    assert version_of(tmp_path / "store.db") == (APPLICATION_ID, len(STEPS))


@pytest.mark.parametrize("opening", [Database.open, Database.open_to_read])
def test_a_newer_database_is_refused_and_left_alone(
    tmp_path: Path, opening: Callable[[Path], Database]
) -> None:
    path = tmp_path / "store.db"
    Database.open(path).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(Unsupported, match=f"version {len(STEPS) + 1}"):
        opening(path)
    assert path.read_bytes() == before


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA application_id = 17")
    connection.close()
    with pytest.raises(Unsupported, match="another program"):
        Database.open(path)


def test_what_is_no_database_is_a_matter_of_storage(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"not a database" * 100)
    with pytest.raises(StorageError) as caught:
        Database.open(tmp_path / "store.db")
    assert "damaged" in caught.value.hint


def test_a_step_is_taken_once_as_a_whole_and_a_copy_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "store.db"
    Database.open(path).close()
    broken = (*STEPS, "CREATE TABLE extra (a) STRICT;\nCREATE TABLE nonsense (")
    monkeypatch.setattr(database_module, "STEPS", broken)
    with pytest.raises(StorageError):
        Database.open(path)
    assert version_of(path) == (APPLICATION_ID, len(STEPS))
    monkeypatch.setattr(database_module, "STEPS", (*STEPS, "CREATE TABLE extra (a TEXT) STRICT"))
    upgraded = Database.open(path)
    assert upgraded.rows("SELECT * FROM extra") == []
    upgraded.close()
    assert version_of(path) == (APPLICATION_ID, len(STEPS) + 1)
    assert version_of(tmp_path / f"store.db.version-{len(STEPS)}") == (APPLICATION_ID, len(STEPS))


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "store.db")
    with pytest.raises(ValueError, match="x"), database.writing(durable=True) as connection:
        connection.execute("INSERT INTO snapshot (chain_id, expanded_bytes, added_s) VALUES ('a', 0, 0.0)")
        raise ValueError("x")
    assert database.rows("SELECT * FROM snapshot") == []
    database.close()


def test_a_lease_ends_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    database = Database.open(path)
    own = Lease(database, "test", lambda: 1.0)
    own.hold(["sha256:mine"])
    script = (
        "import sys, os, pathlib\n"
        "from oci.store.database import Database\n"
        "from oci.store.lease import Lease\n"
        "Lease(Database.open(pathlib.Path(sys.argv[1])), 'test', lambda: 1.0).hold(['sha256:theirs'])\n"
        "os.kill(os.getpid(), 9)\n"
    )
    assert subprocess.run([sys.executable, "-c", script, str(path)], check=False).returncode == -9
    items = "SELECT item FROM lease_item ORDER BY item"
    assert database.rows(items) == [("sha256:mine",), ("sha256:theirs",)]
    with database.writing(durable=False) as connection:
        end_dead_leases(connection)
    assert database.rows(items) == [("sha256:mine",)]
    own.end()
    own.end()
    assert database.rows(items) == []
    database.close()


def test_a_process_is_told_by_more_than_its_number() -> None:
    own = ProcessIdentity.own()
    assert own.may_be_alive
    for other in (
        ProcessIdentity(own.pid, own.start_ticks + 1, own.boot_id, own.namespace),
        ProcessIdentity(own.pid, own.start_ticks, "another boot", own.namespace),
    ):
        assert not other.may_be_alive
    # What runs in another container cannot be seen from here.
    assert ProcessIdentity(1, 1, own.boot_id, "pid:[1]").may_be_alive
