"""What public programs and services of sigstore wrote, judged by the roots that go with it."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from oci.spec import Digest
from oci.trust import Family, Proof, Refusal, Subject
from oci.trust.bundle.claim import StatementClaim
from oci.trust.bundle.document import signature_in_bundle
from oci.trust.certificate.chain import load_certificate
from oci.trust.certificate.identity import SignerIdentity
from oci.trust.cosign.certificate_verifier import CertificateVerifier
from oci.trust.cosign.claim import Asked, Said
from oci.trust.cosign.key_verifier import KeyVerifier, TrustedKey
from oci.trust.key.public import PublicKey
from oci.trust.root.document import load_trusted_root
from oci.trust.statement import Statement

if TYPE_CHECKING:
    from oci.trust.root.trusted_root import TrustedRoot
    from oci.trust.signature import Signature

FOLDER = Path(__file__).parents[3] / "fixtures/sigstore-bundles"
ACTIONS = "https://token.actions.githubusercontent.com"
JS = "https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main"
PUBLIC, STAGING = "public-good", "staging"


def root_of(name: str) -> TrustedRoot:
    path = FOLDER / f"{name}.root.json"
    return load_trusted_root(path.read_bytes(), path=path.name)


def signature_of(name: str) -> Signature:
    return signature_in_bundle((FOLDER / f"{name}.json").read_bytes(), found_at=name)


class AnyStatement:
    """Packages are no images: which thing a statement is about does not count here."""

    def check(self, signature: Signature, subject: Subject) -> Said:
        Statement.in_signed(signature.payload, where="statement")
        return Said(digest=subject.digest)


def judged(
    name: str,
    root: str,
    image: Subject | None = None,
    claim: Asked | None = None,
    identity: SignerIdentity | None = None,
) -> Proof | Refusal:
    trusted = root_of(root)
    verifier = CertificateVerifier(
        authorities=trusted.authorities,
        identity=identity or SignerIdentity(),
        claim=claim or AnyStatement(),
        witnesses=trusted.witnesses,
        certificate_logs=trusted.certificate_logs,
        clock=lambda: pytest.fail("the clock was asked"),
        family=Family.BUNDLE,
    )
    return verifier.verify(signature_of(name), image or Subject.of(b""))


@pytest.mark.parametrize(
    ("name", "made_s", "signer"),
    [
        ("github-actions-v0.1", 1692374735, f"{JS} ({ACTIONS})"),
        ("github-oauth-v0.1", 1668034836, "brian@dehamer.com (https://github.com/login/oauth)"),
    ],
)
def test_what_public_services_vouch_for_is_proved_and_by_no_other_root(
    name: str, made_s: int, signer: str
) -> None:
    found = judged(name, PUBLIC)
    assert isinstance(found, Proof), found
    assert (found.made_s, found.clock, found.signer) == (made_s, "log", signer)
    for other in (STAGING, "other-name"):
        refused = judged(name, other)
        assert isinstance(refused, Refusal)
        assert refused.fault.value == "unrecorded"


def test_an_attestation_of_cosign_s_about_an_image_is_proved() -> None:
    digest = Digest.parse("sha256:732112270d7e59418a8c080b134b24cabd67d250d0d0147a97ed95ba5c280aa4")
    claim = StatementClaim(predicate_type="https://cosign.sigstore.dev/attestation/v1")
    found = judged("cosign-attestation-v0.3", PUBLIC, Subject(content=b"", digest=digest), claim)
    assert isinstance(found, Proof), found
    assert (found.digest, found.made_s, found.clock) == (digest, 1740770291, "log")
    refused = judged("cosign-attestation-v0.3", PUBLIC, Subject.of(b"another image"), claim)
    assert isinstance(refused, Refusal)
    assert refused.fault.value == "other image"


@pytest.mark.parametrize(
    ("identity", "is_good"),
    [
        ({"subject": JS, "issuer": ACTIONS}, True),
        (
            {"subject_pattern": r"https://github\.com/sigstore/.*", "issuer_pattern": r"https://token\..*"},
            True,
        ),
        ({"subject_pattern": r"https://github\.com/sigstore/"}, False),
        ({"subject": JS, "issuer": "https://accounts.google.com"}, False),
        ({"subject": JS.replace("main", "other")}, False),
        ({"email": JS}, False),
    ],
)
def test_whose_certificate_it_is_counts(identity: dict[str, str], is_good: bool) -> None:
    found = judged("github-actions-v0.1", PUBLIC, identity=SignerIdentity(**identity))
    assert isinstance(found, Proof) is is_good, found


def test_a_name_of_another_kind_is_read() -> None:
    members = json.loads((FOLDER / "other-name.json").read_bytes())
    der = b64decode(members["verificationMaterial"]["certificate"]["rawBytes"])
    leaf = load_certificate(der, where="bundle")
    wanted = SignerIdentity(subject="foo!oidc.local", issuer="http://oidc.local:8080")
    assert wanted.check(leaf) == "foo!oidc.local (http://oidc.local:8080)"
    # What was signed is not at hand: the bundle says for which digest it is, and nothing else gets that far.
    refused = judged("other-name", "other-name", Subject.of(b"x"), StatementClaim())
    assert isinstance(refused, Refusal)
    assert (refused.fault.value, "bc103b4a" in refused.reason) == ("other image", True)


# ── keys ──


def by_key(name: str, root: str, content: bytes, claim: Asked, **changes: Any) -> Proof | Refusal:
    key = PublicKey.parse((FOLDER / f"{name}.pub").read_bytes(), where=name)
    verifier = KeyVerifier(
        keys=(TrustedKey(name="k", key=key),),
        claim=claim,
        witnesses=root_of(root).witnesses,
        family=Family.BUNDLE,
    )
    return verifier.verify(signature_of(name), Subject.of(content))


def test_a_document_that_was_signed_with_a_key_and_stamped_is_proved_with_its_time() -> None:
    found = by_key("key-with-timestamp", "key-with-timestamp", b"test content", StatementClaim())
    assert isinstance(found, Proof), found
    assert (found.made_s, found.clock) == (1780595009, "timestamp authority")
    for root, content, fault in (
        ("key-with-timestamp", b"other content", "other image"),
        (PUBLIC, b"test content", "unrecorded"),
    ):
        refused = by_key("key-with-timestamp", root, content, StatementClaim())
        assert isinstance(refused, Refusal)
        assert refused.fault.value == fault


def test_a_signature_of_npm_s_key_is_proved_by_the_log() -> None:
    found = by_key("npm-publish-key", PUBLIC, b"", AnyStatement())
    assert isinstance(found, Proof), found
    assert (found.made_s, found.clock) == (1681839916, "log")
    refused = by_key("npm-publish-key", STAGING, b"", AnyStatement())
    assert isinstance(refused, Refusal)


def test_an_envelope_with_two_signatures_is_none_of_a_bundle() -> None:
    with pytest.raises(ValueError, match="2 signatures"):
        signature_of("two-signatures")
