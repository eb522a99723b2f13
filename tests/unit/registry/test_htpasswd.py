from __future__ import annotations

import os
from typing import TYPE_CHECKING

import bcrypt
import pytest

from oci.errors import InvalidSettings, StorageError
from oci.registry import Htpasswd

if TYPE_CHECKING:
    from pathlib import Path


def entry(name: str, password: str) -> str:
    hashed = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4)).decode()
    return f"{name}:{hashed.replace('$2b$', '$2y$')}\n"  # as Apache's own tool marks it


def write(path: Path, text: str, *, at: int) -> None:
    path.write_text(text)
    os.utime(path, ns=(at, at))


def test_right_and_wrong_passwords(tmp_path: Path) -> None:
    write(tmp_path / "users", f"# comment\n\n{entry('ann', 'secret')}{entry('bob', 'pässword')}", at=1)
    users = Htpasswd(tmp_path / "users")
    for _ in range(2):  # the second time it is remembered
        assert users.check("ann", "secret")
        assert users.check("bob", "pässword")
        assert not users.check("ann", "pässword")
        assert not users.check("bob", "secret")
        assert not users.check("eve", "secret")
        assert not users.check("ann", "")
        assert not users.check("ann", "secret\0")


def test_what_is_remembered_is_not_mixed_up(tmp_path: Path) -> None:
    write(tmp_path / "users", entry("a", "bc") + entry("ab", "x"), at=1)
    users = Htpasswd(tmp_path / "users")
    assert users.check("a", "bc")
    assert not users.check("ab", "c")


def test_long_passwords_are_cut_as_apache_cuts_them(tmp_path: Path) -> None:
    write(tmp_path / "users", entry("ann", "x" * 100), at=1)
    assert Htpasswd(tmp_path / "users").check("ann", "x" * 100)


def test_the_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    write(tmp_path / "users", entry("ann", "old"), at=1)
    users = Htpasswd(tmp_path / "users")
    assert users.check("ann", "old")
    write(tmp_path / "users", entry("ann", "new"), at=2)
    assert not users.check("ann", "old")
    assert users.check("ann", "new")


@pytest.mark.parametrize(
    "line",
    ["ann:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "ann:$apr1$x$y", "ann:secret", "ann", ":x", "ann:$2y$10$short"],
)
def test_weak_entries_are_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "users").write_text(f"{entry('ok', 'x')}{line}\n")
    with pytest.raises(InvalidSettings) as caught:
        Htpasswd(tmp_path / "users")
    assert caught.value.key == "2"
    assert "secret" not in str(caught.value)


def test_a_file_that_became_invalid_lets_nobody_in(tmp_path: Path) -> None:
    write(tmp_path / "users", entry("ann", "x"), at=1)
    users = Htpasswd(tmp_path / "users")
    assert users.check("ann", "x")
    write(tmp_path / "users", "ann:plain\n", at=2)
    for _ in range(2):
        with pytest.raises(InvalidSettings):
            users.check("ann", "x")
    (tmp_path / "users").unlink()
    with pytest.raises(StorageError):
        users.check("ann", "x")


def test_an_empty_file_and_too_many_users(tmp_path: Path) -> None:
    (tmp_path / "users").write_text("")
    assert not Htpasswd(tmp_path / "users").check("ann", "x")
    (tmp_path / "users").write_text(entry("a", "x") + entry("b", "x"))
    Htpasswd(tmp_path / "users", users_max=2)
    with pytest.raises(InvalidSettings):
        Htpasswd(tmp_path / "users", users_max=1)
