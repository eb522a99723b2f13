"""Cosign's signatures in image directories: as files there, beneath tags elsewhere, and obeyed in both."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

import oci
from oci.errors import CopyError, DigestMismatch, Forbidden, InvalidReference, RateLimited, Unsupported
from oci.facade.place import Places
from oci.facade.seal import Signing
from oci.frozen import replace
from oci.settings import LookasideConf, LookasideRule, Security, Settings
from oci.settings.policy import ExactReference, Keys, Policy, SigstoreSigned
from oci.spec import Reference, parse_document
from oci.spec.attachment import cosign_tag
from oci.testing import ScriptedRegistry, build_image, build_index, fault, layer
from oci.transfer import Conversion
from oci.transports.name import ImageName
from oci.trust import Fault, Invalid, Unsigned, Verified
from oci.trust.attachment import NewLayer, append_layers
from oci.trust.cosign.claim import Claim
from oci.trust.cosign.file import encode, layer_in
from oci.trust.cosign.key_verifier import KeyVerifier, TrustedKey
from oci.trust.cosign.layer import MEDIA_TYPE
from oci.trust.cosign.signer import CosignSigner
from oci.trust.key.private import PrivateKey
from oci.trust.simple.gpg import Keyring
from oci.trust.simple.packet import MAX_BYTES
from oci.trust.simple.signer import SimpleSigner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oci.testing import Content
    from oci.trust import Verdict
    from tests.openpgp import GpgHome

IMAGE = build_image([layer({"a": b"1"})])
OTHER = build_image([layer({"b": b"2"})], platform="linux/arm64")
INDEX = build_index({"linux/amd64": IMAGE, "linux/arm64": OTHER})
TAG = cosign_tag(IMAGE.digest, "sig")
NAME = "r.example/team/app:1"
KEY = PrivateKey.of(ec.derive_private_key(1, ec.SECP256R1()), where="k")
STRANGER = PrivateKey.of(ec.derive_private_key(2, ec.SECP256R1()), where="s")
SIGNER = CosignSigner(key=KEY, identity=NAME)
MARK = b"\0sigstore-json\n"
ALL = oci.CopyOptions(selection=oci.Everything())
IN_REGISTRY = Settings(
    security=Security.PLAIN,
    attempts=1,
    retry_delay_s=0.002,
    lookaside=LookasideConf(default=LookasideRule(uses_attachments=True)),
)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[ScriptedRegistry]:
    with ScriptedRegistry(tmp_path / "registry") as server:
        server.put("app", INDEX, "all")
        server.put("app", IMAGE, "v1")
        yield server


def context(settings: Settings = IN_REGISTRY, *trusted: PrivateKey) -> oci.Context:
    if not trusted:
        return oci.Context(settings=settings)
    keys = Keys(data=tuple(key.public.pem for key in trusted))
    demand = SigstoreSigned(signer=keys, identity=ExactReference(NAME))
    return oci.Context(settings=replace(settings, policy=Policy(default=(demand,), path="p")))


def signed_folder(path: Path, content: Content = IMAGE, signer: CosignSigner = SIGNER) -> str:
    content.write_to(path / "layout", "v1")
    result = oci.copy(f"oci:{path}/layout:v1", f"dir:{path}/signed", options=ALL, context=context())
    oci.sign_copy(f"dir:{path}/signed", result, signer, context=context())
    return f"dir:{path}/signed"


def verdict(name: str, key: PrivateKey = KEY) -> Verdict:
    trusted = (TrustedKey(name="k", key=key.public),)
    return oci.verify(name, [KeyVerifier(keys=trusted, claim=Claim(rule=None))], context=context()).verdict


def let_in(name: str, path: Path, *trusted: PrivateKey) -> None:
    oci.copy(name, f"oci:{path}/let-in:1", context=context(IN_REGISTRY, *(trusted or (KEY,))))


# ── written and obeyed ──


def test_a_directory_is_signed_by_a_file_which_verifying_and_policies_read(tmp_path: Path) -> None:
    IMAGE.write_to(tmp_path / "layout", "v1")
    name = f"dir:{tmp_path}/image"
    oci.copy(f"oci:{tmp_path}/layout:v1", name, context=context())
    assert isinstance(verdict(name), Unsigned)
    with pytest.raises(Forbidden, match="no signature"):
        let_in(name, tmp_path)
    with pytest.raises(InvalidReference):
        oci.sign(name, CosignSigner(key=KEY), context=context())
    (done,) = oci.sign(name, SIGNER, context=context())
    assert str(tmp_path / "image") in done.stored_at
    file = tmp_path / "image" / "signature-1"
    members = json.loads(file.read_bytes().removeprefix(MARK))
    assert list(members) == ["mimeType", "payload", "annotations"]
    assert json.loads(base64.b64decode(members["payload"]))["critical"]["identity"] == {
        "docker-reference": NAME
    }
    assert isinstance(verdict(name), Verified)
    assert isinstance(verdict(name, STRANGER), Invalid)
    with pytest.raises(Forbidden, match="none of its signatures is good"):
        let_in(name, tmp_path, STRANGER)
    let_in(name, tmp_path)
    oci.sign(name, CosignSigner(key=STRANGER, identity=NAME), context=context())
    let_in(name, tmp_path, STRANGER)


def test_of_an_index_each_document_has_files_of_its_own(tmp_path: Path) -> None:
    name = signed_folder(tmp_path, INDEX)
    assert {path.name for path in (tmp_path / "signed").glob("*signature-*")} == {
        "signature-1",
        f"{IMAGE.digest.encoded}.signature-1",
        f"{OTHER.digest.encoded}.signature-1",
    }
    for platform in (None, "linux/arm64"):
        chosen = None if platform is None else oci.Platform.parse(platform)
        trusted = (TrustedKey(name="k", key=KEY.public),)
        verifier = KeyVerifier(keys=trusted, claim=Claim(rule=None))
        found = oci.verify(name, [verifier], platform=chosen, context=context())
        assert isinstance(found.verdict, Verified)


# ── carried ──


def test_what_a_tag_has_becomes_files_and_a_tag_again_with_all_that_it_says(
    registry: ScriptedRegistry, tmp_path: Path
) -> None:
    name = f"docker://{registry.host}/app"
    said = {"dev.cosignproject.cosign/signature": "QQ==", "example.org/more": "<a> & b", "A": "ä"}
    with Places(context()) as places:
        added = NewLayer(content=b'{"x":1}', media_type=MEDIA_TYPE, annotations=said)
        append_layers(places.sink(ImageName.parse(f"{name}:v1")), IMAGE.digest, "sig", [added])
    oci.sign(f"{name}:v1", SIGNER, context=context())
    before = parse_document(registry.content("app", TAG))
    oci.copy(f"{name}:v1", f"dir:{tmp_path}/carried", context=context())
    assert b"\\u003ca\\u003e" in (tmp_path / "carried" / "signature-1").read_bytes(), "as Go writes it"
    oci.copy(f"dir:{tmp_path}/carried", f"dir:{tmp_path}/again", context=context())
    oci.copy(f"dir:{tmp_path}/again", f"docker://{registry.host}/goal:v1", context=context())
    after = parse_document(registry.content("goal", TAG))
    assert [link.to_json() for link in after.children] == [link.to_json() for link in before.children]
    oci.copy(f"dir:{tmp_path}/again", f"oci:{tmp_path}/layout-goal:v1", context=context())
    assert isinstance(verdict(f"oci:{tmp_path}/layout-goal:v1"), Verified)


def test_a_registry_that_is_not_said_to_have_them_is_not_asked(
    registry: ScriptedRegistry, tmp_path: Path
) -> None:
    name = f"docker://{registry.host}/app:v1"
    oci.sign(name, SIGNER, context=context())
    silent = oci.Context(settings=replace(IN_REGISTRY, lookaside=LookasideConf()))
    oci.copy(name, f"dir:{tmp_path}/bare", context=silent)
    assert list((tmp_path / "bare").glob("signature-*")) == []
    leaving = oci.CopyOptions(conversion=Conversion(leaves_attached=True))
    oci.copy(name, f"dir:{tmp_path}/left", options=leaving, context=context())
    assert list((tmp_path / "left").glob("signature-*")) == []


def test_signatures_that_cannot_be_had_stop_the_copy_before_anything_is_written(
    registry: ScriptedRegistry, tmp_path: Path
) -> None:
    name = f"docker://{registry.host}/app:v1"
    oci.sign(name, SIGNER, context=context())
    rule = registry.script(fault.answer(429, {"Retry-After": "0"}), path=f"*/manifests/{TAG}")
    with pytest.raises(RateLimited):
        oci.copy(name, f"dir:{tmp_path}/to", context=context())
    registry.unscript(rule)
    payload = parse_document(registry.content("app", TAG)).children[-1].digest
    registry.script(fault.corrupt(), path=f"*/blobs/{payload}")
    with pytest.raises((DigestMismatch, CopyError)):
        oci.copy(name, f"dir:{tmp_path}/to", context=context())
    assert not (tmp_path / "to").exists()


def test_places_without_tags_take_no_signed_directory(registry: ScriptedRegistry, tmp_path: Path) -> None:
    name = signed_folder(tmp_path)
    without = replace(IN_REGISTRY, lookaside=LookasideConf(default=LookasideRule(uses_attachments=False)))
    for goal, settings in (
        (f"docker-archive:{tmp_path}/to.tar:a:1", IN_REGISTRY),
        (f"oci-archive:{tmp_path}/to.tar:1", IN_REGISTRY),
        (f"docker://{registry.host}/goal:v1", without),
    ):
        with pytest.raises(Unsupported, match="signatures cannot be kept there") as caught:
            oci.copy(name, goal, context=context(settings))
        assert "--remove-signatures" in caught.value.hint
    assert not (tmp_path / "to.tar").exists()
    assert registry.asked("PUT") == []


def test_signatures_of_both_kinds_go_where_each_belongs(
    registry: ScriptedRegistry, tmp_path: Path, gpg_home: GpgHome, alice: str
) -> None:
    IMAGE.write_to(tmp_path / "layout", "v1")
    keyring = Keyring(home=gpg_home.path, environ=gpg_home.environ)
    signer = SimpleSigner(keyring=keyring, key=alice, clock=lambda: 1.0)
    seal = Signing(signer=signer, identity=Reference.parse(NAME))
    name = f"dir:{tmp_path}/signed"
    oci.copy(f"oci:{tmp_path}/layout:v1", name, signing=seal, context=context())
    oci.sign(name, SIGNER, context=context())
    assert len(list((tmp_path / "signed").glob("signature-*"))) == 2
    base = tmp_path / "lookaside"
    lookaside = LookasideConf(usual=base.as_uri(), default=LookasideRule(uses_attachments=True))
    goal = f"docker://{registry.host}/goal:v1"
    oci.copy(name, goal, context=context(replace(IN_REGISTRY, lookaside=lookaside)))
    (file,) = base.rglob("signature-*")
    assert not file.read_bytes().startswith(b"\0")
    assert len(parse_document(registry.content("goal", TAG)).children) == 2, "a configuration and a signature"


# ── files that lie ──

GOOD = encode(NewLayer(content=b"{}", media_type=MEDIA_TYPE, annotations={"a": "b"}))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "JSON"),
        (b"[]", "object"),
        (GOOD[:-1], "JSON"),
        (GOOD.replace(b'"mimeType"', b'"payload":"", "mimeType"'), "payload"),
        (GOOD.replace(b"e30=", b"e30"), "base64"),
        (GOOD.replace(b"e30=", b"*30="), "base64"),
        (GOOD.replace(b'"b"', b"7"), "no text"),
        (GOOD.replace(b"simplesigning", b"other"), "no signature"),
        (GOOD, "no signature"),
        (GOOD + b" " * MAX_BYTES, "more than"),
    ],
    ids=[
        "empty",
        "no-object",
        "truncated",
        "duplicate-member",
        "unpadded",
        "not-base64",
        "number-for-text",
        "other-media-type",
        "without-signature",
        "too-large",
    ],
)
def test_a_file_that_holds_no_signature_is_refused_and_never_unsigned(
    tmp_path: Path, content: bytes, says: str
) -> None:
    name = signed_folder(tmp_path)
    (tmp_path / "signed" / "signature-1").write_bytes(MARK + content)
    found = verdict(name)
    assert isinstance(found, Invalid)
    (refusal,) = found.refused
    assert refusal.fault is Fault.MALFORMED
    assert says in refusal.reason
    with pytest.raises(Forbidden):
        let_in(name, tmp_path)


def test_a_signature_of_another_image_proves_nothing_in_a_file_either(tmp_path: Path) -> None:
    signed_folder(tmp_path / "other", OTHER)
    name = signed_folder(tmp_path)
    moved = (tmp_path / "other" / "signed" / "signature-1").read_bytes()
    (tmp_path / "signed" / "signature-1").write_bytes(moved)
    found = verdict(name)
    assert isinstance(found, Invalid)
    assert found.refused[0].fault is Fault.OTHER_IMAGE


def test_what_is_written_is_read_again() -> None:
    layer = NewLayer(content=b"\0\xff", media_type="a/b", annotations={"é": "<&>", "": "\u2028"})
    assert layer_in(encode(layer), where="here") == layer
    assert layer_in(b'{"mimeType":"a","payload":null,"annotations":null}', where="x").annotations == {}
