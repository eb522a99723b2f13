"""Signatures that go along meet signatures that are there already: none is lost, and bytes stay."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace as changed
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

import oci
from oci.errors import CopyError, InvalidDocument
from oci.settings import Security, Settings
from oci.spec.attachment import cosign_tag
from oci.testing import ScriptedRegistry, build_image, build_index, fault, layer
from oci.transfer.sync import SyncOptions, Verdict
from oci.trust import Verified
from oci.trust.cosign.claim import Claim
from oci.trust.cosign.key_verifier import KeyVerifier, TrustedKey
from oci.trust.cosign.signer import CosignSigner
from oci.trust.key.private import PrivateKey
from oci.trust.notation.signer import NotationSigner, load_credential
from tests.notary import AUTHORITY, DAY, Wish, issue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IMAGE = build_image([layer({"a": b"1"})])
TAG = cosign_tag(IMAGE.digest, "sig")
ONE, TWO, THREE = (PrivateKey.of(ec.derive_private_key(n, ec.SECP256R1()), where=str(n)) for n in (1, 2, 3))
CONTEXT = oci.Context(settings=Settings(security=Security.PLAIN, attempts=1))
ALONG = oci.CopyOptions(referrers=True)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[ScriptedRegistry]:
    with ScriptedRegistry(tmp_path / "here") as server:
        server.put("app", IMAGE, "v1")
        yield server


@pytest.fixture
def there(tmp_path: Path) -> Iterator[ScriptedRegistry]:
    with ScriptedRegistry(tmp_path / "there") as server:
        yield server


def app(registry: ScriptedRegistry) -> str:
    return f"docker://{registry.host}/app:v1"


def sign(registry: ScriptedRegistry, key: PrivateKey) -> None:
    oci.sign(app(registry), CosignSigner(key=key, identity="r.example/app:v1"), context=CONTEXT)


def copy(here: ScriptedRegistry, there: ScriptedRegistry) -> oci.CopyResult:
    return oci.copy(app(here), app(there), options=ALONG, context=CONTEXT)


def signers(image: str) -> set[str]:
    """Return the keys whose signatures hold."""
    named = {"1": ONE, "2": TWO, "3": THREE}
    keys = tuple(TrustedKey(name=name, key=key.public) for name, key in named.items())
    verdict = oci.verify(image, [KeyVerifier(keys=keys, claim=Claim(rule=None))], context=CONTEXT).verdict
    return {each.signer for each in verdict.proofs} if isinstance(verdict, Verified) else set()


def test_a_destination_without_signatures_gets_them_byte_for_byte(
    here: ScriptedRegistry, there: ScriptedRegistry
) -> None:
    sign(here, ONE)
    copy(here, there)
    assert there.content("app", TAG) == here.content("app", TAG)


def test_signatures_on_both_sides_are_there_afterwards_and_stay(
    here: ScriptedRegistry, there: ScriptedRegistry
) -> None:
    there.put("app", IMAGE, "v1")
    sign(here, ONE)
    sign(there, TWO)
    result = copy(here, there)
    assert signers(app(there)) == {"1", "2"}
    both = there.content("app", TAG)
    assert {link.digest for link in result.documents} - {link.digest for link in result.attached} == {
        IMAGE.digest
    }
    copy(here, there)
    assert there.content("app", TAG) == both
    sign(here, TWO)
    copy(there, here)
    assert signers(app(here)) == {"1", "2"}


def test_a_source_with_all_of_them_gives_its_bytes(here: ScriptedRegistry, there: ScriptedRegistry) -> None:
    sign(here, ONE)
    copy(here, there)
    sign(here, TWO)
    copy(here, there)
    assert there.content("app", TAG) == here.content("app", TAG)


def test_copies_of_two_sources_at_once_lose_nothing(
    here: ScriptedRegistry, there: ScriptedRegistry, tmp_path: Path
) -> None:
    sign(here, ONE)
    with ScriptedRegistry(tmp_path / "other") as other, ThreadPoolExecutor(3) as pool:
        other.put("app", IMAGE, "v1")
        there.put("app", IMAGE, "v1")
        sign(other, TWO)
        copies = [pool.submit(copy, each, there) for each in (here, other)]
        pool.submit(sign, there, THREE).result()
        for each in copies:
            each.result()
    assert signers(app(there)) == {"1", "2", "3"}


def test_what_is_no_list_of_signatures_is_left_alone(here: ScriptedRegistry, there: ScriptedRegistry) -> None:
    index = build_index({"linux/amd64": IMAGE})
    there.put("app", index, TAG)
    sign(here, ONE)
    with pytest.raises(CopyError) as caught:
        copy(here, there)
    assert isinstance(caught.value.__cause__, InvalidDocument)
    assert there.content("app", TAG) == index.raw


def test_a_destination_that_throttles_is_not_taken_for_one_without_signatures(
    here: ScriptedRegistry, there: ScriptedRegistry
) -> None:
    there.put("app", IMAGE, "v1")
    sign(here, ONE)
    sign(there, TWO)
    before = there.content("app", TAG)
    there.script(fault.answer(429), method="GET", path=f"*/manifests/{TAG}", times=1)
    with pytest.raises(CopyError):
        copy(here, there)
    assert there.content("app", TAG) == before


def test_a_layout_keeps_its_signatures_too(here: ScriptedRegistry, tmp_path: Path) -> None:
    IMAGE.write_to(tmp_path / "layout", "v1")
    image = f"oci:{tmp_path}/layout:v1"
    oci.sign(image, CosignSigner(key=TWO, identity="r.example/app:v1"), context=CONTEXT)
    sign(here, ONE)
    oci.copy(app(here), image, options=ALONG, context=CONTEXT)
    assert signers(image) == {"1", "2"}


def test_a_copy_is_signed_and_what_vouches_is_not(here: ScriptedRegistry, there: ScriptedRegistry) -> None:
    there.put("app", IMAGE, "v1")
    sign(here, ONE)
    sign(there, TWO)
    result = copy(here, there)
    signed = oci.sign_copy(app(there), result, CosignSigner(key=THREE), context=CONTEXT)
    assert [each.digest for each in signed] == [IMAGE.digest]
    assert signers(app(there)) == {"1", "2", "3"}


def test_a_copy_is_signed_as_notation_does(
    here: ScriptedRegistry, there: ScriptedRegistry, tmp_path: Path
) -> None:
    begins, ends = int(time.time()) - DAY, int(time.time()) + DAY
    authority = issue(changed(AUTHORITY, begins=begins, ends=ends))
    issue(Wish(begins=begins, ends=ends), authority).write_to(tmp_path)
    key, chain = (tmp_path / "key.pem").read_bytes(), (tmp_path / "chain.pem").read_bytes()
    signer = NotationSigner(credential=load_credential(key, chain, where="k"), clock=time.time)
    sign(here, ONE)
    oci.sign_copy(app(there), copy(here, there), signer, context=CONTEXT)
    found = oci.signatures(app(there), context=CONTEXT)
    stated = {each.kind: each.stated for each in found.items}
    assert set(stated) == {"cosign", "notation"}
    assert stated["notation"] is not None and stated["notation"].digest == IMAGE.digest


def test_a_synchronisation_adds_signatures_and_then_has_nothing_to_do(
    here: ScriptedRegistry, there: ScriptedRegistry
) -> None:
    there.put("app", IMAGE, "v1")
    sign(here, ONE)
    sign(there, TWO)
    options = SyncOptions(copy=ALONG)
    for expected in ([Verdict.COPIED], []):
        goal = f"docker://{there.host}"
        report = oci.sync(f"docker://{here.host}/app", goal, tags=("v1",), options=options, context=CONTEXT)
        assert [each.verdict for each in report.images] == expected
        assert signers(app(there)) == {"1", "2"}
