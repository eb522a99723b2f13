"""Whatever bytes come, parsers of signatures raise our errors only, and nothing unsigned is proved."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from oci.errors import OciError
from oci.spec import Digest
from oci.trust import Refusal, Signature, Subject
from oci.trust.bundle.claim import StatementClaim
from oci.trust.bundle.document import signature_in_bundle
from oci.trust.cosign.claim import Claim
from oci.trust.cosign.key_verifier import KeyVerifier, TrustedKey
from oci.trust.cosign.payload import encode, parse
from oci.trust.dsse import Envelope, kind_in, payload_in
from oci.trust.key.file import open_key
from oci.trust.key.private import PrivateKey
from oci.trust.key.public import PublicKey
from oci.trust.log.checkpoint import read_checkpoint
from oci.trust.log.entry import Signed, check_entry
from oci.trust.log.recording import parse_entry, parse_promise
from oci.trust.log.trusted import logs_with
from oci.trust.signature import Family
from oci.trust.statement import Statement

KEY = PrivateKey.generate()
LOGS = logs_with([KEY.public])
SUBJECT = Subject.of(b"image")
VERIFIER = KeyVerifier(keys=(TrustedKey(name="k", key=KEY.public),), claim=Claim(rule=None))

BYTES = st.binary(max_size=400)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=12,
)
NAMES = st.sampled_from(
    [
        "critical", "optional", "identity", "image", "type", "docker-reference", "docker-manifest-digest",
        "_type", "subject", "digest", "sha256", "predicateType", "mediaType", "dsseEnvelope", "payload",
        "payloadType", "signatures", "sig", "verificationMaterial", "publicKey", "certificate", "rawBytes",
        "tlogEntries", "inclusionProof", "Payload", "SignedEntryTimestamp", "body", "kind", "apiVersion",
        "spec", "data", "hash", "signature", "content", "kdf", "params", "cipher", "ciphertext",
    ]
)  # fmt: skip
FORMED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
).map(lambda value: json.dumps(value).encode())
RAW = BYTES | FORMED | JSON.map(lambda value: json.dumps(value).encode())


def nothing() -> bytes:
    return b""


@given(RAW)
def test_parsers_return_a_value_or_raise_our_error(raw: bytes) -> None:
    text = raw.decode("utf-8", "replace")
    for read in (
        lambda: parse(raw, where="x"),
        lambda: signature_in_bundle(raw, found_at="x"),
        lambda: Envelope.loads(raw, where="x"),
        lambda: Statement.in_signed(raw, where="x"),
        lambda: PublicKey.parse(raw, where="x"),
        lambda: PrivateKey.load_pem(raw, where="x"),
        lambda: open_key(raw, nothing, where="x"),
        lambda: parse_promise(raw),
        lambda: read_checkpoint(text, LOGS),
        lambda: check_entry(raw, Signed(content=raw, signature=raw, verifier=raw), where="x"),
    ):
        try:
            read()
        except OciError:
            continue


@given(st.dictionaries(NAMES | st.text(max_size=8), JSON, max_size=5))
def test_entries_of_logs_return_a_value_or_raise_our_error(members: dict[str, object]) -> None:
    try:
        parse_entry(members).check(LOGS)
    except OciError:
        return
    raise AssertionError("nothing that was made up is recorded")


@given(BYTES, BYTES)
def test_nothing_that_was_not_signed_is_proved(envelope: bytes, payload: bytes) -> None:
    found = Signature(family=Family.COSIGN, envelope=envelope, payload=payload, found_at="x")
    assert isinstance(VERIFIER.verify(found, SUBJECT), Refusal)


@given(RAW)
def test_whatever_a_trusted_key_has_signed_is_judged(payload: bytes) -> None:
    found = Signature(family=Family.COSIGN, envelope=KEY.sign(payload), payload=payload, found_at="x")
    assert isinstance(VERIFIER.verify(found, SUBJECT), Refusal)
    envelope = Envelope.sign("application/vnd.in-toto+json", payload, KEY.sign)
    stated = Signature(
        family=Family.BUNDLE, envelope=envelope.signatures[0], payload=envelope.signed_content, found_at="x"
    )
    verifier = KeyVerifier(keys=VERIFIER.keys, claim=StatementClaim(), family=Family.BUNDLE)
    assert isinstance(verifier.verify(stated, SUBJECT), Refusal)


@given(st.text(max_size=40), st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=4))
def test_documents_are_read_back_as_they_were_meant(identity: str, said: dict[str, str]) -> None:
    try:
        raw = encode(Digest.of(b"image"), identity, {f"x-{name}": value for name, value in said.items()})
        payload, annotations = parse(raw, where="x")
    except (OciError, UnicodeEncodeError):
        return
    assert (payload.identity, payload.digest) == (identity, Digest.of(b"image"))
    assert annotations == {f"x-{name}": value for name, value in said.items()}


@given(st.text(max_size=30).filter(lambda text: text.encode("utf-8", "ignore").decode() == text), BYTES)
def test_what_an_envelope_is_over_tells_type_and_payload_apart(kind: str, payload: bytes) -> None:
    content = Envelope.sign(kind, payload, KEY.sign).signed_content
    assert (kind_in(content), payload_in(content)) == (kind, payload)
