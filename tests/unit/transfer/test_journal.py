"""The journal of unfinished uploads."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from oci.spec import Descriptor
from oci.transfer.journal import MAX_AGE_S, Journal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

BLOB = Descriptor.of(b"content", "x/y")


def test_a_ticket_survives_until_it_is_forgotten(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "uploads")
    with journal.entry("docker://a/b", BLOB) as entry:
        assert entry.read() is None
        entry.write("first ticket, which is the longer one")
        entry.write("ticket")
    (path,) = (tmp_path / "uploads").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "a/b" not in path.name
    with journal.entry("docker://a/other", BLOB) as entry:
        assert entry.read() is None
    with journal.entry("docker://a/b", BLOB) as entry:
        assert entry.read() == "ticket"
        entry.forget()
    assert list((tmp_path / "uploads").iterdir()) == []


def test_an_entry_that_another_holds_is_left_alone(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with journal.entry("docker://a/b", BLOB) as holder:
        holder.write("mine")
        with journal.entry("docker://a/b", BLOB) as other:
            assert other.read() is None
            other.write("theirs")
            other.forget()
    with journal.entry("docker://a/b", BLOB) as entry:
        assert entry.read() == "mine"


def test_rubbish_in_the_journal_is_no_ticket(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with journal.entry("docker://a/b", BLOB) as entry:
        entry.write("x")
    (path,) = tmp_path.iterdir()
    for rubbish in (b"\xff", b"[]", b'{"ticket": 1}', b'{"ticket": "a", "ticket": "b"}'):
        path.write_bytes(rubbish)
        with journal.entry("docker://a/b", BLOB) as entry:
            assert entry.read() is None


def test_a_journal_that_cannot_be_written_remembers_nothing_and_harms_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    with Journal(tmp_path / "file" / "journal").entry("docker://a/b", BLOB) as entry:
        entry.write("ticket")
        assert entry.read() is None


def test_old_entries_are_collected(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for name in ("old", "new"):
        with journal.entry(name, BLOB) as entry:
            entry.write(name)
    old, new = sorted(tmp_path.iterdir(), key=lambda path: b"old" not in path.read_bytes())
    os.utime(old, (1_000_000, 1_000_000))
    os.utime(new, (1_000_000 + MAX_AGE_S, 1_000_000 + MAX_AGE_S))
    journal.collect(now=1_000_000 + MAX_AGE_S + 1)
    assert list(tmp_path.iterdir()) == [new]


def test_the_first_use_collects_what_is_too_old(tmp_path: Path) -> None:
    with Journal(tmp_path).entry("old", BLOB) as entry:
        entry.write("old")
    (old,) = tmp_path.iterdir()
    os.utime(old, (1_000_000, 1_000_000))
    with Journal(tmp_path).entry("new", BLOB) as entry:
        entry.write("new")
    (left,) = tmp_path.iterdir()
    assert left != old


def test_the_entry_that_is_used_is_not_too_old(tmp_path: Path) -> None:
    with Journal(tmp_path).entry("a", BLOB) as entry:
        entry.write("ticket")
    (path,) = tmp_path.iterdir()
    os.utime(path, (1_000_000, 1_000_000))
    with Journal(tmp_path).entry("a", BLOB) as entry:
        assert entry.read() == "ticket"


def test_an_entry_that_its_last_holder_removed_meanwhile_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the opening of the file and its lock, the process that had it finishes."""
    last = Journal(tmp_path).entry("docker://a/b", BLOB)
    last.__enter__().write("of the past")
    opened: list[int] = []

    def open_late(*arguments: object) -> int:
        handle = real(*arguments)
        if not opened:
            (path,) = tmp_path.iterdir()
            path.unlink()
            last.__exit__(None, None, None)
        opened.append(handle)
        return handle

    real: Callable[..., int] = os.open
    monkeypatch.setattr(os, "open", open_late)
    with Journal(tmp_path).entry("docker://a/b", BLOB) as entry:
        entry.write("ticket")
    monkeypatch.undo()
    assert len(opened) == 2
    with Journal(tmp_path).entry("docker://a/b", BLOB) as entry:
        assert entry.read() == "ticket"


def test_the_upload_of_a_blob_that_is_there_is_forgotten_unless_it_is_under_way(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.forget("docker://a/b", BLOB)  # there is none
    with journal.entry("docker://a/b", BLOB) as entry:
        entry.write("ticket")
        journal.forget("docker://a/b", BLOB)
    assert len(list(tmp_path.iterdir())) == 1
    journal.forget("docker://a/other", BLOB)
    assert len(list(tmp_path.iterdir())) == 1
    journal.forget("docker://a/b", BLOB)
    assert list(tmp_path.iterdir()) == []
