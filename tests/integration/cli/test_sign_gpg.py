"""``sign --gpg``, ``verify`` with GPG keys and by a policy, as processes, with a real gpg."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ocitool.exit_code import ExitCode
from tests.integration.cli.conftest import PLAIN
from tests.integration.cli.process import ocitool
from tests.openpgp import GpgHome

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from oci.testing import Content, ScriptedRegistry


@pytest.fixture(scope="module")
def gpg_home(tool: Callable[[str], Path]) -> Iterator[GpgHome]:
    with GpgHome(tool("gpg")) as home:
        yield home


@pytest.fixture(scope="module")
def key(gpg_home: GpgHome) -> str:
    return gpg_home.make_key("alice@signer.example", passphrase="open sesame")


class Desk:
    """An image in a registry, a lookaside place, and a policy that wants a key."""

    def __init__(self, folder: Path, home: GpgHome, key: str, host: str) -> None:
        self.folder, self.home, self.key = folder, home, key
        self.image = f"docker://{host}/app:v1"
        (folder / "key.asc").write_bytes(home.public(key))
        (folder / "passphrase").write_text("open sesame\n", encoding="ascii")
        (folder / "d").mkdir()
        place = f"default-docker:\n  lookaside: file://{folder}/signatures\n"
        (folder / "d/place.yaml").write_text(place, encoding="ascii")
        demand = {"type": "signedBy", "keyType": "GPGKeys", "keyPath": f"{folder}/key.asc"}
        (folder / "policy.json").write_text(json.dumps({"default": [demand]}), encoding="ascii")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        options = ("--registries.d", "d", PLAIN)
        return ocitool(*words, *options, cwd=self.folder, env={"GNUPGHOME": str(self.home.path)})

    def verify(self, *options: str) -> subprocess.CompletedProcess[str]:
        return self.run("verify", self.image, *options)


@pytest.fixture
def desk(tmp_path: Path, gpg_home: GpgHome, key: str, registry: ScriptedRegistry, image: Content) -> Desk:
    registry.put("app", image, "v1")
    return Desk(tmp_path, gpg_home, key, registry.host)


def test_what_is_signed_is_verified_by_the_keyring_by_a_file_and_by_a_policy(desk: Desk) -> None:
    for trusting in (("--gpg", desk.key), ("--gpg-keys", "key.asc"), ("--policy", "policy.json")):
        done = desk.verify(*trusting)
        assert done.returncode in {ExitCode.CONTENT, ExitCode.FORBIDDEN}
        assert "no signature" in done.stderr
    made = desk.run("sign", "--gpg", desk.key, "--passphrase-file", "passphrase", desk.image)
    assert made.returncode == 0, made.stderr
    digest, _, identity, place = made.stdout.split()
    assert (identity, place) == (
        desk.image.removeprefix("docker://"), f"{desk.folder}/signatures/app@{digest.replace(':', '=')}"
    )  # fmt: skip
    for trusting in (("--gpg", desk.key.lower()), ("--gpg-keys", "key.asc")):
        done = desk.verify(*trusting)
        assert (done.returncode, done.stderr) == (0, "")
        assert f"proved  simple signing, {place}/signature-1" in done.stdout
    done = desk.verify("--gpg-keys", "key.asc", "--identity", "r.example/other:1")
    assert (done.returncode, "other name" in done.stdout) == (ExitCode.CONTENT, True)


def test_a_policy_says_what_proves_what(desk: Desk) -> None:
    desk.run("sign", "--gpg", desk.key, "--passphrase-file", "passphrase", desk.image)
    done = desk.verify("--policy", "policy.json")
    assert (done.returncode, done.stderr) == (0, "")
    first, _, third = done.stdout.splitlines()[:3]
    assert ": accepted: the image sha256:" in first and third == "    signedBy: verified"
    found = json.loads(desk.verify("--policy", "policy.json", "--format", "json").stdout)
    assert (found["accepted"], found["proved"], found["scope"]) == (True, True, "default")
    assert found["documents"][0]["requirements"][0]["proofs"][0]["key"] == desk.key
    (desk.folder / "policy.json").write_text('{"default":[{"type":"insecureAcceptAnything"}]}')
    assert "accepted, and nothing is proved" in desk.verify("--policy", "policy.json").stdout
    done = desk.verify("--policy", "policy.json", "--require-signed")
    assert (done.returncode, "rejected" in done.stdout) == (ExitCode.FORBIDDEN, True)
    (desk.folder / "policy.json").write_text('{"default":[{"type":"reject"}]}')
    done = desk.verify("--policy", "policy.json")
    assert (done.returncode, "rejects it" in done.stderr) == (ExitCode.FORBIDDEN, True)


@pytest.mark.parametrize(
    "words",
    [
        ("sign",),
        ("sign", "--gpg", "KEY", "--key", "cosign.key"),
        ("sign", "--gpg", "KEY", "--as", "bundle"),
        ("sign", "--gpg", "KEY", "--annotation", "a=b"),
        ("verify", "--policy", "policy.json", "--gpg", "KEY"),
        ("verify", "--gpg", "ABCDEF"),
        ("verify",),
    ],
)
def test_options_that_do_not_go_together_are_refused(desk: Desk, words: tuple[str, ...]) -> None:
    arguments = [desk.key if word == "KEY" else word for word in words]
    done = desk.run(*arguments, desk.image)
    assert done.returncode == ExitCode.USAGE, done.stderr
