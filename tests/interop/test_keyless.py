"""Signing without a key: sigstore's client, against a Fulcio and a Rekor on loopback; ours verifies."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from oci.testing import ScriptedRegistry, build_image, layer
from ocitool.exit_code import ExitCode
from tests.integration.cli.process import ocitool
from tests.missing import missing
from tests.sigstore_instance import EMAIL, ISSUER, Instance, identity_token

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

pytestmark = pytest.mark.interop

IMAGE = build_image([layer({"a": b"1"})])
PEERS = Path(os.environ.get("OCITOOL_PEERS") or Path(__file__).parents[2] / ".peers")
WHO = ("--certificate-identity", EMAIL, "--certificate-oidc-issuer", ISSUER)


class Desk:
    """An image in a registry, the files that name an instance of sigstore, and a token."""

    def __init__(self, folder: Path, registry: ScriptedRegistry, instance: Instance) -> None:
        self.folder, self.instance = folder, instance
        registry.put("app", IMAGE, "v1")
        self.image = f"docker://{registry.host}/app:v1"
        (folder / "root.json").write_text(json.dumps(instance.trusted_root))
        (folder / "config.json").write_text(json.dumps(instance.signing_config))
        (folder / "token").write_text(identity_token())

    def run(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        packages = PEERS / "sigstore"
        if not packages.is_dir():
            missing("the package sigstore in the folder of the peers (make interop)")
        environ |= {"PYTHONPATH": str(packages), "HOME": str(self.folder)}
        return ocitool(*words, "--tls-verify=false", self.image, cwd=self.folder, env=environ)

    def sign(self, *options: str, **environ: str) -> subprocess.CompletedProcess[str]:
        services = ("--signing-config", "config.json", "--trusted-root", "root.json")
        return self.run("sign", "--keyless", *services, *options, **environ)

    def verify(self, *options: str) -> subprocess.CompletedProcess[str]:
        return self.run("verify", "--trusted-root", "root.json", *options)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with ScriptedRegistry(tmp_path / "registry") as registry, Instance() as instance:
        yield Desk(tmp_path, registry, instance)


def test_what_is_signed_is_verified_by_identity_and_by_nobody_else_s(desk: Desk) -> None:
    made = desk.sign("--identity-token-file", "token")
    assert made.returncode == 0, made.stderr
    assert made.stdout.split()[:3] == [str(IMAGE.digest), "-", EMAIL]
    assert desk.instance.tokens == [(desk.folder / "token").read_text()]
    (statement,) = map(json.loads, desk.instance.entries)
    assert statement["subject"][0]["digest"] == {"sha256": IMAGE.digest.encoded}
    done = desk.verify(*WHO)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"by    {EMAIL} ({ISSUER})" in done.stdout and "as the log says" in done.stdout
    other = desk.verify("--certificate-identity", "other@example.com", "--certificate-oidc-issuer", ISSUER)
    assert (other.returncode, "other signer" in other.stdout) == (ExitCode.CONTENT, True)
    listed = desk.run("signatures", "--trusted-root", "root.json", *WHO, "-f", "{{.State}} {{.TimeFrom}}")
    assert listed.stdout == "verified log\n"


def test_a_token_may_be_in_the_environment_and_is_never_shown(desk: Desk) -> None:
    token = identity_token()
    made = desk.sign("--debug", SIGSTORE_ID_TOKEN=token)
    assert made.returncode == 0, made.stderr
    assert token not in made.stdout + made.stderr


def test_who_has_no_token_is_asked_for_one(desk: Desk) -> None:
    done = desk.sign()
    assert (done.returncode, "who signs?" in done.stderr) == (ExitCode.USAGE, True)


@pytest.mark.parametrize("path", ["/api/v2/signingCert", "/api/v1/log/entries"])
def test_a_service_that_refuses_leaves_no_signature(desk: Desk, path: str) -> None:
    desk.instance.fails_with[path] = 500
    done = desk.sign("--identity-token-file", "token")
    assert (done.returncode == 0, "signing without a key: " in done.stderr) == (False, True)
    assert "no signature is there" in desk.verify(*WHO).stderr


def test_an_expired_token_is_refused_before_anybody_is_asked(desk: Desk) -> None:
    (desk.folder / "token").write_text(identity_token(expires_in_s=-30))
    done = desk.sign("--identity-token-file", "token")
    assert (done.returncode == 0, desk.instance.tokens) == (False, [])


def test_what_does_not_hold_by_the_trusted_root_is_not_stored(desk: Desk) -> None:
    with Instance() as other:
        mixed = {**desk.instance.trusted_root, "tlogs": other.trusted_root["tlogs"]}
    (desk.folder / "root.json").write_text(json.dumps(mixed))
    done = desk.sign("--identity-token-file", "token")
    assert (done.returncode, "what the services made does not hold" in done.stderr) == (
        ExitCode.CONTENT,
        True,
    )
    assert "no signature is there" in desk.verify(*WHO).stderr
