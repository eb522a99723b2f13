"""Everything that is attached to an image, of every family, and what each of it proves."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import replace as changed
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

import oci
from oci.errors import Forbidden, RateLimited
from oci.facade.inventory import State
from oci.facade.place import Places
from oci.frozen import replace
from oci.settings import LookasideConf, Security, Settings
from oci.settings.policy import (
    AcceptAnything,
    Keys,
    MatchExact,
    MatchRepository,
    Policy,
    SignedBy,
    SigstoreSigned,
)
from oci.spec import Reference
from oci.spec.attachment import cosign_tag
from oci.testing import ScriptedRegistry, build_image, build_index, fault, layer
from oci.transports.name import ImageName
from oci.trust import Family, Subject
from oci.trust.attachment import AttachmentLimits, NewLayer, append_layers, attach
from oci.trust.bundle.claim import StatementClaim
from oci.trust.bundle.document import MEDIA_TYPE
from oci.trust.bundle.shelf import attach_bundle
from oci.trust.cosign.claim import Claim
from oci.trust.cosign.key_verifier import KeyVerifier, TrustedKey
from oci.trust.cosign.signer import CosignSigner
from oci.trust.key.private import PrivateKey
from oci.trust.notation.signer import NotationSigner, load_credential
from oci.trust.simple.gpg import Keyring
from oci.trust.simple.shelf import LookasideShelf
from oci.trust.simple.signer import SimpleSigner
from tests.notary import AUTHORITY, DAY, Wish, issue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oci.content import Sink
    from oci.facade.inventory import Item
    from oci.trust.family import Verifier
    from tests.openpgp import GpgHome

IMAGE = build_image([layer({"a": b"1"})])
INDEX = build_index({"linux/amd64": IMAGE})
KEY = PrivateKey.of(ec.derive_private_key(1, ec.SECP256R1()), where="k")
MADE_S = 1_700_000_000
SBOM = "application/spdx+json"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[ScriptedRegistry]:
    with ScriptedRegistry(tmp_path / "registry") as server:
        server.put("app", INDEX, "v1")
        yield server


@pytest.fixture
def name(registry: ScriptedRegistry) -> str:
    return f"docker://{registry.host}/app:v1"


@pytest.fixture
def context(tmp_path: Path) -> oci.Context:
    lookaside = LookasideConf(usual=(tmp_path / "lookaside").as_uri())
    settings = Settings(security=Security.PLAIN, lookaside=lookaside, attempts=1, retry_delay_s=0.002)
    return oci.Context(settings=settings)


def trusting(key: PrivateKey, family: Family) -> KeyVerifier:
    claim = Claim(rule=MatchRepository()) if family is Family.COSIGN else StatementClaim(predicate_type="")
    return KeyVerifier(keys=(TrustedKey(name="k", key=key.public),), claim=claim, family=family)


EVERYBODY: tuple[Verifier, ...] = (
    trusting(KEY, Family.COSIGN),
    trusting(KEY, Family.ATTESTATION),
    trusting(KEY, Family.BUNDLE),
    KeyVerifier(keys=(TrustedKey(name="k", key=KEY.public),), claim=StatementClaim(), family=Family.BUNDLE),
)


def sink_of(name: str, context: oci.Context, places: Places) -> Sink:
    return places.sink(ImageName.parse(name), context.settings)


def by_kind(found: oci.Inventory) -> dict[str, Item]:
    assert len({each.kind for each in found.items}) == len(found.items)
    return {each.kind: each for each in found.items}


def sign_as_notation(name: str, context: oci.Context, folder: Path) -> None:
    now = int(time.time())
    authority = issue(changed(AUTHORITY, begins=now - DAY, ends=now + DAY))
    issue(Wish(begins=now - DAY, ends=now + DAY), authority).write_to(folder)
    key, chain = (folder / "key.pem").read_bytes(), (folder / "chain.pem").read_bytes()
    signer = NotationSigner(credential=load_credential(key, chain, where="k"), clock=lambda: now)
    oci.sign(name, signer, context=context)


def test_every_family_and_what_is_none_is_shown_with_what_it_says_and_what_it_proves(
    name: str, context: oci.Context, tmp_path: Path, gpg_home: GpgHome, alice: str
) -> None:
    named = Reference.parse(name.removeprefix("docker://"))
    keyring = Keyring(home=gpg_home.path, environ=gpg_home.environ)
    subject = Subject.of(INDEX.raw, named)
    made = SimpleSigner(keyring=keyring, key=alice, clock=lambda: MADE_S).sign(subject)
    LookasideShelf(tmp_path / "lookaside").add(subject, [made])
    oci.sign(name, CosignSigner(key=KEY, annotations={"timestamp": MADE_S}), context=context)
    tag = oci.Form.TAG
    oci.attest(name, KEY, oci.Assertion(predicate_type="u:a", predicate={}, form=tag), context=context)
    oci.attest(name, KEY, oci.SIGNATURE, context=context)
    sign_as_notation(name, context, tmp_path)
    with Places(context) as places:
        sink = sink_of(name, context, places)
        link = sink.resolve("v1")
        attach(sink, link, artifact_type=SBOM, media_type=SBOM, content=b"{}", annotations={})
        append_layers(sink, link.digest, "sbom", [NewLayer(content=b"<>", media_type="text/spdx+xml")])

    found = oci.signatures(name, EVERYBODY, context=context)
    items = by_kind(found)
    assert {kind: each.state for kind, each in items.items()} == {
        "simple signing": State.UNVERIFIED,
        "cosign": State.VERIFIED,
        "attestation": State.VERIFIED,
        "sigstore bundle": State.VERIFIED,
        "notation": State.UNVERIFIED,
        SBOM: State.UNSIGNED,
        "text/spdx+xml": State.UNSIGNED,
    }
    stated = {each.family: each.stated for each in found.items if each.stated is not None}
    assert {each.digest for each in stated.values()} == {INDEX.digest}
    assert stated[Family.SIMPLE].identity == stated[Family.COSIGN].identity == str(named)
    assert stated[Family.SIMPLE].key == alice[-16:]
    assert (stated[Family.SIMPLE].made_s, stated[Family.COSIGN].made_s) == (MADE_S, MADE_S)
    assert stated[Family.ATTESTATION].about == "u:a"
    assert stated[Family.NOTATION].signer == "CN=signer,O=acme,ST=WA,C=US"
    found.check()


def test_nothing_unknown_and_no_good_are_three_answers(
    name: str, context: oci.Context, registry: ScriptedRegistry
) -> None:
    found = oci.signatures(name, EVERYBODY, context=context)
    assert (found.items, {(each.count, each.reason) for each in found.places}) == ((), {(0, None)})
    other = PrivateKey.of(ec.derive_private_key(2, ec.SECP256R1()), where="o")
    oci.sign(name, CosignSigner(key=other), context=context)
    (item,) = oci.signatures(name, EVERYBODY, context=context).items
    assert (item.state, item.refusals[0].fault.value) == (State.REFUSED, "wrong key")
    registry.script(fault.answer(429), path=f"*/manifests/{cosign_tag(INDEX.digest, 'sig')}")
    found = oci.signatures(name, EVERYBODY, context=context)
    unknown = [each for each in found.places if each.reason is not None]
    assert [each.name.endswith(".sig") for each in unknown] == [True]
    with pytest.raises(RateLimited):
        found.check()


def test_places_that_several_families_share_are_named_once_when_they_are_throttled(
    name: str, context: oci.Context, registry: ScriptedRegistry
) -> None:
    registry.script(fault.answer(429), path="*/referrers/*")
    found = oci.signatures(name, context=context)
    named = [each.name for each in found.places]
    assert len(named) == len(set(named))
    assert [each.name.startswith("referrers of") for each in found.places if each.reason] == [True]


@pytest.mark.parametrize("suffix", ["sig", "att"])
def test_what_is_no_signature_under_a_signature_s_tag_is_shown_as_no_good(
    name: str, context: oci.Context, suffix: str
) -> None:
    with Places(context) as places:
        sink = sink_of(name, context, places)
        append_layers(sink, INDEX.digest, suffix, [NewLayer(content=b"x", media_type="text/plain")])
    (item,) = oci.signatures(name, context=context).items
    assert (item.state, item.stated) == (State.REFUSED, None)
    assert item.refusals[0].fault.value == "malformed"


def test_a_signature_of_another_image_is_shown_with_what_it_is_for(name: str, context: oci.Context) -> None:
    made = CosignSigner(key=KEY, identity="r.example/app:v1").sign(Subject.of(IMAGE.raw))
    from oci.trust.cosign.shelf import store

    with Places(context) as places:
        store(sink_of(name, context, places), INDEX.digest, [made])
    (item,) = oci.signatures(name, EVERYBODY, context=context).items
    assert item.stated is not None
    assert (item.stated.digest, item.refusals[0].fault.value) == (IMAGE.digest, "other image")


def test_a_bundle_that_signs_the_document_itself_is_shown_with_what_it_claims(
    name: str, context: oci.Context
) -> None:
    digest = base64.b64encode(bytes.fromhex(INDEX.digest.encoded)).decode("ascii")
    members = {
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": {"publicKey": {"hint": "aGludA=="}},
        "messageSignature": {
            "messageDigest": {"algorithm": "SHA2_256", "digest": digest},
            "signature": base64.b64encode(KEY.sign(INDEX.raw)).decode("ascii"),
        },
    }
    with Places(context) as places:
        sink = sink_of(name, context, places)
        content = json.dumps(members).encode()
        attach_bundle(sink, sink.resolve("v1"), content, predicate_type="", created="")
    (item,) = oci.signatures(name, context=context).items
    assert item.stated is not None
    assert (item.state, item.stated.digest, item.stated.key) == (State.UNVERIFIED, INDEX.digest, "aGludA==")


def test_a_policy_s_requirements_are_held_against_the_signatures(
    name: str, context: oci.Context, gpg_home: GpgHome, alice: str
) -> None:
    oci.sign(name, CosignSigner(key=KEY), context=context)
    demands = (
        AcceptAnything(),
        SigstoreSigned(signer=Keys(data=(KEY.public.pem,)), identity=MatchRepository()),
        SignedBy(key_type="GPGKeys", keys=Keys(data=(gpg_home.public(alice),)), identity=MatchExact()),
    )
    assert context.settings is not None
    bound = replace(context, settings=replace(context.settings, policy=Policy(default=demands, path="p")))
    (item,) = oci.signatures(name, context=bound).items
    assert item.state is State.VERIFIED
    with pytest.raises(Forbidden):
        oci.copy(name, "oci:nowhere:1", context=bound)


def test_more_signatures_than_are_read_are_not_taken_for_none(name: str, context: oci.Context) -> None:
    for number in range(3):
        oci.sign(name, CosignSigner(key=KEY, annotations={"n": str(number)}), context=context)
    (item,) = oci.signatures(name, limits=AttachmentLimits(count=2), context=context).items
    assert (item.state, "2" in item.refusals[0].reason) == (State.REFUSED, True)


def test_an_image_directory_is_looked_through_as_well(
    tmp_path: Path, context: oci.Context, gpg_home: GpgHome, alice: str
) -> None:
    IMAGE.write_to(tmp_path / "layout", "v1")
    oci.copy(f"oci:{tmp_path}/layout:v1", f"dir:{tmp_path}/dir", context=context)
    keyring = Keyring(home=gpg_home.path, environ=gpg_home.environ)
    subject = Subject.of(IMAGE.raw, Reference.parse("r.example/app:v1"))
    made = SimpleSigner(keyring=keyring, key=alice, clock=lambda: MADE_S).sign(subject)
    (tmp_path / "dir/signature-1").write_bytes(made.envelope)
    (item,) = oci.signatures(f"dir:{tmp_path}/dir", context=context).items
    assert (item.kind, item.found_at) == ("simple signing", f"{tmp_path}/dir/signature-1")
    assert item.stated is not None and item.stated.identity == "r.example/app:v1"
