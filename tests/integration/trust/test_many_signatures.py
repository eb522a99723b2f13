"""Many signatures on one image, and large ones: several are fetched at once, none beyond the limits."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

import oci
from oci.content import Limits
from oci.errors import LimitExceeded, NotVerified, OciError
from oci.facade.place import Places
from oci.serving import Headers, Response
from oci.settings import Security, Settings
from oci.spec import Digest, parse_document
from oci.spec.attachment import cosign_tag, fallback_tag
from oci.spec.media_type import OCI_INDEX, OCI_MANIFEST
from oci.testing import ScriptedRegistry, build_artifact, build_image, fault, layer
from oci.transports.name import ImageName
from oci.trust import Found, Invalid, Subject, Unasked, Unsettled, Verified
from oci.trust.attachment import AttachmentLimits
from oci.trust.bundle.claim import StatementClaim
from oci.trust.bundle.document import MEDIA_TYPE as BUNDLE
from oci.trust.cosign.claim import Claim
from oci.trust.cosign.key_verifier import KeyVerifier, TrustedKey
from oci.trust.cosign.layer import MEDIA_TYPE as PAYLOAD
from oci.trust.cosign.shelf import store
from oci.trust.cosign.signer import CosignSigner
from oci.trust.key.private import PrivateKey
from oci.trust.signature import Family
from oci.trust.simple.packet import MAX_BYTES, read_message
from oci.trust.simple.shelf import MAX_SIGNATURES, LookasideShelf, folder_name

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from oci.facade.verification import Verification
    from oci.serving import Application, Request
    from oci.spec import Descriptor

IMAGE = build_image([layer({"a": b"1"})])
NAME = oci.Reference.parse("r.example/app:1")
SUBJECT = Subject(content=IMAGE.raw, digest=IMAGE.digest, name=NAME)
TAG = cosign_tag(IMAGE.digest, "sig")
KEY = PrivateKey.of(ec.derive_private_key(1, ec.SECP256R1()), where="k")
TRUSTED = (TrustedKey(name="k", key=KEY.public),)
CONTEXT = oci.Context(settings=Settings(security=Security.PLAIN, retry_delay_s=0.002, attempts=1))
BY_TAG = KeyVerifier(keys=TRUSTED, claim=Claim(rule=None))
BY_BUNDLE = KeyVerifier(keys=TRUSTED, claim=StatementClaim(), family=Family.BUNDLE)
BLOBS = "*/blobs/*"
GIGABYTE = 1 << 30
SOME = 200


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[ScriptedRegistry]:
    with ScriptedRegistry(tmp_path / "registry") as server:
        server.put("app", IMAGE, "v1")
        yield server


def sign(registry: ScriptedRegistry, count: int) -> None:
    made = [CosignSigner(key=KEY, annotations={"n": number}).sign(SUBJECT) for number in range(count)]
    with Places(CONTEXT) as places:
        store(places.sink(ImageName.parse(f"docker://{registry.host}/app:v1")), IMAGE.digest, made)


def verify(registry: ScriptedRegistry, verifier: KeyVerifier = BY_TAG) -> Verification:
    return oci.verify(f"docker://{registry.host}/app:v1", [verifier], context=CONTEXT)


def put_under_tag(registry: ScriptedRegistry, layers: list[dict[str, object]]) -> None:
    """Answer with a manifest of signatures whose layers are not there."""
    manifest = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": layers[0], "layers": layers}
    raw = json.dumps(manifest).encode()
    registry.script(fault.answer(200, {"Content-Type": OCI_MANIFEST}, raw), path=f"*/manifests/{TAG}")


def claimed_layer(number: int, size: int = 200) -> dict[str, object]:
    """Link something that nobody has."""
    return {"mediaType": PAYLOAD, "digest": str(Digest.of(b"%d" % number)), "size": size}


class Traffic:
    """Holds each blob back until as many are asked for as may be, and counts those that are under way."""

    def __init__(self, at_once: int) -> None:
        self.most = 0
        self._now = 0
        self._barrier = asyncio.Barrier(at_once)

    async def __call__(self, request: Request, application: Application) -> Response:
        self._now += 1
        self.most = max(self.most, self._now)
        async with asyncio.timeout(60):
            await self._barrier.wait()
        response = await application(request)
        self._now -= 1
        return response


# ── several at once ──


def test_signatures_are_fetched_several_at_once_and_never_more(registry: ScriptedRegistry) -> None:
    """The registry answers nobody before all have asked: one after the other would never end."""
    at_once = AttachmentLimits().at_once
    sign(registry, SOME)
    before = len(registry.asked("GET", BLOBS))
    traffic = Traffic(at_once)
    registry.script(traffic, method="GET", path=BLOBS)
    found = verify(registry)
    assert isinstance(found.verdict, Verified)
    assert [each.statement["n"] for each in found.verdict.proofs] == list(range(SOME))
    assert traffic.most == at_once
    assert len(registry.asked("GET", BLOBS)) - before == SOME


@pytest.mark.parametrize("count", [1, 20])
def test_each_signature_costs_one_request(registry: ScriptedRegistry, count: int) -> None:
    sign(registry, count)
    before = len(registry.exchanges)
    verify(registry)
    assert len(registry.exchanges) - before == count + 2, "the image, and the manifest of its signatures"


# ── too many ──


@pytest.mark.parametrize("count", [1001, 3000, 10_000])
def test_a_manifest_of_thousands_of_signatures_is_refused_before_any_is_fetched(
    registry: ScriptedRegistry, count: int
) -> None:
    put_under_tag(registry, [claimed_layer(number) for number in range(count)])
    found = verify(registry)
    assert isinstance(found.verdict, Invalid)
    (refusal,) = found.verdict.refused
    assert "attached things" in refusal.reason and "1000" in refusal.reason
    assert registry.asked("GET", BLOBS) == []
    with pytest.raises(NotVerified):
        found.check()


def test_as_many_as_may_be_are_all_asked_for(registry: ScriptedRegistry) -> None:
    put_under_tag(registry, [claimed_layer(number) for number in range(AttachmentLimits().count)])
    found = verify(registry)
    assert isinstance(found.verdict, Invalid | Unsettled)
    assert len(registry.asked("GET", BLOBS)) == AttachmentLimits().count


def test_a_manifest_with_more_signatures_than_a_manifest_may_hold_is_refused(
    registry: ScriptedRegistry,
) -> None:
    put_under_tag(registry, [claimed_layer(number) for number in range(30_000)])
    found = verify(registry)
    assert isinstance(found.verdict, Invalid)
    assert "manifest_bytes" in found.verdict.refused[0].reason


class Pages:
    """Answers who asks for referrers, page by page, with things that nobody has, and one that is there."""

    def __init__(self, count: int, artifact_type: str, last: Descriptor | None = None) -> None:
        links = [self._link(number, artifact_type) for number in range(count - (last is not None))]
        self._links = [*links, *([last.to_json()] if last else [])]
        self.pages = 0

    async def __call__(self, request: Request, application: Application) -> Response:
        self.pages += 1
        start = int(request.query.get("last") or "0")
        end = start + 1000
        index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": self._links[start:end]}
        headers = {"Content-Type": OCI_INDEX}
        if end < len(self._links):
            headers["Link"] = f"</{'/'.join(request.segments)}?last={end}>; rel=next"
        return await fault.answer_json(200, index, headers)(request, application)

    @staticmethod
    def _link(number: int, artifact_type: str) -> dict[str, object]:
        digest = str(Digest.of(b"referrer %d" % number))
        return {"mediaType": OCI_MANIFEST, "digest": digest, "size": 500, "artifactType": artifact_type}


def test_a_signature_is_found_behind_ten_thousand_other_things(registry: ScriptedRegistry) -> None:
    signed = CosignSigner(key=KEY).sign(SUBJECT)
    artifact = build_artifact(BUNDLE, signed.payload, subject=IMAGE.root)
    registry.put("app", artifact)
    pages = Pages(
        Limits().referrers, "application/vnd.example.sbom", parse_document(artifact.raw).as_referrer()
    )
    registry.script(pages, path="*/referrers/*")
    found = verify(registry, BY_BUNDLE)
    assert isinstance(found.verdict, Invalid), "it is no bundle, but it was read"
    assert pages.pages == 10
    assert len(registry.asked("GET", BLOBS)) == 1


def test_one_referrer_more_than_may_be_leaves_the_list_unknown(registry: ScriptedRegistry) -> None:
    pages = Pages(Limits().referrers + 1, "application/vnd.example.sbom")
    registry.script(pages, path="*/referrers/*")
    found = verify(registry, BY_BUNDLE)
    assert isinstance(found.verdict, Unsettled)
    with pytest.raises(LimitExceeded) as caught:
        found.check()
    assert (caught.value.limit, caught.value.allowed) == ("referrers", Limits().referrers)


def test_one_more_under_the_fallback_tag_leaves_it_unknown_too(registry: ScriptedRegistry) -> None:
    registry.script(fault.no_referrers(), path="*/referrers/*")
    links = [claimed_layer(number) for number in range(Limits().referrers + 1)]
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": links}
    under_tag = fault.answer_json(200, index, {"Content-Type": OCI_INDEX})
    registry.script(under_tag, path=f"*/manifests/{fallback_tag(IMAGE.digest)}")
    found = verify(registry, BY_BUNDLE)
    with pytest.raises(LimitExceeded, match="referrers"):
        found.check()


def test_ten_thousand_signatures_as_referrers_are_refused_before_any_is_fetched(
    registry: ScriptedRegistry,
) -> None:
    registry.script(Pages(Limits().referrers, BUNDLE), path="*/referrers/*")
    found = verify(registry, BY_BUNDLE)
    assert isinstance(found.verdict, Invalid)
    assert "attached things" in found.verdict.refused[0].reason
    assert len(registry.asked("GET", "*/manifests/*")) == 1, "the image's own"


def test_files_are_counted_no_further_than_may_be(tmp_path: Path) -> None:
    folder = tmp_path / folder_name(NAME, IMAGE.digest)
    folder.mkdir(parents=True)
    for number in range(1, 2000):
        (folder / f"signature-{number}").touch()
    reading = LookasideShelf(tmp_path).read(SUBJECT)
    assert isinstance(reading, Unasked)
    assert isinstance(reading.reason, LimitExceeded)
    assert reading.reason.allowed == MAX_SIGNATURES


# ── too large ──


class Gigabyte:
    """Sends a gigabyte in place of an answer, without saying that it will."""

    def __init__(self, media_type: str) -> None:
        self.sent = 0
        self._headers = {"Content-Type": media_type}

    async def __call__(self, request: Request, application: Application) -> Response:
        return Response(200, Headers(self._headers.items()), self._pieces())

    async def _pieces(self) -> AsyncIterator[bytes]:
        piece = b" " * (1 << 18)
        while self.sent < GIGABYTE:
            yield piece
            self.sent += len(piece)


def test_a_signature_that_says_that_it_is_a_gigabyte_is_not_fetched(registry: ScriptedRegistry) -> None:
    put_under_tag(registry, [claimed_layer(1, GIGABYTE)])
    found = verify(registry)
    assert isinstance(found.verdict, Invalid)
    assert "attached blob" in found.verdict.refused[0].reason
    assert registry.asked("GET", BLOBS) == []


@pytest.mark.parametrize(
    ("path", "media_type", "verifier"),
    [
        (BLOBS, "application/octet-stream", BY_TAG),
        (f"*/manifests/{TAG}", OCI_MANIFEST, BY_TAG),
        ("*/referrers/*", OCI_INDEX, BY_BUNDLE),
    ],
    ids=["the signature", "their manifest", "the list of referrers"],
)
def test_a_gigabyte_that_nobody_has_announced_is_not_read(
    registry: ScriptedRegistry, path: str, media_type: str, verifier: KeyVerifier
) -> None:
    sign(registry, 1)
    gigabyte = Gigabyte(media_type)
    registry.script(gigabyte, method="GET", path=path)
    found = verify(registry, verifier)
    assert not isinstance(found.verdict, Verified)
    with pytest.raises(OciError):
        found.check()
    assert gigabyte.sent < 64 << 20


def test_a_file_of_a_gigabyte_is_read_as_far_as_a_signature_may_go(tmp_path: Path) -> None:
    folder = tmp_path / folder_name(NAME, IMAGE.digest)
    folder.mkdir(parents=True)
    (folder / "signature-1").touch()
    os.truncate(folder / "signature-1", GIGABYTE)
    reading = LookasideShelf(tmp_path).read(SUBJECT)
    assert isinstance(reading, Found)
    (signature,) = reading.signatures
    assert len(signature.envelope) < MAX_BYTES + 100
    with pytest.raises(LimitExceeded):
        read_message(signature.envelope)
