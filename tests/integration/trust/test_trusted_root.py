"""Images with bundles that authorities and logs vouch for: on the command line, and for a policy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

import oci
from oci.errors import Forbidden
from oci.facade.place import Places
from oci.frozen import replace
from oci.settings import Security, Settings
from oci.settings.policy_file import parse_policy
from oci.testing import ScriptedRegistry, build_image, layer
from oci.transports.name import ImageName
from oci.trust.attachment import attach
from oci.trust.bundle.document import MEDIA_TYPE
from oci.trust.cosign.signer import CosignSigner
from oci.trust.key.private import PrivateKey
from tests.fixture_script import fixture_script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

lying = fixture_script("lying-bundles")
IMAGE = build_image([layer({"a": b"1"})])
SETTINGS = Settings(security=Security.PLAIN, retry_delay_s=0.002, attempts=1)
CONTEXT = oci.Context(settings=SETTINGS)
WHO = ("--certificate-identity", lying.EMAIL, "--certificate-oidc-issuer", lying.ISSUER)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[ScriptedRegistry]:
    with ScriptedRegistry(tmp_path / "registry") as server:
        server.put("app", IMAGE, "v1")
        server.put("elsewhere/app", IMAGE, "v1")
        yield server


def store(registry: ScriptedRegistry, bundle: dict[str, Any], repository: str = "app") -> str:
    name = f"docker://{registry.host}/{repository}:v1"
    with Places(CONTEXT) as places:
        place = places.sink(ImageName.parse(name))
        attach(
            place,
            place.resolve(ImageName.parse(name).name),
            artifact_type=MEDIA_TYPE,
            media_type=MEDIA_TYPE,
            content=json.dumps(bundle).encode(),
            annotations={},
        )
    return name


def verify(
    folder: Path, name: str, *options: str, command: str = "verify"
) -> subprocess.CompletedProcess[str]:
    (folder / "root.json").write_text(json.dumps(lying.root()))
    words = ("--trusted-root", "root.json", "--tls-verify=false", *options, name)
    return subprocess.run(
        [sys.executable, "-m", "ocitool", command, *words],
        cwd=folder,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_command_says_who_has_signed_and_when(registry: ScriptedRegistry, tmp_path: Path) -> None:
    name = store(registry, lying.bundle(content=IMAGE.raw))
    done = verify(tmp_path, name, *WHO, "--format", "json")
    assert done.returncode == 0, done.stderr
    (proof,) = json.loads(done.stdout)["proofs"]
    assert proof["signer"] == f"{lying.EMAIL} ({lying.ISSUER})"
    for options, code in (
        (("--certificate-identity", "other@example.com", *WHO[2:]), 5),
        (("--certificate-identity-regexp", r"signer@.*", *WHO[2:]), 0),
        (("--certificate-identity-regexp", "(", *WHO[2:]), 64),
        (WHO[:2], 64),
        ((*WHO, "--ca-roots", "root.json"), 64),
        ((*WHO, "--identity", f"{registry.host}/app"), 5),
    ):
        done = verify(tmp_path, name, *options)
        assert done.returncode == code, (options, done.stderr)
    assert verify(tmp_path, name, *WHO, command="verify-attestation").returncode == 5


def bound(members: dict[str, Any]) -> oci.Context:
    policy = {"default": [{"type": "digestOnlySigned", **members}]}
    parsed = parse_policy(json.dumps(policy).encode(), path="p")
    return oci.Context(settings=replace(SETTINGS, policy=parsed))


def by_certificate(subject: str) -> dict[str, Any]:
    root = b64encode(json.dumps(lying.root()).encode()).decode()
    return {"certificate": {"subject": subject, "oidcIssuer": lying.ISSUER}, "trustedRootData": root}


def test_a_policy_lets_in_what_somebody_s_certificate_has_signed(
    registry: ScriptedRegistry, tmp_path: Path
) -> None:
    name, out = store(registry, lying.bundle(content=IMAGE.raw)), f"oci:{tmp_path}/out:v1"
    with pytest.raises(Forbidden, match="certificate is for"):
        oci.copy(name, out, context=bound(by_certificate("other@example.com")))
    assert not (tmp_path / "out").exists()
    oci.copy(name, out, context=bound(by_certificate(lying.EMAIL)))
    assert (tmp_path / "out").exists()


def test_a_policy_for_digests_asks_for_no_name_and_takes_no_cosign_tag(
    registry: ScriptedRegistry, tmp_path: Path
) -> None:
    key, name = PrivateKey.generate(), f"docker://{registry.host}/app:v1"
    trusted = {"keyData": b64encode(key.public.pem).decode()}
    oci.sign(name, CosignSigner(key=key), context=CONTEXT)
    with pytest.raises(Forbidden, match="no signature"):
        oci.copy(name, f"oci:{tmp_path}/out:v1", context=bound(trusted))
    oci.attest(name, key, oci.SIGNATURE, context=CONTEXT)
    oci.copy(name, f"oci:{tmp_path}/out:v1", context=bound(trusted))
    moved = f"docker://{registry.host}/elsewhere/app:v1"
    oci.attest(moved, key, oci.SIGNATURE, context=CONTEXT)
    oci.copy(moved, f"oci:{tmp_path}/out:v2", context=bound(trusted))
    with pytest.raises(Forbidden, match="none of its signatures"):
        oci.copy(name, f"oci:{tmp_path}/out:v3", context=bound({**trusted, **_root()}))


def _root() -> dict[str, Any]:
    return {"trustedRootData": b64encode(json.dumps(lying.root()).encode()).decode()}
