"""Images signed and verified as cosign does, against a registry: proved, not proved, not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

import oci
from oci.errors import Forbidden, NotVerified, RateLimited
from oci.facade.place import Places
from oci.frozen import replace
from oci.settings import Security, Settings
from oci.settings.policy import (
    ExactReference,
    ExactRepository,
    Keys,
    MatchRepository,
    Policy,
    SigstoreSigned,
)
from oci.spec.attachment import cosign_tag
from oci.testing import ScriptedRegistry, build_image, build_index, fault, layer
from oci.transports.name import ImageName
from oci.trust import Family, Invalid, Subject, Unsettled, Unsigned, Verified
from oci.trust.bundle.claim import StatementClaim
from oci.trust.cosign.claim import Claim
from oci.trust.cosign.key_verifier import KeyVerifier, TrustedKey
from oci.trust.cosign.shelf import store
from oci.trust.cosign.signer import CosignSigner
from oci.trust.key.private import PrivateKey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oci.facade.verification import Verification
    from oci.settings.policy import IdentityMatch

IMAGE = build_image([layer({"a": b"1"})])
INDEX = build_index({"linux/amd64": IMAGE, "linux/arm64": build_image([layer({"b": b"2"})])})
TAG = cosign_tag(INDEX.digest, "sig")
KEY = PrivateKey.of(ec.derive_private_key(1, ec.SECP256R1()), where="k")
OTHER = PrivateKey.of(ec.derive_private_key(2, ec.SECP256R1()), where="o")
RSA = PrivateKey.of(rsa.generate_private_key(65537, 2048), where="r")
SETTINGS = Settings(security=Security.PLAIN, retry_delay_s=0.002, attempts=1)
CONTEXT = oci.Context(settings=SETTINGS)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[ScriptedRegistry]:
    with ScriptedRegistry(tmp_path / "registry") as server:
        server.put("app", INDEX, "v1")
        yield server


@pytest.fixture
def name(registry: ScriptedRegistry) -> str:
    return f"docker://{registry.host}/app:v1"


def sign(name: str, key: PrivateKey = KEY, *, recursive: bool = False, **values: Any) -> None:
    oci.sign(name, CosignSigner(key=key, **values), recursive=recursive, context=CONTEXT)


def verify(name: str, *keys: PrivateKey, rule: IdentityMatch | None = None, **values: Any) -> Verification:
    trusted = tuple(TrustedKey(name="k", key=key.public) for key in keys or (KEY,))
    verifier = KeyVerifier(keys=trusted, claim=Claim(rule=rule))
    return oci.verify(name, [verifier], context=CONTEXT, **values)


def test_what_is_signed_is_verified_with_its_name_and_what_was_refused(name: str) -> None:
    sign(name, OTHER)
    sign(name)
    found = verify(name, rule=MatchRepository())
    assert isinstance(found.verdict, Verified)
    found.check()
    (proof,) = found.verdict.proofs
    assert (proof.digest, proof.identity) == (INDEX.digest, name.removeprefix("docker://"))
    assert [each.fault.value for each in found.verdict.refused] == ["wrong key"]
    assert isinstance(verify(name, RSA, KEY).verdict, Verified)


def test_images_beneath_an_index_are_signed_on_request_only(name: str) -> None:
    sign(name)
    platform = oci.Platform.parse("linux/amd64")
    assert isinstance(verify(name, platform=platform).verdict, Unsigned)
    sign(name, recursive=True)
    found = verify(name, platform=platform)
    assert isinstance(found.verdict, Verified)
    assert found.digest == IMAGE.digest


def test_three_answers(name: str, registry: ScriptedRegistry) -> None:
    unsigned = verify(name)
    assert isinstance(unsigned.verdict, Unsigned)
    with pytest.raises(NotVerified) as raised:
        unsigned.check()
    assert raised.value.fault == "unsigned"
    sign(name, OTHER)
    invalid = verify(name)
    assert isinstance(invalid.verdict, Invalid)
    with pytest.raises(NotVerified) as raised:
        invalid.check()
    assert raised.value.fault == "wrong key"
    registry.script(fault.answer(429), method="GET", path=f"*/manifests/{TAG}")
    unsettled = verify(name)
    assert isinstance(unsettled.verdict, Unsettled)
    with pytest.raises(RateLimited):
        unsettled.check()


def test_the_name_that_was_signed_counts(name: str) -> None:
    sign(name, identity="r.example/app:1")
    for rule, is_good in (
        (MatchRepository(), False),
        (ExactReference("r.example/app:2"), False),
        (ExactReference("r.example/app:1"), True),
        (ExactRepository("r.example/app"), True),
        (None, True),
    ):
        assert isinstance(verify(name, rule=rule).verdict, Verified) is is_good, rule


def test_an_image_by_digest_is_signed_under_its_repository(registry: ScriptedRegistry) -> None:
    by_digest = f"docker://{registry.host}/app@{INDEX.digest}"
    sign(by_digest)
    found = verify(by_digest, rule=MatchRepository())
    assert isinstance(found.verdict, Verified)
    assert found.verdict.proofs[0].identity == f"{registry.host}/app"


def test_signatures_may_lie_in_a_repository_of_their_own(name: str, registry: ScriptedRegistry) -> None:
    place = f"{registry.host}/signatures"
    oci.sign(name, CosignSigner(key=KEY), signatures_in=place, context=CONTEXT)
    assert registry.content("signatures", TAG)
    assert isinstance(verify(name).verdict, Unsigned)
    assert isinstance(verify(name, signatures_in=place).verdict, Verified)


def test_a_signature_that_was_moved_to_another_image_proves_nothing(
    name: str, registry: ScriptedRegistry, tmp_path: Path
) -> None:
    sign(name)
    other = build_image([layer({"evil": b"1"})])
    registry.put("app", other, "v2")
    oci.copy(
        f"docker://{registry.host}/app:{TAG}",
        f"docker://{registry.host}/app:{cosign_tag(other.digest, 'sig')}",
        context=CONTEXT,
    )
    found = verify(f"docker://{registry.host}/app:v2")
    assert isinstance(found.verdict, Invalid)
    assert [each.fault.value for each in found.verdict.refused] == ["other image"]


def test_what_is_removed_is_gone_and_the_image_stays(name: str, registry: ScriptedRegistry) -> None:
    sign(name)
    removed = oci.remove_signatures(name, context=CONTEXT)
    assert [each.rpartition(":")[2] for each in removed] == [TAG]
    assert registry.content("app", "v1") == INDEX.raw
    assert oci.remove_signatures(name, context=CONTEXT) == ()


def test_many_signatures_are_all_looked_at(name: str) -> None:
    subject = Subject(content=INDEX.raw, digest=INDEX.digest, name=oci.Reference.parse("r.example/app:1"))
    made = [
        CosignSigner(key=KEY if number % 2 else OTHER, annotations={"n": number}).sign(subject)
        for number in range(20)
    ]
    with Places(CONTEXT) as places:
        store(places.sink(ImageName.parse(name)), INDEX.digest, made)
    found = verify(name)
    assert isinstance(found.verdict, Verified)
    assert [each.statement["n"] for each in found.verdict.proofs] == list(range(1, 20, 2))
    assert len(found.verdict.refused) == 10


def test_a_copy_is_signed_with_all_that_was_published(name: str, registry: ScriptedRegistry) -> None:
    options = oci.CopyOptions(selection=oci.Everything())
    there = f"docker://{registry.host}/copy:v1"
    result = oci.copy(name, there, options=options, context=CONTEXT)
    signed = oci.sign_copy(there, result, CosignSigner(key=KEY), context=CONTEXT)
    assert {each.digest for each in signed} == {INDEX.digest, *(each.digest for each in INDEX.parts)}
    assert {each.identity for each in signed} == {f"{registry.host}/copy:v1"}
    for platform in (None, oci.Platform.parse("linux/amd64")):
        assert isinstance(verify(there, rule=MatchRepository(), platform=platform).verdict, Verified)
    assert isinstance(verify(name).verdict, Unsigned)


# ── statements ──


@pytest.mark.parametrize("has_api", [True, False])
def test_a_signature_in_a_bundle_is_found_as_a_referrer(
    name: str, registry: ScriptedRegistry, has_api: bool
) -> None:
    if not has_api:
        registry.script(fault.no_referrers())
    oci.attest(name, KEY, oci.SIGNATURE, context=CONTEXT)
    oci.attest(name, OTHER, oci.SIGNATURE, context=CONTEXT)
    found = stated(name, StatementClaim(), Family.BUNDLE)
    assert isinstance(found.verdict, Verified)
    assert [each.digest for each in found.verdict.proofs] == [INDEX.digest]
    assert [each.fault.value for each in found.verdict.refused] == ["wrong key"]


def stated(name: str, claim: StatementClaim, *families: Family) -> Verification:
    keys = (TrustedKey(name="k", key=KEY.public),)
    verifiers = [KeyVerifier(keys=keys, claim=claim, family=family) for family in families]
    return oci.verify(name, verifiers, context=CONTEXT)


@pytest.mark.parametrize("form", list(oci.Form))
def test_what_is_attested_is_proved_with_what_it_says(name: str, form: oci.Form) -> None:
    spdx = "https://spdx.dev/Document"
    for kind, predicate in ((spdx, {"spdxVersion": "x"}), ("https://other.example/kind", {"a": [1]})):
        oci.attest(
            name, KEY, oci.Assertion(predicate_type=kind, predicate=predicate, form=form), context=CONTEXT
        )
    both = (Family.ATTESTATION, Family.BUNDLE)
    found = stated(name, StatementClaim(predicate_type=spdx), *both)
    assert isinstance(found.verdict, Verified)
    assert [each.statement["predicate"] for each in found.verdict.proofs] == [{"spdxVersion": "x"}]
    assert [each.fault.value for each in found.verdict.refused] == ["other claim"]
    whole = stated(name, StatementClaim(predicate_type=""), *both)
    assert isinstance(whole.verdict, Verified)
    assert len(whole.verdict.proofs) == 2
    # An attestation is no signature.
    assert isinstance(stated(name, StatementClaim(), Family.BUNDLE).verdict, Invalid | Unsigned)


# ── policy ──


def bound(*keys: PrivateKey, **values: Any) -> oci.Context:
    data = tuple(key.public.pem for key in keys)
    policy = Policy(default=(SigstoreSigned(signer=Keys(data=data), **values),), path="p")
    return oci.Context(settings=replace(SETTINGS, policy=policy))


def pull(registry: ScriptedRegistry, tmp_path: Path, context: oci.Context) -> None:
    oci.copy(f"docker://{registry.host}/app:one", f"oci:{tmp_path / 'out'}:v1", context=context)


def test_a_policy_lets_in_what_is_signed_and_nothing_else(registry: ScriptedRegistry, tmp_path: Path) -> None:
    registry.put("app", IMAGE, "one")
    with pytest.raises(Forbidden, match="no signature"):
        pull(registry, tmp_path, bound(KEY))
    sign(f"docker://{registry.host}/app:one")
    for reason, context in (
        ("none of its signatures is good", bound(OTHER)),
        ("no log", bound(KEY, rekor_keys=Keys(data=(KEY.public.pem,)))),
        ("it is for the name", bound(KEY, identity=ExactReference("r.example/app:1"))),
    ):
        with pytest.raises(Forbidden, match=reason):
            pull(registry, tmp_path, context)
    assert not (tmp_path / "out").exists()
    pull(registry, tmp_path, bound(OTHER, KEY))
    assert (tmp_path / "out").exists()


def test_a_policy_never_takes_a_registry_that_does_not_say_for_one_without(
    registry: ScriptedRegistry, tmp_path: Path
) -> None:
    registry.put("app", IMAGE, "one")
    registry.script(fault.answer(429), method="GET", path=f"*/manifests/{cosign_tag(IMAGE.digest, 'sig')}")
    with pytest.raises(Forbidden, match="could not be asked"):
        pull(registry, tmp_path, bound(KEY))


def test_a_policy_takes_an_index_that_is_signed_or_else_all_of_its_images(name: str, tmp_path: Path) -> None:
    options = oci.CopyOptions(selection=oci.Everything())
    with pytest.raises(Forbidden):
        oci.copy(name, f"oci:{tmp_path / 'out'}:v1", options=options, context=bound(KEY))
    sign(name)
    oci.copy(name, f"oci:{tmp_path / 'out'}:v1", options=options, context=bound(KEY))
