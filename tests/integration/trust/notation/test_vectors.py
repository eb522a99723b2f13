"""Vectors of the Notary Project's own tests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oci.errors import InvalidDocument, NotVerified
from oci.trust.notation.attribute import Attributes, Scheme
from oci.trust.notation.cose import CoseDraft
from oci.trust.notation.envelope import COSE, JWS
from oci.trust.notation.form import read_envelope
from oci.trust.notation.jws import JwsDraft
from oci.trust.notation.payload import read_payload
from oci.trust.notation.trust_store import load_certificates
from oci.trust.timestamp.stamp import verify_timestamp

FOLDER = Path(__file__).parents[4] / "fixtures/notation-vectors"
IMAGE = "sha256:60043cf45eaebc4c0867fea485a039b598f52fd09fd5b07b0b2d2f88fad9d74e"


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("ca_valid", Attributes(scheme=Scheme.X509, signed_s=1604905200, expires_s=4760578800)),
        ("ca_expired", Attributes(scheme=Scheme.X509, signed_s=1659052800, expires_s=1659139140)),
        ("sa_valid", Attributes(scheme=Scheme.AUTHORITY, signed_s=1604905200, expires_s=4760578800)),
    ],
)
def test_their_envelopes_are_what_was_signed(name: str, attributes: Attributes) -> None:
    envelope = read_envelope((FOLDER / f"{name}_sig_env.json").read_bytes(), JWS)
    *_, signer = envelope.check()
    assert envelope.attributes == attributes
    assert str(read_payload(envelope.payload).digest) == IMAGE
    assert "Notation Test Root" in signer.subject.rfc4514_string()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("ca_invalid_sig_env.json", "everybody would write"),
        ("sa_invalid_sig_env.json", "everybody would write"),
        ("ca_plugin_sig_env.json", "with the plugin 'plugin-name'"),
    ],
)
def test_their_bad_envelopes_are_refused(name: str, says: str) -> None:
    with pytest.raises(InvalidDocument, match=says):
        read_envelope((FOLDER / name).read_bytes(), JWS)


def test_headers_of_their_conformance_tests_are_ours_but_for_what_is_extended() -> None:
    whole = json.loads((FOLDER / "jws_conformance.json").read_bytes())
    whole["header"]["x5c"] = []
    with pytest.raises(InvalidDocument, match="'signedCritKey1' is marked critical and is not known"):
        read_envelope(json.dumps(whole).encode(), JWS)
    attributes = Attributes(scheme=Scheme.X509, signed_s=1661781000, expires_s=4091781000)
    ours = JwsDraft(b'{"key":"hello JWS"}', "ES256", attributes).to_be_signed.partition(b".")[2]
    assert ours.decode() == whole["payload"]


def test_their_cose_message_has_the_form_of_ours() -> None:
    vector = json.loads((FOLDER / "cose_conformance.json").read_bytes())
    expected = bytes.fromhex(vector["expectedOutput"]["cborHex"])
    with pytest.raises(InvalidDocument, match="'signedCritKey1' is marked critical and is not known"):
        read_envelope(expected, COSE)
    attributes = Attributes(scheme=Scheme.X509, signed_s=vector["signingTime"], expires_s=vector["expiry"])
    made = CoseDraft(bytes.fromhex(vector["payload"]), -38, attributes).to_be_signed
    extended = bytes.fromhex(vector["protectedHeaders"]["cborHex"])
    times = extended[extended.index(b"\x75io.cncf.notary.expiry", 100) :]
    assert times in made  # the members after the extended ones, in the same order and encoding


def test_a_timestamp_by_a_public_authority_holds() -> None:
    anchors = load_certificates((FOLDER / "GlobalSignRootCA.crt").read_bytes(), where="w")
    stamp = verify_timestamp((FOLDER / "TimeStampToken.p7s").read_bytes(), b"notation", anchors)
    assert (stamp.earliest_s, stamp.latest_s, len(stamp.chain)) == (1631887749, 1631887751, 4)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("TimeStampTokenWithInvalidSignature.p7s", "does not hold"),
        ("TimeStampTokenWithMismatchCertHash.p7s", "names another certificate"),
    ],
)
def test_their_bad_timestamps_are_refused(name: str, says: str) -> None:
    anchors = load_certificates((FOLDER / "GlobalSignRootCA.crt").read_bytes(), where="w")
    with pytest.raises(NotVerified, match=says):
        verify_timestamp((FOLDER / name).read_bytes(), b"notation", anchors)
