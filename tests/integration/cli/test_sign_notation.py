"""``sign --as notation``, ``verify --trust-policy`` as processes; what a policy makes of such signatures."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import oci
from oci.errors import Forbidden, InvalidSettings
from oci.settings import Security, Settings
from oci.settings.policy import NotationSigned, Policy
from ocitool.exit_code import ExitCode
from tests.integration.cli.conftest import PLAIN
from tests.integration.cli.process import ocitool
from tests.notary import AUTHORITY, DAY, IMAGE, Wish, issue, write_store

if TYPE_CHECKING:
    from pathlib import Path

    from oci.testing import ScriptedRegistry


class Desk:
    """A folder with a key and certificates, a trust policy and a trust store, and an image in a registry."""

    def __init__(self, folder: Path, registry: ScriptedRegistry) -> None:
        self.folder = folder
        self.repository = f"{registry.host}/app"
        self.image = f"docker://{self.repository}:v1"
        now = int(time.time())
        authority = issue(replace(AUTHORITY, begins=now - DAY, ends=now + DAY))
        issue(Wish(begins=now - DAY, ends=now + DAY), authority).write_to(folder)
        write_store(folder / "store", "ca", "acme", authority.certificate)
        self.trust("C=US, ST=WA, O=acme")

    def trust(self, name: str, *, scope: str = "", level: str = "strict") -> None:
        statement: dict[str, object] = {
            "name": "app",
            "registryScopes": [scope or self.repository],
            "signatureVerification": {"level": level},
        }
        if level != "skip":
            statement |= {"trustStores": ["ca:acme"], "trustedIdentities": [f"x509.subject: {name}"]}
        document = {"version": "1.0", "trustPolicies": [statement]}
        (self.folder / "trustpolicy.json").write_text(json.dumps(document), encoding="ascii")

    def sign(self, *options: str) -> str:
        signing = ("--as", "notation", "--key", "key.pem", "--cert", "chain.pem")
        done = ocitool("sign", *signing, PLAIN, *options, self.image, cwd=self.folder)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def verify(self, *options: str) -> tuple[int, str, str]:
        trusting = ("--trust-policy", "trustpolicy.json", "--trust-store", "store")
        done = ocitool("verify", PLAIN, *trusting, *options, self.image, cwd=self.folder)
        return done.returncode, done.stdout, done.stderr

    def pull(self, goal: str) -> None:
        requirement = NotationSigned(
            trust_policy=str(self.folder / "trustpolicy.json"), trust_store=str(self.folder / "store")
        )
        policy = Policy(default=(requirement,), path="p")
        settings = Settings(security=Security.PLAIN, policy=policy)
        oci.copy(self.image, f"oci:{self.folder / goal}:v1", context=oci.Context(settings=settings))


@pytest.fixture
def desk(tmp_path: Path, registry: ScriptedRegistry) -> Desk:
    registry.put("app", IMAGE, "v1")
    return Desk(tmp_path, registry)


def test_what_was_signed_is_verified_by_a_trust_policy(desk: Desk) -> None:
    code, _, said = desk.verify()
    assert (code, "no signature is there" in said) == (ExitCode.CONTENT, True)
    assert str(IMAGE.digest) in desk.sign("--envelope", "cose", "--annotation", "build=7")
    desk.sign("--expires-after", "3600")
    code, shown, said = desk.verify("--format", "json")
    assert code == 0, said
    proofs = json.loads(shown)["proofs"]
    assert [each["signer"] for each in proofs] == ["CN=signer,O=acme,ST=WA,C=US"] * 2
    desk.trust("C=US, ST=WA, O=others")
    code, _, said = desk.verify()
    assert (code, "nobody whose signatures are wanted" in said) == (ExitCode.CONTENT, True)
    desk.trust("C=US, ST=WA, O=acme", scope="r.example/other")
    code, _, said = desk.verify()
    assert (code, "no statement of the trust policy" in said) == (ExitCode.FORBIDDEN, True)


def test_options_that_do_not_go_together_are_refused(desk: Desk) -> None:
    for arguments in (
        ("verify", "--trust-policy", "trustpolicy.json"),
        ("sign", "--as", "notation", "--key", "key.pem"),
        ("sign", "--as", "notation", "--key", "key.pem", "--cert", "chain.pem", "--identity", "r.example/a"),
    ):
        done = ocitool(*arguments, PLAIN, desk.image, cwd=desk.folder)
        assert done.returncode == ExitCode.USAGE, done.stderr


def test_a_policy_lets_in_what_is_signed_and_nothing_else(desk: Desk) -> None:
    with pytest.raises(Forbidden, match="it has no signature"):
        desk.pull("out")
    desk.sign()
    desk.trust("C=US, ST=WA, O=others")
    with pytest.raises(Forbidden, match="none of its signatures is good"):
        desk.pull("out")
    desk.trust("", level="skip")
    with pytest.raises(InvalidSettings, match="skips verification"):
        desk.pull("out")
    assert not (desk.folder / "out").exists()
    desk.trust("C=US, ST=WA, O=acme")
    desk.pull("out")
    assert (desk.folder / "out").exists()
