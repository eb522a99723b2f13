"""notation verifies what we sign, and we verify what it signs: both forms, every kind of key."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from oci.errors import InvalidSettings
from oci.facade.place import Context, Places
from oci.settings import Security, Settings
from oci.transports.name import ImageName
from oci.trust import Fault, Invalid, Subject, Verified
from oci.trust.family import examine
from oci.trust.notation.envelope import COSE, JWS
from oci.trust.notation.shelf import attach_signature, notation_shelf
from oci.trust.notation.signer import NotationSigner
from oci.trust.notation.trust_policy import parse_trust_policy
from oci.trust.notation.trust_store import TrustStore
from oci.trust.notation.verifier import NotationVerifier
from tests.interop.material import IMAGE
from tests.interop.notation import Notation
from tests.notary import AUTHORITY, DAY, Wish, issue, new_key, write_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from oci.content import Sink
    from oci.trust import Verdict
    from tests.interop.client import Crane
    from tests.notary import Party

pytestmark = pytest.mark.interop

FORMS = {"jws": JWS, "cose": COSE}
KINDS = ("RSA-2048", "RSA-3072", "EC-256", "EC-384", "EC-521")


class Exchange:
    """An image in a registry, a signer, and notation, which shares trust policy and trust store with ours.

    Args:
        reference: The image's repository.
        notation: Their program.
        party: Who signs.
        authority: Whose certificates are trusted.
    """

    def __init__(self, reference: str, notation: Notation, party: Party, authority: Party) -> None:
        self.image = f"{reference}@{IMAGE.digest}"
        self.notation = notation
        self.party = party
        self._repository = reference
        write_store(notation.trust_store, "ca", "acme", authority.certificate)
        notation.add_key(party)
        self.trust("x509.subject: C=US, ST=WA, O=acme")

    def trust(self, identity: str, **verification: object) -> None:
        self._policy = self.notation.set_policy(
            {
                "name": "tests",
                "registryScopes": [self._repository],
                "signatureVerification": {"level": "strict", **verification},
                "trustStores": ["ca:acme"],
                "trustedIdentities": [identity],
            }
        )

    def sign(self, places: Places, form: str, *, expires_after_s: int | None = None) -> None:
        signer = NotationSigner(
            credential=self.party.credential,
            clock=time.time,
            media_type=form,
            expires_after_s=expires_after_s,
            metadata={"build": "<7> & more"},
        )
        attach_signature(self._sink(places), IMAGE.root, signer.sign(self.subject))

    def verify(self, places: Places) -> Verdict:
        policy = parse_trust_policy(self._policy.read_bytes(), path=str(self._policy))
        verifier = NotationVerifier(
            policy.statement_for(self._repository),
            TrustStore(self.notation.trust_store),
            clock=time.time,
        )
        reading = notation_shelf(self._sink(places)).read(self.subject)
        return examine([reading], verifier, self.subject)

    @property
    def subject(self) -> Subject:
        return Subject.of(IMAGE.raw)

    def _sink(self, places: Places) -> Sink:
        return places.sink(ImageName.parse(f"docker://{self.image}"))


@pytest.fixture
def places() -> Iterator[Places]:
    with Places(Context(settings=Settings(security=Security.PLAIN))) as opened:
        yield opened


@pytest.fixture
def exchange(
    repository: str, tool: Callable[[str], Path], crane: Crane, tmp_path: Path, request: pytest.FixtureRequest
) -> Exchange:
    IMAGE.write_to(tmp_path / "layout", "v1")
    crane.push(tmp_path / "layout", "v1", f"{repository}:v1")
    now = int(time.time())
    kind = getattr(request, "param", "EC-256")
    above = replace(AUTHORITY, begins=now - DAY, ends=now + DAY)
    authority = issue(above)
    middle = issue(replace(above, name="C=US,ST=WA,O=acme,CN=middle"), authority)
    party = issue(Wish(begins=now - DAY, ends=now + DAY), middle, key=new_key(kind))
    return Exchange(repository, Notation(tool("notation"), tmp_path / "config"), party, authority)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("exchange", KINDS, indirect=True)
def test_they_verify_what_we_sign(exchange: Exchange, places: Places, form: str) -> None:
    exchange.sign(places, FORMS[form])
    good = exchange.notation.verify(exchange.image)
    assert good.returncode == 0, good.stderr
    assert "<7> & more" in good.stdout
    exchange.trust("x509.subject: C=US, ST=WA, O=others")
    assert exchange.notation.verify(exchange.image).returncode != 0


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("exchange", KINDS, indirect=True)
def test_we_verify_what_they_sign(exchange: Exchange, places: Places, form: str) -> None:
    exchange.notation.sign(exchange.image, form, "--user-metadata", "build=7")
    verdict = exchange.verify(places)
    assert isinstance(verdict, Verified)
    (proof,) = verdict.proofs
    assert proof.digest == IMAGE.digest and proof.creator.startswith("notation-go/")
    exchange.trust("x509.subject: C=US, ST=WA, O=others")
    assert isinstance(exchange.verify(places), Invalid)


def test_both_stop_at_a_signature_that_has_expired(exchange: Exchange, places: Places) -> None:
    # Left to itself notation writes a list under the fallback tag, and does not look there where a registry
    # has the API: olareg loses such a list, so that it would not find what it has signed itself.
    exchange.notation.sign(exchange.image, "jws", "--expiry", "1s", "--force-referrers-tag=false")
    exchange.sign(places, COSE, expires_after_s=1)
    last = int(time.time()) + 1
    while time.time() <= last:  # what is waited for is the time itself
        time.sleep(0.1)
    theirs = exchange.notation.verify(exchange.image)
    assert theirs.returncode != 0 and "expired" in theirs.stderr
    verdict = exchange.verify(places)
    assert isinstance(verdict, Invalid)
    assert [each.fault for each in verdict.refused] == [Fault.EXPIRED] * 2
    exchange.trust("x509.subject: C=US, ST=WA, O=acme", override={"expiry": "log"})
    assert exchange.notation.verify(exchange.image).returncode == 0
    assert isinstance(exchange.verify(places), Verified)


def test_both_refuse_a_policy_with_overlapping_identities(exchange: Exchange, places: Places) -> None:
    exchange.sign(places, JWS)
    policy = exchange.notation.config / "trustpolicy.json"
    identities = '["x509.subject: C=US, ST=WA, O=acme", "x509.subject: C=US, ST=WA, O=acme, OU=x"]'
    text = policy.read_text(encoding="ascii").replace('["x509.subject: C=US, ST=WA, O=acme"]', identities)
    policy.write_text(text, encoding="ascii")
    theirs = exchange.notation.verify(exchange.image)
    assert theirs.returncode != 0 and "overlap" in theirs.stderr
    with pytest.raises(InvalidSettings, match="overlap"):
        exchange.verify(places)
