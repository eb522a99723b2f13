"""GPG signatures of images that are there already: where they go, and what a policy makes of them."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

import oci
from oci.errors import Forbidden, InvalidReference, Unsupported
from oci.frozen import replace
from oci.serving import Response
from oci.settings import LookasideConf, Security, Settings
from oci.settings.policy import AcceptAnything, ExactReference, Keys, MatchExact, Policy, Reject, SignedBy
from oci.spec import Reference
from oci.testing import ScriptedRegistry, build_image, build_index, fault, layer
from oci.trust import Invalid, Unsettled, Unsigned, Verified
from oci.trust.simple.gpg import Keyring
from oci.trust.simple.signer import SimpleSigner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oci.serving import Application, Request
    from oci.settings.policy import IdentityMatch, Requirement
    from tests.openpgp import GpgHome

IMAGE = build_image([layer({"a": b"1"})])
INDEX = build_index(
    {"linux/amd64": IMAGE, "linux/arm64": build_image([layer({"a": b"2"})], platform="linux/arm64")}
)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[ScriptedRegistry]:
    with ScriptedRegistry(tmp_path / "registry") as server:
        server.put("team/app", INDEX, "1")
        yield server


@pytest.fixture
def name(registry: ScriptedRegistry) -> str:
    return f"docker://{registry.host}/team/app:1"


@pytest.fixture
def context(tmp_path: Path) -> oci.Context:
    lookaside = LookasideConf(usual=(tmp_path / "signatures").as_uri())
    return oci.Context(settings=Settings(security=Security.PLAIN, lookaside=lookaside, attempts=1))


@pytest.fixture
def signer(gpg_home: GpgHome, alice: str) -> SimpleSigner:
    keyring = Keyring(home=gpg_home.path, environ=gpg_home.environ)
    return SimpleSigner(keyring=keyring, key=alice, clock=lambda: 1.0)


def bound(context: oci.Context, *requirements: Requirement) -> oci.Context:
    assert context.settings is not None
    policy = Policy(default=requirements, path="p")
    return replace(context, settings=replace(context.settings, policy=policy))


def signed_by(gpg_home: GpgHome, key: str, rule: IdentityMatch | None = None) -> SignedBy:
    keys = Keys(data=(gpg_home.public(key),))
    return SignedBy(key_type="GPGKeys", keys=keys, identity=rule or MatchExact())


@pytest.fixture
def demand(gpg_home: GpgHome, alice: str) -> SignedBy:
    return signed_by(gpg_home, alice)


@pytest.fixture
def other_demand(gpg_home: GpgHome, mallory: str) -> SignedBy:
    return signed_by(gpg_home, mallory)


class TestPlaces:
    def test_a_registry_s_image_is_signed_in_the_lookaside_place_and_again_beside_it(
        self,
        name: str,
        context: oci.Context,
        tmp_path: Path,
        signer: SimpleSigner,
        registry: ScriptedRegistry,
    ) -> None:
        folder = tmp_path / f"signatures/team/app@sha256={INDEX.digest.encoded}"
        (signed,) = oci.sign(name, signer, context=context)
        assert (signed.stored_at, signed.identity) == (str(folder), f"{registry.host}/team/app:1")
        oci.sign(name, replace(signer, clock=lambda: 2.0), context=context)
        assert sorted(each.name for each in folder.iterdir()) == ["signature-1", "signature-2"]

    def test_an_index_is_signed_with_each_image_that_it_links(
        self, name: str, context: oci.Context, signer: SimpleSigner, tmp_path: Path
    ) -> None:
        signed = oci.sign(name, signer, recursive=True, context=context)
        assert [each.digest for each in signed] == [INDEX.digest, *(part.digest for part in INDEX.parts)]
        assert len(list((tmp_path / "signatures/team").iterdir())) == 3

    def test_what_a_digest_names_is_signed_under_its_digest(
        self, name: str, context: oci.Context, signer: SimpleSigner
    ) -> None:
        by_digest = f"{name.removesuffix(':1')}@{INDEX.digest}"
        (signed,) = oci.sign(by_digest, signer, context=context)
        assert signed.identity == by_digest.removeprefix("docker://")

    def test_a_registry_that_keeps_signatures_gets_them(
        self,
        name: str,
        context: oci.Context,
        signer: SimpleSigner,
        registry: ScriptedRegistry,
        tmp_path: Path,
    ) -> None:
        kept: list[bytes] = []

        async def extension(request: Request, _application: Application) -> Response:
            if request.method == "PUT":
                document = json.loads(await request.body.read(1 << 20))
                kept.append(base64.b64decode(document["content"]))
                return Response(201)
            return Response(200, body=b'{"signatures":[]}')

        registry.script(fault.set_header("X-Registry-Supports-Signatures", "1"), path="/v2/")
        registry.script(extension, path="/extensions/v2/*")
        (signed,) = oci.sign(name, signer, context=context)
        assert len(kept) == 1 and not (tmp_path / "signatures").exists()
        assert signed.stored_at.endswith(f"@{INDEX.digest}")

    def test_an_image_directory_has_them_in_itself(
        self, context: oci.Context, signer: SimpleSigner, tmp_path: Path, gpg_home: GpgHome, alice: str
    ) -> None:
        INDEX.write_to(tmp_path / "layout", "v1")
        everything = oci.CopyOptions(selection=oci.Everything())
        image, named = f"dir:{tmp_path}/dir", Reference.parse("r.example/app:1")
        oci.copy(f"oci:{tmp_path}/layout:v1", image, options=everything, context=context)
        with pytest.raises(InvalidReference):
            oci.sign(image, signer, context=context)
        before = {each.name for each in (tmp_path / "dir").iterdir()}
        signed = oci.sign(image, signer, recursive=True, identity=named, context=context)
        added = {each.name for each in (tmp_path / "dir").iterdir()} - before
        assert {"signature-1"} < added and len(added) == len(signed) == 3
        demand = signed_by(gpg_home, alice, ExactReference(str(named)))
        assert oci.check_policy(image, context=bound(context, demand)).is_proved

    def test_a_layout_cannot_keep_them(
        self, context: oci.Context, signer: SimpleSigner, tmp_path: Path
    ) -> None:
        IMAGE.write_to(tmp_path / "layout", "v1")
        named = Reference.parse("r.example/app:1")
        with pytest.raises(Unsupported):
            oci.sign(f"oci:{tmp_path}/layout:v1", signer, identity=named, context=context)


class TestPolicy:
    def test_what_was_proved_by_which_requirement_is_told(
        self,
        name: str,
        context: oci.Context,
        signer: SimpleSigner,
        demand: SignedBy,
        other_demand: SignedBy,
    ) -> None:
        oci.sign(name, signer, context=context)
        found = oci.check_policy(name, context=bound(context, AcceptAnything(), demand))
        (judgement,) = found.judgements
        assert [type(each.verdict) for each in judgement.answers] == [type(None), Verified]
        assert (found.is_proved, found.document.digest) == (True, INDEX.digest)
        found.check()

        found = oci.check_policy(name, context=bound(context, demand, other_demand))
        assert [type(each.verdict) for each in found.judgements[0].answers] == [Verified, Invalid]
        with pytest.raises(Forbidden, match="none of its signatures is good"):
            found.check()

    def test_it_is_the_answer_of_a_copy(
        self,
        name: str,
        context: oci.Context,
        signer: SimpleSigner,
        demand: SignedBy,
        tmp_path: Path,
    ) -> None:
        everything = oci.CopyOptions(selection=oci.Everything())
        oci.sign(f"{name.removesuffix(':1')}@{IMAGE.digest}", signer, identity=None, context=context)
        for requirement in (demand, Reject(), AcceptAnything()):
            own = bound(context, requirement)
            found = oci.check_policy(name, context=own)
            try:
                oci.copy(name, f"dir:{tmp_path}/out", options=everything, context=own)
            except Forbidden as error:
                assert found.refusal is not None and found.refusal.message == error.message
            else:
                assert found.is_accepted and not found.is_proved

    def test_an_index_counts_by_itself_or_by_each_of_its_images(
        self, name: str, context: oci.Context, signer: SimpleSigner, demand: SignedBy
    ) -> None:
        demand = replace(demand, identity=ExactReference("r.example/app:1"))
        named = Reference.parse("r.example/app:1")
        repository = name.removesuffix(":1")
        for image, accepted in zip(INDEX.parts, (False, True), strict=True):
            oci.sign(f"{repository}@{image.digest}", signer, identity=named, context=context)
            found = oci.check_policy(name, context=bound(context, demand))
            assert found.is_accepted is accepted
        assert [each.is_accepted for each in found.judgements] == [False, True, True]
        platform = oci.Platform.parse("linux/amd64")
        found = oci.check_policy(name, platform=platform, context=bound(context, demand))
        assert [each.subject.digest for each in found.judgements] == [INDEX.parts[0].digest]

    def test_an_index_that_nobody_could_ask_about_is_not_called_unsigned_for_its_images(
        self, name: str, context: oci.Context, demand: SignedBy, registry: ScriptedRegistry
    ) -> None:
        registry.script(fault.set_header("X-Registry-Supports-Signatures", "1"), path="/v2/")
        registry.script(fault.answer(429), path=f"/extensions/v2/team/app/signatures/{INDEX.digest}")
        nothing = fault.answer(200, body=b'{"signatures":[]}')
        registry.script(nothing, path="/extensions/v2/*")
        found = oci.check_policy(name, context=bound(context, demand))
        verdicts = [type(each.answers[-1].verdict) for each in found.judgements]
        assert verdicts == [Unsettled, Unsigned]
        with pytest.raises(Forbidden, match="could not be asked for"):
            found.check()

    def test_a_signature_is_required_where_nothing_else_is(self, name: str, context: oci.Context) -> None:
        assert context.settings is not None
        strict = replace(context, settings=replace(context.settings, requires_signature=True))
        assert not oci.check_policy(name, context=strict).is_accepted
        assert not oci.check_policy(name, context=bound(strict, AcceptAnything())).is_accepted
        assert oci.check_policy(name, context=context).is_accepted
