"""GPG signatures of copies: they go along, or the copy is refused; and copies can be signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import oci
from oci.errors import Forbidden, InvalidReference, OciError, StorageError, Unsupported
from oci.facade.seal import Signing
from oci.settings import LookasideConf, LookasideRule, Security, Settings
from oci.settings.policy import ExactReference, Keys, MatchExact, Policy, SignedBy
from oci.spec import Reference
from oci.testing import ScriptedRegistry, build_image, build_index, fault, layer
from oci.transfer import Conversion, Format
from oci.trust.simple.gpg import Keyring
from oci.trust.simple.payload import Payload
from oci.trust.simple.signer import SimpleSigner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oci.settings.policy import IdentityMatch
    from oci.testing import Content
    from tests.openpgp import GpgHome

IMAGE = build_image([layer({"a": b"1"})])
OTHER = build_image([layer({"a": b"2"})], platform="linux/arm64")
INDEX = build_index({"linux/amd64": IMAGE, "linux/arm64": OTHER})
NAME = Reference.parse("r.example/team/app:1")
ALL = oci.CopyOptions(selection=oci.Everything())


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[ScriptedRegistry]:
    with ScriptedRegistry(tmp_path / "registry") as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    lookaside = LookasideConf(usual=(tmp_path / "signatures").as_uri())
    return Settings(security=Security.PLAIN, lookaside=lookaside, attempts=1)


def signing(home: GpgHome, key: str, identity: Reference | None = None) -> Signing:
    keyring = Keyring(home=home.path, environ=home.environ)
    return Signing(signer=SimpleSigner(keyring=keyring, key=key, clock=lambda: 1.0), identity=identity)


def bound(settings: Settings, key: bytes, rule: IdentityMatch | None = None) -> Settings:
    demand = SignedBy(key_type="GPGKeys", keys=Keys(data=(key,)), identity=rule or MatchExact())
    policy = Policy(default=(demand,), path="p")
    return oci.frozen.replace(settings, policy=policy)


def copy(
    source: str,
    destination: str,
    settings: Settings,
    options: oci.CopyOptions = ALL,
    signing: Signing | None = None,
) -> oci.CopyResult:
    return oci.copy(
        source, destination, options=options, signing=signing, context=oci.Context(settings=settings)
    )


def signed_folder(path: Path, home: GpgHome, key: str, content: Content = IMAGE) -> str:
    content.write_to(path / "layout", "v1")
    copy(f"oci:{path}/layout:v1", f"dir:{path}/signed", Settings(), signing=signing(home, key, NAME))
    return f"dir:{path}/signed"


class TestSigning:
    def test_a_copy_to_a_registry_is_signed_under_its_name_before_it_is_there(
        self, registry: ScriptedRegistry, settings: Settings, tmp_path: Path, gpg_home: GpgHome, alice: str
    ) -> None:
        IMAGE.write_to(tmp_path / "layout", "v1")
        name = f"docker://{registry.host}/team/app:1"
        found: list[bool] = []
        folder = tmp_path / "signatures" / "team" / f"app@sha256={IMAGE.digest.encoded}"
        registry.script(
            fault.set_header("X-Seen", "1"), when=lambda request: bool(_note(request, folder, found))
        )
        copy(f"oci:{tmp_path}/layout:v1", name, settings, signing=signing(gpg_home, alice))
        assert found == [True]
        demanding = bound(settings, gpg_home.public(alice))
        assert copy(name, f"dir:{tmp_path}/back", demanding).root.digest == IMAGE.digest
        moved = name.replace("app:1", "app:2")
        copy(f"oci:{tmp_path}/layout:v1", moved, settings)
        with pytest.raises(Forbidden, match="does not match"):
            copy(moved, f"oci:{tmp_path}/x:1", demanding)

    def test_an_index_and_each_of_its_images_are_signed(
        self, tmp_path: Path, gpg_home: GpgHome, alice: str
    ) -> None:
        source = signed_folder(tmp_path, gpg_home, alice, INDEX)
        names = {path.name for path in (tmp_path / "signed").glob("*signature-*")}
        assert names == {
            "signature-1",
            f"{IMAGE.digest.encoded}.signature-1",
            f"{OTHER.digest.encoded}.signature-1",
        }
        demanding = bound(Settings(), gpg_home.public(alice), ExactReference(str(NAME)))
        one = oci.CopyOptions(selection=oci.Instance(oci.Platform.parse("linux/arm64")))
        with pytest.raises(Unsupported, match="signatures cannot be kept there"):
            copy(source, f"oci:{tmp_path}/to:1", demanding, one)
        assert not (tmp_path / "to").exists()

    def test_what_changes_on_its_way_is_signed_as_what_it_became(
        self, tmp_path: Path, gpg_home: GpgHome, alice: str
    ) -> None:
        IMAGE.write_to(tmp_path / "layout", "v1")
        options = oci.CopyOptions(conversion=Conversion(format=Format.DOCKER))
        seal = signing(gpg_home, alice, NAME)
        result = copy(f"oci:{tmp_path}/layout:v1", f"dir:{tmp_path}/to", Settings(), options, seal)
        assert result.root.digest != IMAGE.digest
        demanding = bound(Settings(), gpg_home.public(alice), ExactReference(str(NAME)))
        again = copy(f"dir:{tmp_path}/to", f"dir:{tmp_path}/again", demanding)
        assert again.root.digest == result.root.digest

    def test_without_the_key_nothing_is_written(
        self, registry: ScriptedRegistry, settings: Settings, tmp_path: Path, gpg_home: GpgHome
    ) -> None:
        IMAGE.write_to(tmp_path / "layout", "v1")
        name = f"docker://{registry.host}/team/app:1"
        with pytest.raises(OciError, match="could not sign"):
            copy(f"oci:{tmp_path}/layout:v1", name, settings, signing=signing(gpg_home, "nobody@x.example"))
        assert not registry.asked("PUT") and not registry.asked("POST")
        assert not (tmp_path / "signatures").exists()

    def test_a_directory_has_no_name_of_its_own(self, tmp_path: Path, gpg_home: GpgHome, alice: str) -> None:
        IMAGE.write_to(tmp_path / "layout", "v1")
        with pytest.raises(InvalidReference, match="no name that could be signed"):
            copy(
                f"oci:{tmp_path}/layout:v1",
                f"dir:{tmp_path}/to",
                Settings(),
                signing=signing(gpg_home, alice),
            )
        assert not (tmp_path / "to").exists()

    def test_places_on_the_web_are_not_written_to(
        self, registry: ScriptedRegistry, tmp_path: Path, gpg_home: GpgHome, alice: str
    ) -> None:
        IMAGE.write_to(tmp_path / "layout", "v1")
        rule = LookasideRule(read="https://signatures.example")
        settings = Settings(security=Security.PLAIN, lookaside=LookasideConf(default=rule), attempts=1)
        with pytest.raises(Unsupported, match="can only be read"):
            copy(
                f"oci:{tmp_path}/layout:v1",
                f"docker://{registry.host}/app:1",
                settings,
                signing=signing(gpg_home, alice),
            )
        assert not registry.asked("PUT")


def _note(request: object, folder: Path, found: list[bool]) -> bool:
    """Note at each manifest that arrives whether its signature is there."""
    if getattr(request, "method", "") == "PUT" and "/manifests/" in getattr(request, "path", ""):
        found.append((folder / "signature-1").exists())
    return False


class TestGoingAlong:
    def test_signatures_go_along_and_are_there_once(
        self, registry: ScriptedRegistry, settings: Settings, tmp_path: Path, gpg_home: GpgHome, alice: str
    ) -> None:
        source = signed_folder(tmp_path, gpg_home, alice)
        name = f"docker://{registry.host}/team/app:1"
        for _ in range(2):
            copy(source, name, settings)
        folder = tmp_path / "signatures" / "team" / f"app@sha256={IMAGE.digest.encoded}"
        made = (tmp_path / "signed" / "signature-1").read_bytes()
        assert [path.read_bytes() for path in folder.iterdir()] == [made]
        copy(name, f"dir:{tmp_path}/back", settings)
        assert (tmp_path / "back" / "signature-1").read_bytes() == made

    def test_a_place_that_cannot_hold_them_is_not_even_opened(
        self, tmp_path: Path, gpg_home: GpgHome, alice: str
    ) -> None:
        source = signed_folder(tmp_path, gpg_home, alice)
        with pytest.raises(Unsupported) as caught:
            copy(source, f"oci:{tmp_path}/to:1", Settings())
        assert caught.value.hint == "--remove-signatures leaves them behind"
        assert not (tmp_path / "to").exists()
        leaving = oci.frozen.replace(ALL, conversion=Conversion(leaves_attached=True))
        assert copy(source, f"oci:{tmp_path}/to:1", Settings(), leaving).root.digest == IMAGE.digest

    def test_those_of_an_index_are_left_behind_where_that_is_asked_for(
        self, tmp_path: Path, gpg_home: GpgHome, alice: str
    ) -> None:
        source = signed_folder(tmp_path, gpg_home, alice, INDEX)
        bare = oci.frozen.replace(ALL, leaves_indexes_bare=True)
        copy(source, f"dir:{tmp_path}/to", Settings(), bare)
        names = {path.name for path in (tmp_path / "to").glob("*signature-*")}
        assert names == {f"{each.digest.encoded}.signature-1" for each in (IMAGE, OTHER)}

    def test_nothing_is_taken_out_of_a_signed_index(
        self, tmp_path: Path, gpg_home: GpgHome, alice: str
    ) -> None:
        source = signed_folder(tmp_path, gpg_home, alice, INDEX)
        one = oci.Subset((oci.Platform.parse("linux/amd64"),), rewrite=True)
        with pytest.raises(Unsupported, match="its index is signed"):
            copy(source, f"dir:{tmp_path}/to", Settings(), oci.CopyOptions(selection=one))
        assert not (tmp_path / "to").exists()
        bare = oci.CopyOptions(selection=one, leaves_indexes_bare=True)
        copy(source, f"dir:{tmp_path}/to", Settings(), bare)
        names = {path.name for path in (tmp_path / "to").glob("*signature-*")}
        assert names == {f"{IMAGE.digest.encoded}.signature-1"}

    def test_what_is_signed_is_not_changed(self, tmp_path: Path, gpg_home: GpgHome, alice: str) -> None:
        source = signed_folder(tmp_path, gpg_home, alice)
        options = oci.CopyOptions(conversion=Conversion(format=Format.DOCKER))
        with pytest.raises(Unsupported, match="would become another image"):
            copy(source, f"dir:{tmp_path}/to", Settings(), options)
        assert not (tmp_path / "to").exists()

    def test_signatures_that_cannot_be_read_stop_the_copy(
        self, tmp_path: Path, gpg_home: GpgHome, alice: str
    ) -> None:
        source = signed_folder(tmp_path, gpg_home, alice)
        (tmp_path / "signed" / "signature-2").mkdir()
        with pytest.raises(StorageError, match="signature-2"):
            copy(source, f"dir:{tmp_path}/to", Settings())
        assert not (tmp_path / "to").exists()

    def test_a_signature_by_nobody_we_know_goes_along_too(
        self, tmp_path: Path, gpg_home: GpgHome, mallory: str
    ) -> None:
        IMAGE.write_to(tmp_path / "layout", "v1")
        copy(f"oci:{tmp_path}/layout:v1", f"dir:{tmp_path}/from", Settings())
        made = gpg_home.sign(Payload(digest=IMAGE.digest, identity="x.example/y:1").encode(), mallory)
        (tmp_path / "from" / "signature-1").write_bytes(b"\0simple-signing\n" + made)
        copy(f"dir:{tmp_path}/from", f"dir:{tmp_path}/to", Settings())
        assert (tmp_path / "to" / "signature-1").read_bytes() == made
