"""Changing policy.json: one scope, strictly, and at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from oci.errors import InvalidSettings, StorageError
from oci.settings.policy_edit import DEFAULT, change, edited, scopes_in

if TYPE_CHECKING:
    from pathlib import Path

ACCEPT = {"type": "insecureAcceptAnything"}
REJECT = {"type": "reject"}


def test_one_scope_changes_and_the_rest_stays() -> None:
    before = {"default": [REJECT], "transports": {"docker": {"a.example": [ACCEPT]}, "oci": {"": [ACCEPT]}}}
    made = edited(json.dumps(before).encode(), "b.example/x", [REJECT], path="p")
    after = json.loads(made)
    assert after["transports"]["docker"].pop("b.example/x") == [REJECT]
    assert after == before
    assert ("docker", "b.example/x", [REJECT]) in scopes_in(made)
    assert ("", DEFAULT, [REJECT]) in scopes_in(made)


def test_the_default_comes_first() -> None:
    with pytest.raises(InvalidSettings, match="no policy yet"):
        edited(None, "a.example", [REJECT], path="p")
    assert json.loads(edited(None, DEFAULT, [REJECT], path="p")) == {"default": [REJECT]}


@pytest.mark.parametrize(
    "raw", [b"{}", b'{"default":[],"default":[]}', b'{"default":[{"type":"reject"}],"unknown":1}', b"nothing"]
)
def test_what_is_no_policy_is_not_changed(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "policy.json"
    file.write_bytes(raw)
    with pytest.raises(InvalidSettings):
        change(file, DEFAULT, [REJECT])
    assert file.read_bytes() == raw
    assert list(tmp_path.iterdir()) == [file]


def test_what_would_be_no_policy_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    with pytest.raises(InvalidSettings, match="which is no requirement"):
        change(file, DEFAULT, [{"type": "anything"}])
    assert not file.exists()


def test_a_link_stays_a_link_and_the_mode_stays(tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "policy.json"
    change(real, DEFAULT, [REJECT])
    assert real.stat().st_mode & 0o777 == 0o644
    real.chmod(0o600)
    link.symlink_to(real)
    change(link, DEFAULT, [ACCEPT])
    assert link.is_symlink() and json.loads(real.read_bytes()) == {"default": [ACCEPT]}
    assert real.stat().st_mode & 0o777 == 0o600


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError):
        change(tmp_path / "file" / "policy.json", DEFAULT, [REJECT])
