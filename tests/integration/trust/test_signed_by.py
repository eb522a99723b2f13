"""A policy that wants GPG signatures, on copies of images that have them, or have not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import oci
from oci.errors import Forbidden, InvalidSettings
from oci.frozen import replace
from oci.settings import Settings
from oci.settings.policy import ExactReference, Keys, Policy, SignedBy
from oci.testing import build_image, build_index, layer
from oci.transfer import Conversion
from oci.transfer.sync import SyncOptions, Verdict
from oci.trust.simple.payload import Payload
from ocitool.image_proxy.image import OpenImage

if TYPE_CHECKING:
    from pathlib import Path

    from oci.settings.policy import IdentityMatch
    from oci.testing import Content
    from tests.openpgp import GpgHome

NAME = "r.example/team/app:1"
IMAGE = build_image([layer({"a": b"1"})])
OTHER = build_image([layer({"a": b"2"})], platform="linux/arm64")
INDEX = build_index({"linux/amd64": IMAGE, "linux/arm64": OTHER})


def signed_by(*keys: bytes, rule: IdentityMatch | None = None) -> SignedBy:
    return SignedBy(key_type="GPGKeys", keys=Keys(data=keys), identity=rule or ExactReference(NAME))


def bound(*requirements: SignedBy) -> Settings:
    return Settings(policy=Policy(default=requirements, path="p"))


class Folder:
    """An image directory that a layout was copied to, and what comes of copying it on."""

    def __init__(self, path: Path, content: Content) -> None:
        self.path = path
        content.write_to(path / "layout", "v1")
        options = oci.CopyOptions(selection=oci.Everything())
        context = oci.Context(settings=Settings())
        oci.copy(f"oci:{path}/layout:v1", f"dir:{path}/from", options=options, context=context)

    def put(self, made: bytes, name: str = "signature-1") -> None:
        (self.path / "from" / name).write_bytes(made)

    def copy(self, settings: Settings, *, options: oci.CopyOptions | None = None) -> oci.CopyResult:
        # A layout cannot hold the signatures: they have done their duty.
        leaving = replace(options or oci.CopyOptions(), conversion=Conversion(leaves_attached=True))
        context = oci.Context(settings=settings)
        return oci.copy(f"dir:{self.path}/from", f"oci:{self.path}/to:v1", options=leaving, context=context)

    def assert_nothing_arrived(self) -> None:
        blobs = self.path / "to" / "blobs"
        assert not [file for file in blobs.rglob("*") if file.is_file()]


def payload(content: Content, name: str = NAME) -> bytes:
    return Payload(digest=content.digest, identity=name).encode()


def test_a_signed_image_is_let_in(tmp_path: Path, gpg_home: GpgHome, alice: str) -> None:
    folder = Folder(tmp_path, IMAGE)
    folder.put(b"\0simple-signing\n" + gpg_home.sign(payload(IMAGE), alice))
    assert folder.copy(bound(signed_by(gpg_home.public(alice)))).root.digest == IMAGE.digest


def test_an_image_without_a_signature_is_not(tmp_path: Path, gpg_home: GpgHome, alice: str) -> None:
    folder = Folder(tmp_path, IMAGE)
    with pytest.raises(Forbidden, match="it has no signature in") as caught:
        folder.copy(bound(signed_by(gpg_home.public(alice))))
    assert caught.value.path == "p"
    folder.assert_nothing_arrived()


def test_each_bad_signature_is_told(tmp_path: Path, gpg_home: GpgHome, alice: str, mallory: str) -> None:
    folder = Folder(tmp_path, IMAGE)
    folder.put(gpg_home.sign(payload(IMAGE), mallory))
    folder.put(gpg_home.sign(payload(IMAGE, "r.example/x:1"), alice), "signature-2")
    with pytest.raises(Forbidden, match=r"none of those that are trusted; .*signature-2: .*r\.example/x:1"):
        folder.copy(bound(signed_by(gpg_home.public(alice))))
    folder.assert_nothing_arrived()


def test_all_requirements_have_to_hold(tmp_path: Path, gpg_home: GpgHome, alice: str, mallory: str) -> None:
    folder = Folder(tmp_path, IMAGE)
    both = bound(signed_by(gpg_home.public(alice)), signed_by(gpg_home.public(mallory)))
    folder.put(gpg_home.sign(payload(IMAGE), alice))
    with pytest.raises(Forbidden):
        folder.copy(both)
    folder.put(gpg_home.sign(payload(IMAGE), mallory), "signature-2")
    assert folder.copy(both).root.digest == IMAGE.digest


def test_what_cannot_be_read_is_not_taken_for_unsigned(tmp_path: Path, gpg_home: GpgHome, alice: str) -> None:
    folder = Folder(tmp_path, IMAGE)
    (folder.path / "from" / "signature-1").mkdir()
    with pytest.raises(Forbidden, match="could not be asked for"):
        folder.copy(bound(signed_by(gpg_home.public(alice))))


def test_of_an_index_the_whole_or_the_chosen_image_is_signed(
    tmp_path: Path, gpg_home: GpgHome, alice: str
) -> None:
    folder = Folder(tmp_path, INDEX)
    settings = bound(signed_by(gpg_home.public(alice)))
    one = oci.CopyOptions(selection=oci.Instance(oci.Platform.parse("linux/amd64")))
    folder.put(gpg_home.sign(payload(INDEX), alice))
    with pytest.raises(Forbidden, match="has no signature"):
        folder.copy(settings, options=one)
    folder.put(gpg_home.sign(payload(IMAGE), alice), f"{IMAGE.digest.encoded}.signature-1")
    assert folder.copy(settings, options=one).root.digest == IMAGE.digest
    assert folder.copy(settings).root.digest == INDEX.digest


def test_an_index_is_let_in_where_each_of_its_images_that_goes_along_is_signed(
    tmp_path: Path, gpg_home: GpgHome, alice: str
) -> None:
    folder = Folder(tmp_path, INDEX)
    settings = bound(signed_by(gpg_home.public(alice)))
    some = oci.CopyOptions(selection=oci.Subset((oci.Platform.parse("linux/amd64"),)))
    folder.put(gpg_home.sign(payload(IMAGE), alice), f"{IMAGE.digest.encoded}.signature-1")
    with pytest.raises(Forbidden, match=f"wants {OTHER.digest} signed"):
        folder.copy(settings)
    assert not (tmp_path / "to").exists()
    assert folder.copy(settings, options=some).root.digest == INDEX.digest
    folder.put(gpg_home.sign(payload(OTHER), alice), f"{OTHER.digest.encoded}.signature-1")
    assert folder.copy(settings).root.digest == INDEX.digest


def test_sync_obeys_also_where_the_image_is_there_already(
    tmp_path: Path, gpg_home: GpgHome, alice: str
) -> None:
    folder = Folder(tmp_path, IMAGE)
    settings = bound(signed_by(gpg_home.public(alice)))

    def sync(settings: Settings) -> oci.SyncReport:
        # A layout cannot hold the signature.
        options = SyncOptions(copy=oci.CopyOptions(conversion=Conversion(leaves_attached=True)))
        names = (f"dir:{tmp_path}/from", f"oci:{tmp_path}/to")
        return oci.sync(*names, options=options, context=oci.Context(settings=settings))

    (refused,) = sync(settings).images
    assert isinstance(refused.error, Forbidden)
    assert not (tmp_path / "to").exists()
    assert sync(Settings()).images[0].verdict is Verdict.COPIED
    assert isinstance(sync(settings).images[0].error, Forbidden)
    folder.put(gpg_home.sign(payload(IMAGE), alice))
    assert sync(settings).count(Verdict.UNCHANGED) == 1


def test_unpacking_obeys(tmp_path: Path, gpg_home: GpgHome, alice: str) -> None:
    folder = Folder(tmp_path, IMAGE)
    context = oci.Context(settings=bound(signed_by(gpg_home.public(alice))))
    with pytest.raises(Forbidden):
        oci.unpack(f"dir:{tmp_path}/from", tmp_path / "rootfs", context=context)
    assert not (tmp_path / "rootfs").exists()
    folder.put(gpg_home.sign(payload(IMAGE), alice))
    oci.unpack(f"dir:{tmp_path}/from", tmp_path / "rootfs", context=context)
    assert (tmp_path / "rootfs" / "a").read_bytes() == b"1"


def test_the_image_proxy_obeys(tmp_path: Path, gpg_home: GpgHome, alice: str) -> None:
    folder = Folder(tmp_path, IMAGE)
    context = oci.Context(settings=bound(signed_by(gpg_home.public(alice))))
    with pytest.raises(Forbidden):
        OpenImage(f"dir:{tmp_path}/from", context)
    folder.put(gpg_home.sign(payload(IMAGE), alice))
    OpenImage(f"dir:{tmp_path}/from", context).close()


def test_a_key_that_cannot_be_read_stops_everything(tmp_path: Path) -> None:
    keys = Keys(paths=(str(tmp_path / "none"),))
    requirement = SignedBy(key_type="GPGKeys", keys=keys, identity=ExactReference(NAME))
    with pytest.raises(InvalidSettings, match="none"):
        Folder(tmp_path, IMAGE).copy(bound(requirement))
