"""Signatures of synchronised images: they go along, new ones are made once, and policies are asked first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

import oci
from oci.errors import Denied, Forbidden, InvalidSettings, StorageError, Unsupported
from oci.frozen import replace
from oci.settings import LookasideConf, Security, Settings
from oci.settings.policy import AcceptAnything, Keys, MatchExact, Policy, Reject, SignedBy
from oci.spec.attachment import cosign_tag
from oci.testing import ScriptedRegistry, build_artifact, build_image, build_index, fault, layer
from oci.transfer import Conversion, Format
from oci.transfer.sync import Pruning, SyncOptions, Verdict
from oci.trust import Verified
from oci.trust.cosign.claim import Claim
from oci.trust.cosign.key_verifier import KeyVerifier, TrustedKey
from oci.trust.cosign.signer import CosignSigner
from oci.trust.key.private import PrivateKey
from oci.trust.simple.gpg import Keyring
from oci.trust.simple.payload import Payload
from oci.trust.simple.signer import SimpleSigner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oci.testing import Content
    from oci.trust.family import Signer
    from tests.openpgp import GpgHome

IMAGE = build_image([layer({"a": b"1"})])
OTHER = build_image([layer({"a": b"2"})], platform="linux/arm64")
INDEX = build_index({"linux/amd64": IMAGE, "linux/arm64": OTHER})
KEY = PrivateKey.of(ec.derive_private_key(1, ec.SECP256R1()), where="k")
THEIRS = PrivateKey.of(ec.derive_private_key(2, ec.SECP256R1()), where="t")
GOING_ON = SyncOptions(keeps_going=True)
DRY = SyncOptions(dry_run=True)


class Mirror:
    """A source, a destination, and the lookaside places of both.

    Args:
        folder: Where all of it lies.
        source: Has images.
        destination: Gets them.
    """

    def __init__(self, folder: Path, source: ScriptedRegistry, destination: ScriptedRegistry) -> None:
        self.folder = folder
        self.source = source
        self.destination = destination
        self.settings = Settings(security=Security.PLAIN, lookaside=self._place("theirs"), attempts=1)
        self.other = replace(self.settings, lookaside=self._place("ours"))

    def _place(self, name: str) -> LookasideConf:
        return LookasideConf(usual=(self.folder / name).as_uri())

    def sync(
        self,
        signer: Signer | None = None,
        options: SyncOptions | None = None,
        *,
        name: str = "docker://{source}/team/app",
        to: str = "docker://{destination}/mirror",
        policy: Policy | None = None,
    ) -> oci.SyncReport:
        """Synchronise; ``{source}``, ``{destination}`` and ``{folder}`` stand for what is here."""
        known = {"source": self.source.host, "destination": self.destination.host, "folder": self.folder}
        return oci.sync(
            name.format_map(known),
            to.format_map(known),
            options=options,
            signer=signer,
            destination_settings=self.other,
            context=oci.Context(settings=replace(self.settings, policy=policy)),
        )

    def signatures(
        self, content: Content, place: str = "ours", repository: str = "mirror/app"
    ) -> list[bytes]:
        """Return the files with signatures of an image."""
        folder = self.folder / place / f"{repository}@sha256={content.digest.encoded}"
        return [path.read_bytes() for path in sorted(folder.glob("signature-*"))]

    def written(self) -> int:
        """Return how many requests have changed something at the destination."""
        return sum(len(self.destination.asked(method)) for method in ("PUT", "POST", "PATCH", "DELETE"))


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    with (
        ScriptedRegistry(tmp_path / "source") as source,
        ScriptedRegistry(tmp_path / "destination") as destination,
    ):
        source.put("team/app", IMAGE, "1")
        source.put("team/app", OTHER, "2")
        yield Mirror(tmp_path, source, destination)


def simple(home: GpgHome, key: str) -> SimpleSigner:
    return SimpleSigner(keyring=Keyring(home=home.path, environ=home.environ), key=key, clock=lambda: 1.0)


def demanding(home: GpgHome, key: str) -> Policy:
    keys = Keys(data=(home.public(key),))
    return Policy(default=(SignedBy(key_type="GPGKeys", keys=keys, identity=MatchExact()),), path="p")


def counts(report: oci.SyncReport) -> tuple[int, int, int]:
    """Return how many images were copied, how many were unchanged, and how many signatures were added."""
    return report.count(Verdict.COPIED), report.count(Verdict.UNCHANGED), report.signatures


class TestGpg:
    def test_images_are_signed_under_their_own_names_once(
        self, mirror: Mirror, gpg_home: GpgHome, alice: str
    ) -> None:
        assert counts(mirror.sync(simple(gpg_home, alice))) == (2, 0, 2)
        before = mirror.signatures(IMAGE), mirror.signatures(OTHER), mirror.written()
        assert counts(mirror.sync(simple(gpg_home, alice))) == (0, 2, 0)
        assert (mirror.signatures(IMAGE), mirror.signatures(OTHER), mirror.written()) == before
        for tag in "12":
            oci.copy(
                f"docker://{mirror.destination.host}/mirror/app:{tag}",
                f"oci:{mirror.folder}/checked:{tag}",
                options=oci.CopyOptions(conversion=Conversion(leaves_attached=True)),
                context=oci.Context(settings=replace(mirror.other, policy=demanding(gpg_home, alice))),
            )

    def test_what_somebody_else_has_signed_is_signed_too(
        self, mirror: Mirror, gpg_home: GpgHome, alice: str, mallory: str
    ) -> None:
        mirror.sync(simple(gpg_home, mallory))
        report = mirror.sync(simple(gpg_home, alice))
        assert counts(report) == (2, 0, 2)
        assert {image.signatures for image in report.images} == {1}
        assert len(mirror.signatures(IMAGE)) == 2

    def test_a_dry_run_says_what_would_be_signed(self, mirror: Mirror, gpg_home: GpgHome, alice: str) -> None:
        for _ in range(2):
            report = mirror.sync(simple(gpg_home, alice), DRY)
            assert (report.count(Verdict.WOULD_COPY), report.signatures) == (2, 2)
            assert not mirror.signatures(IMAGE)
            mirror.sync()
        mirror.sync(simple(gpg_home, alice))
        assert counts(mirror.sync(simple(gpg_home, alice), DRY)) == (0, 2, 0)

    def test_a_key_that_is_missing_is_found_out_first(self, mirror: Mirror, gpg_home: GpgHome) -> None:
        with pytest.raises(InvalidSettings, match="nobody"):
            mirror.sync(simple(gpg_home, "nobody@x.example"))
        assert not mirror.source.asked() and not mirror.destination.asked()

    def test_an_image_that_cannot_be_signed_fails_alone_and_is_not_copied(
        self, mirror: Mirror, gpg_home: GpgHome, alice: str
    ) -> None:
        blocked = mirror.folder / "ours" / "mirror" / f"app@sha256={IMAGE.digest.encoded}"
        blocked.parent.mkdir(parents=True)
        blocked.write_bytes(b"in the way")
        report = mirror.sync(simple(gpg_home, alice), GOING_ON)
        (failure,) = report.failures
        assert failure.source.endswith(":1") and isinstance(failure.error, StorageError)
        assert counts(report) == (1, 0, 1)
        assert list(mirror.destination.layout("mirror/app").names()) == ["2"]

    def test_places_without_names_are_refused_at_once(
        self, mirror: Mirror, gpg_home: GpgHome, alice: str
    ) -> None:
        with pytest.raises(Unsupported, match="no names"):
            mirror.sync(simple(gpg_home, alice), to="oci:{folder}/to")
        assert not mirror.source.asked() and not (mirror.folder / "to").exists()


class TestGoingAlong:
    @pytest.fixture
    def made(self, mirror: Mirror, gpg_home: GpgHome, alice: str) -> bytes:
        """Return the signature that the source has of one of its images."""
        name = f"{mirror.source.host}/team/app:1"
        made = gpg_home.sign(Payload(digest=IMAGE.digest, identity=name).encode(), alice)
        folder = mirror.folder / "theirs" / "team" / f"app@sha256={IMAGE.digest.encoded}"
        folder.mkdir(parents=True)
        (folder / "signature-1").write_bytes(made)
        return made

    def test_signatures_of_the_source_go_along_also_those_that_came_later(
        self, mirror: Mirror, made: bytes
    ) -> None:
        assert counts(mirror.sync()) == (2, 0, 1)
        assert mirror.signatures(IMAGE) == [made]
        assert counts(mirror.sync()) == (0, 2, 0)
        folder = mirror.folder / "theirs" / "team" / f"app@sha256={IMAGE.digest.encoded}"
        (folder / "signature-2").write_bytes(b"\0simple-signing\nanother")
        assert counts(mirror.sync(options=DRY))[2] == 1
        assert counts(mirror.sync()) == (1, 1, 1)
        assert mirror.signatures(IMAGE) == [made, b"another"]

    def test_a_registry_that_keeps_signatures_gets_them(self, mirror: Mirror, made: bytes) -> None:
        registry = mirror.destination
        registry.script(fault.set_header("X-Registry-Supports-Signatures", "1"), path="/v2/")
        path = f"/extensions/v2/mirror/app/signatures/{IMAGE.digest}"
        registry.script(fault.answer(201), method="PUT", path=path)
        registry.script(fault.answer(200, body=b'{"signatures": []}'), method="GET", path=path)
        assert counts(mirror.sync()) == (2, 0, 1)
        assert not mirror.signatures(IMAGE)
        order = [
            each.path for each in registry.asked("PUT") if each.path in {path, "/v2/mirror/app/manifests/1"}
        ]
        assert order == ["/v2/mirror/app/manifests/1", path]

    def test_a_place_that_cannot_hold_them_gets_nothing_of_the_image(
        self, mirror: Mirror, made: bytes
    ) -> None:
        del made
        report = mirror.sync(options=GOING_ON, to="oci:{folder}/to")
        (failure,) = report.failures
        assert isinstance(failure.error, Unsupported) and failure.source.endswith(":1")
        assert failure.error.hint == "--remove-signatures leaves them behind"
        index = json.loads((mirror.folder / "to" / "index.json").read_text())
        assert [entry["digest"] for entry in index["manifests"]] == [str(OTHER.digest)]
        leaving = SyncOptions(copy=oci.CopyOptions(conversion=Conversion(leaves_attached=True)))
        assert counts(mirror.sync(options=leaving, to="oci:{folder}/to")) == (1, 1, 0)

    def test_what_is_signed_is_not_changed(self, mirror: Mirror, made: bytes) -> None:
        del made
        changing = oci.CopyOptions(conversion=Conversion(format=Format.DOCKER))
        report = mirror.sync(options=replace(GOING_ON, copy=changing))
        (failure,) = report.failures
        assert failure.error is not None and "would become another image" in failure.error.message
        assert list(mirror.destination.layout("mirror/app").names()) == ["2"]


class TestCosign:
    def proves(self, mirror: Mirror, tag: str, *keys: PrivateKey) -> list[int]:
        """Return how many proofs each key gives, of an image at the destination."""
        name = f"docker://{mirror.destination.host}/mirror/app:{tag}"
        context = oci.Context(settings=mirror.other)
        found = []
        for key in keys:
            verifier = KeyVerifier(keys=(TrustedKey(name="k", key=key.public),), claim=Claim(rule=None))
            verdict = oci.verify(name, [verifier], context=context).verdict
            found.append(len(verdict.proofs) if isinstance(verdict, Verified) else 0)
        return found

    def sign_theirs(self, mirror: Mirror, tag: str) -> None:
        context = oci.Context(settings=mirror.settings)
        name = f"docker://{mirror.source.host}/team/app:{tag}"
        oci.sign(name, CosignSigner(key=THEIRS), context=context)

    def test_an_index_and_its_images_are_signed_once(self, mirror: Mirror) -> None:
        mirror.source.put("team/app", INDEX, "all")
        signer = CosignSigner(key=KEY, annotations={"timestamp": 1})
        report = mirror.sync(signer)
        assert counts(report) == (3, 0, 5)
        written = mirror.written()
        assert counts(mirror.sync(signer)) == (0, 3, 0)
        assert mirror.written() == written
        assert self.proves(mirror, "all", KEY) == [1]
        # Under the name of the index, and under its own.
        assert self.proves(mirror, "1", KEY) == [2]

    def test_signatures_of_the_source_and_ours_are_in_one_place_and_stay_there(self, mirror: Mirror) -> None:
        self.sign_theirs(mirror, "1")
        options = SyncOptions(pruning=Pruning())
        assert counts(mirror.sync(CosignSigner(key=KEY), options)) == (3, 0, 3)
        assert self.proves(mirror, "1", KEY, THEIRS) == [1, 1]
        assert counts(mirror.sync(CosignSigner(key=KEY), options)) == (0, 3, 0)
        assert self.proves(mirror, "1", KEY, THEIRS) == [1, 1]
        self.sign_theirs(mirror, "2")
        referrers = SyncOptions(copy=oci.CopyOptions(referrers=True))
        assert counts(mirror.sync(CosignSigner(key=KEY), referrers)) == (1, 3, 1)
        assert self.proves(mirror, "2", KEY, THEIRS) == [1, 1]

    def test_signatures_of_what_is_not_signed_here_come_along_as_well(self, mirror: Mirror) -> None:
        bill = build_artifact("application/vnd.example.sbom", b"2", subject=IMAGE.root)
        mirror.source.put("team/app", bill, "bill")
        self.sign_theirs(mirror, "bill")
        mirror.source.layout("team/app").delete("bill")
        mirror.source.put("team/app", bill)
        tag = cosign_tag(bill.digest, "sig")
        for referrers in (True, False):
            options = SyncOptions(copy=oci.CopyOptions(referrers=referrers))
            assert mirror.sync(CosignSigner(key=KEY), options).succeeded
            assert mirror.destination.content("mirror/app", tag) == mirror.source.content("team/app", tag)

    def test_an_image_whose_signature_is_refused_fails_alone(self, mirror: Mirror) -> None:
        tag = cosign_tag(IMAGE.digest, "sig")
        mirror.destination.script(fault.answer(403), method="PUT", path=f"*/manifests/{tag}")
        report = mirror.sync(CosignSigner(key=KEY), GOING_ON)
        (failure,) = report.failures
        assert isinstance(failure.error, Denied) and failure.source.endswith(":1")
        assert counts(report) == (1, 0, 1)

    def test_what_is_converted_is_signed_as_what_it_becomes(self, mirror: Mirror) -> None:
        changing = SyncOptions(copy=oci.CopyOptions(conversion=Conversion(format=Format.DOCKER)))
        for expected in ((2, 0, 2), (0, 2, 0)):
            assert counts(mirror.sync(CosignSigner(key=KEY), changing)) == expected
        assert self.proves(mirror, "1", KEY) == [1]


class TestPolicy:
    """Nobody asks the destination for anything before an image has been let in."""

    NOTHING = Policy(default=(Reject(),), path="p")

    @pytest.mark.parametrize("to", ["docker://{destination}/mirror", "oci:{folder}/to", "dir:{folder}/to"])
    def test_where_everything_is_rejected_nothing_is_opened(self, mirror: Mirror, to: str) -> None:
        report = mirror.sync(options=GOING_ON, to=to, policy=self.NOTHING)
        assert [type(image.error) for image in report.failures] == [Forbidden, Forbidden]
        assert not mirror.destination.asked() and not (mirror.folder / "to").exists()

    def test_what_is_let_in_is_copied_and_the_rest_is_not(self, mirror: Mirror) -> None:
        scope = f"{mirror.source.host}/team/app:2"
        policy = replace(self.NOTHING, transports={"docker": {scope: (AcceptAnything(),)}})
        report = mirror.sync(options=GOING_ON, to="dir:{folder}/to", policy=policy)
        assert counts(report) == (1, 0, 0)
        assert [path.name for path in (mirror.folder / "to").iterdir()] == ["app:2"]

    def test_pruning_asks_for_the_list_when_images_were_let_in(self, mirror: Mirror) -> None:
        mirror.destination.put("mirror/app", IMAGE, "old")
        scope = f"{mirror.source.host}/team"
        policy = replace(self.NOTHING, transports={"docker": {scope: (AcceptAnything(),)}})
        report = mirror.sync(options=SyncOptions(pruning=Pruning()), policy=policy)
        assert (report.count(Verdict.COPIED), report.count(Verdict.PRUNED)) == (2, 1)
        assert len(mirror.destination.asked("GET", "*/tags/list")) == 1
