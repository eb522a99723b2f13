"""Signatures of images, both ways: what ours signs, others accept; what others sign, ours proves."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

import oci
from oci.errors import Forbidden
from oci.settings import LookasideConf, LookasideRule, Security, Settings
from oci.settings.policy import ExactReference, Keys, Policy, SigstoreSigned
from oci.spec.attachment import cosign_tag
from oci.testing import ScriptedRegistry, build_image, layer
from oci.trust import Family, Verified
from oci.trust.bundle.claim import StatementClaim
from oci.trust.cosign.claim import Asked, Claim
from oci.trust.cosign.key_verifier import KeyVerifier, TrustedKey
from oci.trust.cosign.signer import CosignSigner
from oci.trust.key.file import open_key, seal_key
from oci.trust.key.private import KeyKind, PrivateKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

pytestmark = pytest.mark.interop

IMAGE = build_image([layer({"a": b"1"})])
CONTEXT = oci.Context(settings=Settings(security=Security.PLAIN))
SPDX = "https://spdx.dev/Document"
_FAMILIES = {
    "cosign2": (Family.COSIGN, Family.ATTESTATION),
    "cosign3": (Family.BUNDLE, Family.BUNDLE),
}
OFFLINE = ("--allow-http-registry", "--key")


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[ScriptedRegistry]:
    with ScriptedRegistry(tmp_path / "registry") as server:
        server.put("app", IMAGE, "v1")
        yield server


def run(
    program: Path, *arguments: str, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program, *arguments],
        cwd=cwd,
        env={**os.environ, "COSIGN_PASSWORD": "secret", **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def write_pair(folder: Path, kind: KeyKind = KeyKind.ECDSA) -> PrivateKey:
    key = PrivateKey.generate(kind)
    (folder / "cosign.key").write_bytes(seal_key(key, b"secret", entropy=os.urandom))
    (folder / "cosign.pub").write_bytes(key.public.pem)
    return key


def proves(image: str, key: PrivateKey, family: Family, claim: Asked) -> bool:
    verifier = KeyVerifier(keys=(TrustedKey(name="k", key=key.public),), claim=claim, family=family)
    return isinstance(oci.verify(f"docker://{image}", [verifier], context=CONTEXT).verdict, Verified)


# ── containers/image: skopeo, podman, CRI-O (Debian's skopeo and podman are built without sigstore) ──


@pytest.mark.costly
@pytest.mark.parametrize("kind", [KeyKind.ECDSA, KeyKind.RSA, KeyKind.ED25519])
def test_a_policy_of_containers_image_lets_in_what_ours_has_signed_and_nothing_else(
    tool: Callable[[str], Path], registry: ScriptedRegistry, tmp_path: Path, kind: KeyKind
) -> None:
    key, image = write_pair(tmp_path, kind), f"docker://{registry.host}/app:v1"
    policy = {"default": [{"type": "sigstoreSigned", "keyPath": str(tmp_path / "cosign.pub")}]}
    (tmp_path / "policy.json").write_text(json.dumps(policy))
    settings = {
        "IMAGECOPY_POLICY": str(tmp_path / "policy.json"),
        "IMAGECOPY_REGISTRIES_D": attachments_in(tmp_path, registry),
    }

    def pull() -> subprocess.CompletedProcess[str]:
        return run(tool("imagecopy"), image, f"oci:{tmp_path}/out:v1", cwd=tmp_path, env=settings)

    assert pull().returncode != 0
    oci.sign(image, CosignSigner(key=PrivateKey.generate()), context=CONTEXT)
    oci.sign(image, CosignSigner(key=key, identity="r.example/other:1"), context=CONTEXT)
    assert pull().returncode != 0
    oci.sign(image, CosignSigner(key=key), context=CONTEXT)
    done = pull()
    assert done.returncode == 0, done.stderr


@pytest.mark.costly
def test_our_policy_lets_in_what_containers_image_has_signed_and_nothing_else(
    tool: Callable[[str], Path], registry: ScriptedRegistry, tmp_path: Path
) -> None:
    key, signed = write_pair(tmp_path), f"docker://{registry.host}/signed:v1"
    settings = {
        "IMAGECOPY_SIGN_KEY": str(tmp_path / "cosign.key"),
        "IMAGECOPY_REGISTRIES_D": attachments_in(tmp_path, registry),
    }
    image = f"docker://{registry.host}/app:v1"
    done = run(tool("imagecopy"), image, signed, cwd=tmp_path, env=settings)
    assert done.returncode == 0, done.stderr
    for trusted, is_good in ((PrivateKey.generate(), False), (key, True)):
        requirement = SigstoreSigned(signer=Keys(data=(trusted.public.pem,)))
        context = oci.Context(
            settings=Settings(security=Security.PLAIN, policy=Policy(default=(requirement,), path="p"))
        )
        if is_good:
            oci.copy(signed, f"oci:{tmp_path}/out:v1", context=context)
        else:
            with pytest.raises(Forbidden):
                oci.copy(signed, f"oci:{tmp_path}/out:v1", context=context)


@pytest.mark.costly
@pytest.mark.parametrize("signer", ["ours", "theirs"])
@pytest.mark.parametrize("verifier", ["ours", "theirs"])
def test_a_directory_carries_signatures_from_a_registry_to_another(
    *, tool: Callable[[str], Path], registry: ScriptedRegistry, tmp_path: Path, signer: str, verifier: str
) -> None:
    """One writes the directory with the signature in a file; the other obeys it, and carries it on."""
    key, image = write_pair(tmp_path), f"docker://{registry.host}/app:v1"
    oci.sign(image, CosignSigner(key=key), context=CONTEXT)
    conf = LookasideConf(default=LookasideRule(uses_attachments=True))
    rule = ExactReference(image.removeprefix("docker://"))
    requirement = SigstoreSigned(signer=Keys(data=(key.public.pem,)), identity=rule)
    policy = Policy(default=(requirement,), path="p")
    settings = Settings(security=Security.PLAIN, policy=policy, lookaside=conf)
    named = {"type": "exactReference", "dockerReference": rule.reference}
    demand = {"type": "sigstoreSigned", "keyPath": str(tmp_path / "cosign.pub"), "signedIdentity": named}
    (tmp_path / "policy.json").write_text(json.dumps({"default": [demand]}))
    theirs = {"IMAGECOPY_REGISTRIES_D": attachments_in(tmp_path, registry)}
    obeying = {"IMAGECOPY_POLICY": str(tmp_path / "policy.json")}
    folder, again = f"dir:{tmp_path / 'carried'}", f"docker://{registry.host}/again:v1"

    def copy(who: str, source: str, goal: str, environ: Mapping[str, str]) -> None:
        if who == "ours":
            oci.copy(source, goal, context=oci.Context(settings=settings))
        else:
            done = run(tool("imagecopy"), source, goal, cwd=tmp_path, env={**theirs, **environ})
            assert done.returncode == 0, done.stderr

    copy(signer, image, folder, {})
    assert (tmp_path / "carried" / "signature-1").read_bytes().startswith(b"\0sigstore-json\n")
    copy(verifier, folder, f"oci:{tmp_path / 'let-in'}:v1", obeying)
    copy(verifier, folder, again, {})
    assert registry.content("again", cosign_tag(IMAGE.digest, "sig"))
    copy(signer, again, f"oci:{tmp_path / 'let-in-again'}:v1", obeying)
    (tmp_path / "carried" / "signature-1").unlink()
    with pytest.raises((Forbidden, AssertionError)):
        copy(verifier, folder, f"oci:{tmp_path / 'kept-out'}:v1", obeying)


def attachments_in(folder: Path, registry: ScriptedRegistry) -> str:
    """Write a registries.d that has signatures kept in the registry, and return where."""
    (folder / "d").mkdir()
    rule = f"docker:\n  {registry.host}:\n    use-sigstore-attachments: true\n"
    (folder / "d/all.yaml").write_text(rule)
    return str(folder / "d")


# ── cosign ──


@pytest.mark.costly
@pytest.mark.parametrize("name", ["cosign2", "cosign3"])
@pytest.mark.parametrize("kind", [KeyKind.ECDSA, KeyKind.RSA, KeyKind.ED25519])
def test_cosign_verifies_what_ours_has_signed(
    tool: Callable[[str], Path], registry: ScriptedRegistry, tmp_path: Path, name: str, kind: KeyKind
) -> None:
    key, image = write_pair(tmp_path, kind), f"{registry.host}/app:v1"
    verify = ("verify", "--insecure-ignore-tlog", *OFFLINE, "cosign.pub", image)
    assert run(tool(name), *verify, cwd=tmp_path).returncode != 0
    oci.sign(f"docker://{image}", CosignSigner(key=key, annotations={"who": "me"}), context=CONTEXT)
    done = run(tool(name), *verify, "-a", "who=me", cwd=tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.costly
def test_cosign_3_verifies_our_bundles(
    tool: Callable[[str], Path], registry: ScriptedRegistry, tmp_path: Path
) -> None:
    key, image = write_pair(tmp_path), f"{registry.host}/app:v1"
    oci.attest(f"docker://{image}", key, oci.SIGNATURE, context=CONTEXT)
    said = oci.Assertion(predicate_type=SPDX, predicate={"a": 1}, form=oci.Form.BUNDLE)
    oci.attest(f"docker://{image}", key, said, context=CONTEXT)
    for command in (("verify",), ("verify-attestation", "--type", "spdxjson")):
        done = run(
            tool("cosign3"), *command, "--insecure-ignore-tlog", *OFFLINE, "cosign.pub", image, cwd=tmp_path
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.costly
@pytest.mark.parametrize("name", ["cosign2", "cosign3"])
def test_cosign_verifies_our_attestations(
    tool: Callable[[str], Path], registry: ScriptedRegistry, tmp_path: Path, name: str
) -> None:
    key, image = write_pair(tmp_path), f"{registry.host}/app:v1"
    said = oci.Assertion(predicate_type=SPDX, predicate={"a": 1})
    oci.attest(f"docker://{image}", key, said, context=CONTEXT)
    verify = ("verify-attestation", "--type", "spdxjson", "--insecure-ignore-tlog", *OFFLINE, "cosign.pub")
    done = run(tool(name), *verify, image, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.costly
@pytest.mark.parametrize("name", ["cosign2", "cosign3"])
def test_what_cosign_signs_with_its_own_key_is_proved(
    tool: Callable[[str], Path], registry: ScriptedRegistry, tmp_path: Path, name: str
) -> None:
    signed, attested = _FAMILIES[name]
    cosign, image = tool(name), f"{registry.host}/app:v1"
    assert run(cosign, "generate-key-pair", cwd=tmp_path).returncode == 0
    key = open_key((tmp_path / "cosign.key").read_bytes(), lambda: b"secret", where="cosign.key")
    (tmp_path / "predicate.json").write_text('{"a": 1}')
    offline = ["-y", "--tlog-upload=false", *OFFLINE, "cosign.key", image]
    if name == "cosign3":
        offline.insert(0, "--use-signing-config=false")
    predicate = ("--predicate", "predicate.json", "--type", "spdxjson")
    for command in (("sign",), ("attest", *predicate)):
        done = run(cosign, *command, *offline, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    claim: Asked = Claim(rule=None) if signed is Family.COSIGN else StatementClaim()
    assert proves(image, key, signed, claim)
    assert proves(image, key, attested, StatementClaim(predicate_type=SPDX))
    assert not proves(image, PrivateKey.generate(), signed, claim)
