"""Every way in which a GPG signature can lie, with signatures that the real gpg has made."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from oci.errors import InvalidReference, InvalidSettings, OciError
from oci.settings.policy import MatchExact, MatchRepository
from oci.spec import Reference
from oci.trust import Family, Fault, KeyHint, Proof, Refusal, Signature, StatedTime, Subject
from oci.trust.simple.gpg import Keyring
from oci.trust.simple.payload import Payload
from oci.trust.simple.signer import SimpleSigner
from oci.trust.simple.verifier import SimpleVerifier

if TYPE_CHECKING:
    from pathlib import Path

    from oci.settings.policy import IdentityMatch
    from tests.openpgp import GpgHome

NAME = Reference.parse("r.example/team/app:1")
SUBJECT = Subject.of(b'{"schemaVersion": 2}', NAME)
PAYLOAD = Payload(digest=SUBJECT.digest, identity=str(NAME)).encode()
NOW_S = 1_700_000_000


def verify(
    envelope: bytes, *keys: bytes, rule: IdentityMatch | None = None, subject: Subject = SUBJECT
) -> Proof | Refusal:
    trusted = [(f"key {number}", key) for number, key in enumerate(keys)]
    with SimpleVerifier(trusted, rule or MatchExact()) as verifier:
        found = Signature(family=Family.SIMPLE, envelope=envelope, found_at="here")
        return verifier.verify(found, subject)


def refused(outcome: Proof | Refusal) -> Fault:
    assert isinstance(outcome, Refusal), outcome
    return outcome.fault


def test_what_we_sign_is_proved_with_its_key_its_time_and_its_name(gpg_home: GpgHome, alice: str) -> None:
    keyring = Keyring(home=gpg_home.path, environ=gpg_home.environ)
    made = SimpleSigner(keyring=keyring, key=alice, clock=lambda: NOW_S + 0.9).sign(SUBJECT)
    assert (made.claimed_identity, made.times) == (str(NAME), (StatedTime(NOW_S),))
    assert made.keys == (KeyHint(alice[-16:]),)
    proof = verify(made.envelope, keyring.export([alice]))
    assert isinstance(proof, Proof)
    assert (proof.key, proof.signing_key, proof.digest, proof.identity) == (
        alice,
        alice,
        SUBJECT.digest,
        str(NAME),
    )
    assert proof.creator.startswith("ocitool ") and proof.made_s is not None


def test_one_of_several_keys_is_enough(gpg_home: GpgHome, alice: str, mallory: str) -> None:
    made = gpg_home.sign(PAYLOAD, alice)
    proof = verify(made, gpg_home.public(mallory), gpg_home.public(alice))
    assert isinstance(proof, Proof) and proof.key == alice


@pytest.mark.parametrize("compression", ["none", "zip", "zlib", "bzip2"])
def test_messages_in_every_compression_are_read(gpg_home: GpgHome, alice: str, compression: str) -> None:
    made = gpg_home.sign(PAYLOAD, alice, "--compress-algo", compression, "--sign")
    assert isinstance(verify(made, gpg_home.public(alice)), Proof)


def test_a_subkey_signs_for_its_primary_key(gpg_home: GpgHome) -> None:
    primary = gpg_home.make_key("carol@signer.example")
    gpg_home.run("--passphrase", "", "--quick-add-key", primary, "ed25519", "sign", "never")
    proof = verify(gpg_home.sign(PAYLOAD, primary), gpg_home.public(primary))
    assert isinstance(proof, Proof)
    assert proof.key == primary and proof.signing_key != primary


def test_the_key_of_somebody_else(gpg_home: GpgHome, alice: str, mallory: str) -> None:
    assert refused(verify(gpg_home.sign(PAYLOAD, mallory), gpg_home.public(alice))) is Fault.WRONG_KEY


def test_another_digest(gpg_home: GpgHome, alice: str) -> None:
    other = Subject.of(b"{}", NAME)
    made = gpg_home.sign(PAYLOAD, alice)
    assert refused(verify(made, gpg_home.public(alice), subject=other)) is Fault.OTHER_IMAGE


def test_another_name(gpg_home: GpgHome, alice: str) -> None:
    other = Subject.of(SUBJECT.content, Reference.parse("r.example/team/app:2"))
    made, key = gpg_home.sign(PAYLOAD, alice), gpg_home.public(alice)
    assert refused(verify(made, key, subject=other)) is Fault.OTHER_NAME
    assert isinstance(verify(made, key, subject=other, rule=MatchRepository()), Proof)


@pytest.mark.parametrize(
    "options",
    [("--clear-sign",), ("--detach-sign",), ("--armor", "--sign"), ("--store",)],
    ids=["cleartext", "detached", "armored", "unsigned"],
)
def test_other_kinds_of_messages(gpg_home: GpgHome, alice: str, options: tuple[str, ...]) -> None:
    made = gpg_home.sign(PAYLOAD, alice, *options)
    assert refused(verify(made, gpg_home.public(alice))) is Fault.MALFORMED


def test_two_messages_in_one_blob(gpg_home: GpgHome, alice: str, mallory: str) -> None:
    plain = ("--compress-algo", "none", "--sign")
    first, second = (gpg_home.sign(PAYLOAD, key, *plain) for key in (alice, mallory))
    assert refused(verify(first + second, gpg_home.public(alice))) is Fault.MALFORMED
    assert refused(verify(second + first, gpg_home.public(alice))) is Fault.MALFORMED


def test_two_signatures_in_one_message(gpg_home: GpgHome, alice: str, mallory: str) -> None:
    made = gpg_home.sign(PAYLOAD, alice, "--local-user", mallory, "--sign")
    assert refused(verify(made, gpg_home.public(alice, mallory))) is Fault.MALFORMED


def test_no_changed_byte_makes_a_signature_prove_anything_else(gpg_home: GpgHome, alice: str) -> None:
    """Some bytes are not signed (the date of the literal); those that are read are."""
    made, key = gpg_home.sign(PAYLOAD, alice, "--compress-algo", "none", "--sign"), gpg_home.public(alice)
    begin = made.index(PAYLOAD)
    for position in (1, 5, 20, begin, begin + len(PAYLOAD) // 2, begin + len(PAYLOAD) - 1, len(made) - 9):
        changed = bytearray(made)
        changed[position] ^= 0x01
        outcome = verify(bytes(changed), key)
        if begin <= position or isinstance(outcome, Refusal):
            assert refused(outcome) in {Fault.BROKEN, Fault.MALFORMED, Fault.WRONG_KEY}
        else:
            assert (outcome.digest, outcome.identity, outcome.key) == (SUBJECT.digest, str(NAME), alice)


def test_an_expired_key(gpg_home: GpgHome) -> None:
    key = gpg_home.make_key("old@signer.example", expires="1d", at="20200101T000000!")
    made = gpg_home.sign(PAYLOAD, key, "--faked-system-time", "20200101T010000!", "--sign")
    assert refused(verify(made, gpg_home.public(key))) is Fault.EXPIRED


def test_an_expired_signature(gpg_home: GpgHome) -> None:
    key = gpg_home.make_key("brief@signer.example", at="20200101T000000!")
    past = ("--faked-system-time", "20200102T000000!", "--default-sig-expire", "1d", "--sign")
    assert refused(verify(gpg_home.sign(PAYLOAD, key, *past), gpg_home.public(key))) is Fault.EXPIRED


def test_a_revoked_key(gpg_home: GpgHome) -> None:
    key = gpg_home.make_key("gone@signer.example")
    made = gpg_home.sign(PAYLOAD, key)
    written = (gpg_home.path / "openpgp-revocs.d" / f"{key}.rev").read_text(encoding="utf-8")
    gpg_home.run("--import", stdin=written.replace(":-----BEGIN", "-----BEGIN").encode())
    assert refused(verify(made, gpg_home.public(key))) is Fault.REVOKED


def test_a_weak_hash(gpg_home: GpgHome) -> None:
    key = gpg_home.make_key("rsa@signer.example", algorithm="rsa2048")
    made = gpg_home.sign(PAYLOAD, key, "--digest-algo", "SHA1", "--sign")
    assert refused(verify(made, gpg_home.public(key))) is Fault.WEAK


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document["critical"].update(more=1),
        lambda document: document["critical"].pop("identity"),
        lambda document: document["critical"].update(type="cosign container image signature"),
        lambda document: document["critical"]["image"].update({"docker-manifest-digest": "md5:00"}),
        lambda document: document.update(optional=[]),
        lambda document: document["optional"].update(timestamp=1.5),
        lambda document: document["optional"].update(creator=7),
    ],
    ids=["unknown-critical", "no-identity", "other-type", "bad-digest", "optional", "fraction", "creator"],
)
def test_a_signed_document_that_breaks_the_rules(gpg_home: GpgHome, alice: str, change: object) -> None:
    document = json.loads(PAYLOAD)
    assert callable(change)
    change(document)
    made = gpg_home.sign(json.dumps(document).encode(), alice)
    assert refused(verify(made, gpg_home.public(alice))) is Fault.MALFORMED


def test_a_document_with_a_key_twice(gpg_home: GpgHome, alice: str) -> None:
    twice = PAYLOAD.replace(b'"type":', b'"type":"x","type":')
    assert refused(verify(gpg_home.sign(twice, alice), gpg_home.public(alice))) is Fault.MALFORMED


def test_a_key_file_without_keys() -> None:
    with pytest.raises(InvalidSettings, match="key 0: there is no OpenPGP public key"):
        verify(b"", b"no key at all")


def test_a_passphrase_is_needed_and_can_be_given(gpg_home: GpgHome) -> None:
    key = gpg_home.make_key("dave@signer.example", passphrase="schlüssel")
    subprocess.run(["gpgconf", "--reload", "gpg-agent"], env=gpg_home.environ, check=True, timeout=60)
    keyring = Keyring(home=gpg_home.path, environ=gpg_home.environ)

    def signer(passphrase: str) -> SimpleSigner:
        return SimpleSigner(keyring=keyring, key=key, clock=lambda: NOW_S, passphrase=passphrase)

    with pytest.raises(OciError, match="the passphrase is wrong") as caught:
        signer("guess").sign(SUBJECT)
    assert "guess" not in repr(signer("guess")) + str(caught.value)
    assert isinstance(verify(signer("schlüssel").sign(SUBJECT).envelope, keyring.export([key])), Proof)


def test_what_cannot_be_signed(gpg_home: GpgHome, alice: str, tmp_path: Path) -> None:
    keyring = Keyring(home=gpg_home.path, environ=gpg_home.environ)
    signer = SimpleSigner(keyring=keyring, key=alice, clock=lambda: NOW_S)
    with pytest.raises(InvalidReference, match="a tag or a digest"):
        signer.sign(Subject.of(b"{}", Reference.parse("r.example/app")))
    nobody = SimpleSigner(keyring=keyring, key="0" * 40, clock=lambda: NOW_S)
    with pytest.raises(OciError, match="no such secret key"):
        nobody.sign(SUBJECT)
    with pytest.raises(InvalidSettings, match="no such keyring"):
        Keyring(home=tmp_path / "none", environ={}).export([alice])
    with pytest.raises(InvalidSettings, match="no public key"):
        keyring.export(["0" * 40])
