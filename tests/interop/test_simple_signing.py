"""GPG signatures of copies: each of the two verifies, under one policy, what the other has signed and stored.

In lookaside directories beside a registry, as registries.d says, and in image directories.
"""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from oci.testing import ScriptedRegistry, build_image, build_index, layer
from tests.integration.cli.process import ocitool
from tests.openpgp import GpgHome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.interop

IMAGE = build_image([layer({"a": b"1"})])
INDEX = build_index(
    {"linux/amd64": IMAGE, "linux/arm64": build_image([layer({"a": b"2"})], platform="linux/arm64")}
)
TLS = ("--src-tls-verify=false", "--dest-tls-verify=false")


class Ground:
    """A key, a registry, a policy that wants the key, and both programs."""

    def __init__(self, folder: Path, home: GpgHome, skopeo: Path, registry: ScriptedRegistry) -> None:
        self.folder, self.host = folder, registry.host
        self._home, self._skopeo = home, skopeo
        self.key = home.make_key(f"{folder.name}@signer.example")
        (folder / "key.asc").write_bytes(home.public(self.key))
        (folder / "d").mkdir()
        lookaside = f"docker:\n  {registry.host}:\n    lookaside: file://{folder}/signatures\n"
        # skopeo 1.9 knows the old name as well; the usual place stays out of it either way.
        (folder / "d" / "test.yaml").write_text(lookaside, encoding="ascii")
        demand = {"type": "signedBy", "keyType": "GPGKeys", "keyPath": str(folder / "key.asc")}
        named = {"type": "exactReference", "dockerReference": f"{registry.host}/team/app:1"}
        policy = {
            "default": [{"type": "reject"}],
            "transports": {
                "docker": {"": [demand], f"{registry.host}/plain": [{"type": "insecureAcceptAnything"}]},
                "dir": {"": [demand | {"signedIdentity": named}]},
                "oci": {"": [{"type": "insecureAcceptAnything"}]},
            },
        }
        (folder / "policy.json").write_text(json.dumps(policy), encoding="ascii")

    @property
    def image(self) -> str:
        return f"docker://{self.host}/team/app:1"

    def run(self, who: str, *arguments: str, command: str = "copy") -> subprocess.CompletedProcess[str]:
        options = ("--policy", f"{self.folder}/policy.json", "--registries.d", f"{self.folder}/d")
        words = (*options, command, *TLS, *arguments)
        if who == "ocitool":
            return ocitool(*words, env=self._home.environ)
        return subprocess.run(
            [str(self._skopeo), *words],
            env={**os.environ, **self._home.environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def sign(self, image: str, *options: str) -> None:
        words = ("--registries.d", f"{self.folder}/d", "sign", "--gpg", self.key, "--tls-verify=false")
        made = ocitool(*words, *options, image, env=self._home.environ)
        assert made.returncode == 0, made.stderr


@pytest.fixture(scope="module")
def gpg_home(tool: Callable[[str], Path]) -> Iterator[GpgHome]:
    with GpgHome(tool("gpg")) as home:
        yield home


@pytest.fixture
def ground(tmp_path: Path, gpg_home: GpgHome, tool: Callable[[str], Path]) -> Iterator[Ground]:
    with ScriptedRegistry(tmp_path / "registry") as registry:
        yield Ground(tmp_path, gpg_home, tool("skopeo"), registry)


BOTH = pytest.mark.parametrize(("signer", "verifier"), [("ocitool", "skopeo"), ("skopeo", "ocitool")])


@BOTH
def test_a_lookaside_directory(ground: Ground, signer: str, verifier: str) -> None:
    IMAGE.write_to(ground.folder / "layout", "1")
    refused = ground.run(verifier, "--remove-signatures", ground.image, f"oci:{ground.folder}/no:1")
    assert refused.returncode != 0
    made = ground.run(signer, "--sign-by", ground.key, f"oci:{ground.folder}/layout:1", ground.image)
    assert made.returncode == 0, made.stderr
    (stored,) = (ground.folder / "signatures" / "team").iterdir()
    assert stored.name == f"app@sha256={IMAGE.digest.encoded}"
    moved = ground.image.replace("app:1", "app:2")
    assert ground.run(signer, f"oci:{ground.folder}/layout:1", moved).returncode == 0
    refused = ground.run(verifier, "--remove-signatures", moved, f"oci:{ground.folder}/no:1")
    assert refused.returncode != 0
    good = ground.run(verifier, ground.image, f"dir:{ground.folder}/out")
    assert good.returncode == 0, good.stderr
    assert (ground.folder / "out" / "signature-1").read_bytes() == (stored / "signature-1").read_bytes()


@BOTH
def test_an_index_and_its_images(ground: Ground, signer: str, verifier: str) -> None:
    INDEX.write_to(ground.folder / "layout", "1")
    words = ("--all", "--sign-by", ground.key, f"oci:{ground.folder}/layout:1", ground.image)
    made = ground.run(signer, *words)
    assert made.returncode == 0, made.stderr
    assert len(list((ground.folder / "signatures" / "team").iterdir())) == 3
    good = ground.run(verifier, "--all", ground.image, f"dir:{ground.folder}/out")
    assert good.returncode == 0, good.stderr


@BOTH
def test_a_synchronisation(ground: Ground, signer: str, verifier: str) -> None:
    INDEX.write_to(ground.folder / "registry" / "plain" / "app", "1")
    IMAGE.write_to(ground.folder / "registry" / "plain" / "app", "2")
    words = ("--src", "docker", "--dest", "docker", "--all", "--sign-by", ground.key)
    made = ground.run(signer, *words, f"{ground.host}/plain/app", f"{ground.host}/team", command="sync")
    assert made.returncode == 0, made.stderr
    for tag in "12":
        image = ground.image.replace("app:1", f"app:{tag}")
        good = ground.run(verifier, "--all", image, f"dir:{ground.folder}/out-{tag}")
        assert good.returncode == 0, good.stderr
    if signer == "ocitool":
        # What skopeo signs again each time, ours knows.
        before = sorted((ground.folder / "signatures").glob("**/signature-*"))
        again = ground.run(signer, *words, f"{ground.host}/plain/app", f"{ground.host}/team", command="sync")
        assert again.stdout == "2 unchanged; 1 place\n"
        assert sorted((ground.folder / "signatures").glob("**/signature-*")) == before


@BOTH
def test_an_image_directory(ground: Ground, signer: str, verifier: str) -> None:
    IMAGE.write_to(ground.folder / "layout", "1")
    made = ground.run(signer, "--sign-by", ground.key, f"oci:{ground.folder}/layout:1", ground.image)
    assert made.returncode == 0, made.stderr
    kept = ground.run(signer, ground.image, f"dir:{ground.folder}/signed")
    assert kept.returncode == 0, kept.stderr
    good = ground.run(verifier, f"dir:{ground.folder}/signed", f"dir:{ground.folder}/out")
    assert good.returncode == 0, good.stderr
    (ground.folder / "signed" / "signature-1").unlink()
    assert ground.run(verifier, f"dir:{ground.folder}/signed", f"dir:{ground.folder}/no").returncode != 0
    assert not (ground.folder / "no" / "manifest.json").exists()


def test_an_image_that_was_there_and_is_signed_afterwards(ground: Ground) -> None:
    IMAGE.write_to(ground.folder / "layout", "1")
    assert ground.run("skopeo", f"oci:{ground.folder}/layout:1", ground.image).returncode == 0
    to = f"dir:{ground.folder}/out"
    assert ground.run("skopeo", ground.image, to).returncode != 0
    ground.sign(ground.image)
    assert ground.run("skopeo", ground.image, to).returncode == 0
    copied = ground.run("skopeo", "--remove-signatures", ground.image, f"dir:{ground.folder}/bare")
    assert copied.returncode == 0, copied.stderr
    again = (f"dir:{ground.folder}/bare", f"dir:{ground.folder}/again")
    assert ground.run("skopeo", *again).returncode != 0
    ground.sign(again[0], "--identity", ground.image.removeprefix("docker://"))
    good = ground.run("skopeo", *again)
    assert good.returncode == 0, good.stderr


def test_what_cannot_hold_signatures_is_refused_by_both(ground: Ground) -> None:
    IMAGE.write_to(ground.folder / "layout", "1")
    ground.run("ocitool", "--sign-by", ground.key, f"oci:{ground.folder}/layout:1", ground.image)
    for who in ("ocitool", "skopeo"):
        to = f"oci:{ground.folder}/{who}:1"
        assert ground.run(who, ground.image, to).returncode != 0
        good = ground.run(who, "--remove-signatures", ground.image, to)
        assert good.returncode == 0, good.stderr
