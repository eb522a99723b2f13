"""standalone-sign and standalone-verify, as programs, with a real gpg."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from oci.spec import Digest
from ocitool.exit_code import ExitCode
from tests.integration.cli.process import ocitool
from tests.openpgp import GpgHome

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

NAME = "r.example/app:1"
MANIFEST = b'{"schemaVersion": 2}'


@pytest.fixture(scope="module")
def gpg_home(tool: Callable[[str], Path]) -> Iterator[GpgHome]:
    with GpgHome(tool("gpg")) as home:
        yield home


@pytest.fixture(scope="module")
def key(gpg_home: GpgHome) -> str:
    return gpg_home.make_key("alice@signer.example", passphrase="open sesame")


class Signing:
    """A manifest in a folder, signed and verified there."""

    def __init__(self, folder: Path, home: GpgHome, key: str) -> None:
        self.folder, self.home, self.key = folder, home, key
        (folder / "manifest").write_bytes(MANIFEST)
        (folder / "passphrase").write_text("open sesame\nanother line\n", encoding="utf-8")
        (folder / "keys").write_bytes(home.public(key))

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return ocitool(*arguments, cwd=self.folder, env={"GNUPGHOME": str(self.home.path), **environ})

    def sign(self, *options: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return self.run("standalone-sign", "manifest", NAME, self.key, "-o", "sig", *options, **environ)

    def verify(self, name: str, keys: str, *options: str) -> subprocess.CompletedProcess[str]:
        return self.run("standalone-verify", "manifest", name, keys, "sig", *options)


@pytest.fixture
def signing(tmp_path: Path, gpg_home: GpgHome, key: str) -> Signing:
    return Signing(tmp_path, gpg_home, key)


def test_what_was_signed_is_verified_by_the_keyring_and_by_a_file(signing: Signing) -> None:
    made = signing.sign("--passphrase-file", "passphrase")
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")
    for keys, options in (
        (signing.key, ()),
        (signing.key.lower(), ("--public-key-file", "keys")),
        ("any", ("--public-key-file", "keys")),
        (f"{'0' * 40},{signing.key}", ("--public-key-file", "keys")),
    ):
        done = signing.verify(NAME, keys, *options)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"Signature verified using fingerprint {signing.key}, digest sha256:")


def test_the_passphrase_may_come_from_the_environment(signing: Signing) -> None:
    assert signing.sign(OCITOOL_PASSPHRASE="open sesame").returncode == 0
    assert signing.verify(NAME, signing.key).returncode == 0


def test_a_signature_that_is_not_good_is_told_why(signing: Signing) -> None:
    assert signing.sign("--passphrase-file", "passphrase").returncode == 0
    keys = ("--public-key-file", "keys")
    for done, reason in (
        (signing.verify("r.example/app:2", "any", *keys), "does not match r.example/app:2"),
        (signing.verify(NAME, "0" * 40, *keys), "which is not asked for"),
    ):
        assert done.returncode == ExitCode.CONTENT
        assert reason in done.stderr and done.stdout == ""
    (signing.folder / "manifest").write_bytes(MANIFEST + b" ")
    done = signing.verify(NAME, "any", *keys)
    assert done.returncode == ExitCode.CONTENT and "it is for sha256:" in done.stderr


def test_arguments_that_cannot_be_meant(signing: Signing) -> None:
    for done in (
        signing.verify(NAME, "any"),
        signing.verify(NAME, signing.key[-16:]),
        signing.sign("--passphrase-file", "passphrase", "--ask-passphrase"),
        signing.sign("--ask-passphrase"),
    ):
        assert done.returncode == ExitCode.USAGE, done.stderr
    done = signing.run("standalone-sign", "manifest", "r.example/app", signing.key, "-o", "sig")
    assert done.returncode == ExitCode.USAGE and "a tag or a digest" in done.stderr


def test_what_a_signature_says_is_shown_as_nobodys_word(signing: Signing) -> None:
    words = "untrusted-signature-dump-without-verification"
    assert signing.sign("--passphrase-file", "passphrase").returncode == 0
    done = signing.run(words, "sig", PATH="/nonexistent", TZ="UTC")
    assert (done.returncode, done.stderr) == (0, "")
    shown = json.loads(done.stdout)
    assert shown["UntrustedDockerReference"] == NAME
    assert shown["UntrustedDockerManifestDigest"] == str(Digest.of(MANIFEST))
    assert shown["UntrustedTimestamp"].endswith("Z")
    (signing.folder / "sig").write_bytes(b"-----BEGIN PGP MESSAGE-----")
    done = signing.run(words, "sig")
    assert done.returncode == ExitCode.CONTENT and "armor" in done.stderr and done.stdout == ""


def test_without_gpg_it_says_what_to_install(signing: Signing) -> None:
    done = signing.sign(PATH="/nonexistent")
    assert done.returncode == ExitCode.UNSUPPORTED
    assert "install GnuPG" in done.stderr and "Traceback" not in done.stderr
