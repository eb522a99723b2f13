"""Signatures that an authority stamps when they are made, in each family that has a place for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import oci
from oci.errors import RegistryError
from oci.settings import Security, Settings
from oci.spec import Reference
from oci.testing import ScriptedRegistry, build_image, layer
from oci.trust import Family, Invalid, Subject, Verified
from oci.trust.bundle.claim import StatementClaim
from oci.trust.cosign.claim import Asked, Claim
from oci.trust.cosign.key_verifier import KeyVerifier, TrustedKey
from oci.trust.cosign.signer import CosignSigner
from oci.trust.fetch import HttpFetch
from oci.trust.key.private import PrivateKey
from oci.trust.notation.envelope import COSE, JWS
from oci.trust.notation.form import read_envelope
from oci.trust.notation.signer import NotationSigner
from oci.trust.root.document import load_trusted_root
from oci.trust.timestamp.request import TimestampServer
from oci.trust.timestamp.stamp import verify_timestamp
from tests import notary
from tests.fixture_script import fixture_script
from tests.timestamp_authority import TimestampAuthority

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

IMAGE = build_image([layer({"a": b"1"})])
SETTINGS = Settings(security=Security.PLAIN, retry_delay_s=0.002, attempts=1)
CONTEXT = oci.Context(settings=SETTINGS)
KEY = PrivateKey.generate()


@pytest.fixture
def authority(tool: Callable[[str], Path], tmp_path: Path) -> Iterator[TimestampAuthority]:
    with TimestampAuthority(tool("openssl"), tmp_path / "clock") as found:
        yield found


@pytest.fixture
def server(authority: TimestampAuthority) -> Iterator[TimestampServer]:
    fetch = HttpFetch(SETTINGS)
    yield TimestampServer(authority.url, fetch)
    fetch.close()


@pytest.fixture
def name(tmp_path: Path) -> Iterator[str]:
    with ScriptedRegistry(tmp_path / "registry") as registry:
        registry.put("app", IMAGE, "v1")
        yield f"docker://{registry.host}/app:v1"


@pytest.mark.parametrize("family", [Family.COSIGN, Family.BUNDLE])
def test_a_stamped_signature_is_proved_with_its_time_and_one_without_is_not(
    authority: TimestampAuthority, server: TimestampServer, name: str, family: Family
) -> None:
    root = load_trusted_root(json.dumps(authority.trusted_root).encode(), path="root.json")
    claim: Asked = Claim(rule=None) if family is Family.COSIGN else StatementClaim()
    keys = (TrustedKey(name="k", key=KEY.public),)
    verifier = KeyVerifier(keys=keys, claim=claim, witnesses=root.witnesses, family=family)
    for stamper, kind in ((None, Invalid), (server, Verified)):
        if family is Family.COSIGN:
            oci.sign(name, CosignSigner(key=KEY, stamper=stamper), context=CONTEXT)
        else:
            oci.attest(name, KEY, oci.SIGNATURE, stamper=stamper, context=CONTEXT)
        found = oci.verify(name, [verifier], context=CONTEXT).verdict
        assert isinstance(found, kind), found
    assert isinstance(found, Verified)
    (proof,) = found.proofs
    assert proof.clock == "CN=clock"
    assert proof.made_s is not None
    assert [each.fault.value for each in found.refused] == ["unrecorded"]


@pytest.mark.parametrize("media_type", [JWS, COSE])
def test_an_envelope_of_notation_s_has_a_token_over_its_signature(
    authority: TimestampAuthority, server: TimestampServer, media_type: str
) -> None:
    root = notary.issue(notary.AUTHORITY)
    party = notary.issue(notary.Wish(), root)
    signer = NotationSigner(
        credential=party.credential, clock=lambda: notary.NOW, media_type=media_type, stamper=server
    )
    made = signer.sign(Subject.of(IMAGE.raw, Reference.parse("r.example/app:1")))
    envelope = read_envelope(made.envelope, media_type)
    stamp = verify_timestamp(envelope.timestamp, envelope.signature, [authority.root])
    assert stamp.chain == (authority.certificate, authority.root)


def test_an_answer_to_another_question_is_not_kept(
    authority: TimestampAuthority, server: TimestampServer
) -> None:
    lying = fixture_script("lying-bundles")
    refusal = lying.der(0x30, lying.der(0x30, b"\x02\x01\x02"))
    answers = {
        "something else": (lying.stamp(b"another"), lying.stamp(b"content")),
        "no timestamp": (b"", b"\x30\x00", b"junk", refusal, lying.stamp(b"content", status=2)),
        "more than": (bytes(300_000),),
    }
    for reason, given in answers.items():
        for answer in given:
            authority.answer = answer
            fetch = HttpFetch(SETTINGS)
            with pytest.raises(RegistryError, match=reason):
                TimestampServer(authority.url, fetch).stamp(b"content")
            fetch.close()
    authority.answer = None
    assert server.stamp(b"content")
