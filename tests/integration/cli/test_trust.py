"""``ocitool trust``: the policy shown and changed, by the program itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ocitool.exit_code import ExitCode
from tests.integration.cli.process import ocitool

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_set_is_shown_and_binds(tmp_path: Path) -> None:
    policy = ("--policy", f"{tmp_path}/policy.json")
    (tmp_path / "key.asc").write_bytes(b"key")
    key = f"{tmp_path}/key.asc"
    for words in (
        ("--type", "reject", "default"),
        ("--pubkeysfile", key, "r.example/team"),
        ("-t", "sigstoreSigned", "-f", key, "r.example/other"),
        ("-t", "accept", "r.example"),
    ):
        done = ocitool(*policy, "trust", "set", *words)
        assert done.returncode == 0, done.stderr
    shown = ocitool(*policy, "trust", "show", "--json")
    rows = [(row["transport"], row["name"], row["type"], row["keys"]) for row in json.loads(shown.stdout)]
    assert rows == [
        ("all", "default", "reject", ""),
        ("docker", "r.example/team", "signedBy", key),
        ("docker", "r.example/other", "sigstoreSigned", key),
        ("docker", "r.example", "accept", ""),
    ]
    assert ocitool(*policy, "trust", "show", "--raw").stdout == (tmp_path / "policy.json").read_text()
    table = ocitool(*policy, "trust", "show", "r.example/team").stdout.splitlines()
    assert [line.split()[:3] for line in table] == [
        ["TRANSPORT", "NAME", "TYPE"],
        ["docker", "r.example/team", "signedBy"],
    ]
    refused = ocitool(*policy, "copy", "docker://x.example/y:1", f"oci:{tmp_path}/to:1")
    assert refused.returncode == ExitCode.FORBIDDEN and "rejects it" in refused.stderr


@pytest.mark.parametrize(
    "words",
    [("-t", "signedBy", "x"), ("-t", "accept", "-f", "/k", "x"), ("-t", "nothing", "x")],
)
def test_what_means_nothing_is_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = ocitool("--policy", f"{tmp_path}/p.json", "trust", "set", *words)
    assert done.returncode == ExitCode.USAGE
    assert not (tmp_path / "p.json").exists()


def test_a_key_that_is_not_there(tmp_path: Path) -> None:
    done = ocitool("--policy", f"{tmp_path}/p.json", "trust", "set", "-f", f"{tmp_path}/none", "default")
    assert done.returncode == ExitCode.SETTINGS and "there is no such key" in done.stderr
    assert not (tmp_path / "p.json").exists()
