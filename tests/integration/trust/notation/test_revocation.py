"""Revocation, asked of a responder on loopback: OCSP first, then lists; what is not known is not good."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from oci.errors import NotVerified
from oci.serving import Response
from oci.settings import Settings
from oci.testing.scripted_server import ScriptedServer
from oci.trust import Fault, Proof, Refusal
from oci.trust.fetch import MAX_BYTES, HttpFetch
from oci.trust.notation.revocation import Revocation
from oci.trust.notation.trust_store import TrustStore
from oci.trust.notation.verifier import NotationVerifier
from tests.notary import (
    AUTHORITY,
    DAY,
    NOW,
    SUBJECT,
    Party,
    Sketch,
    Wish,
    found,
    issue,
    root,
    statement,
    write_store,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oci.serving import Request


def at(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


class World:
    """A signer whose certificate names a responder and a list, the server that has both, and who asks."""

    def __init__(self, folder: Path, server: ScriptedServer) -> None:
        self.server = server
        self.answers: dict[str, bytes] = {}
        self._folder = folder
        write_store(folder, "ca", "acme", root().certificate)

    async def answer(self, request: Request) -> Response:
        body = self.answers.get("/".join(request.segments))
        return Response(404) if body is None else Response(200, body=body)

    def party(self, *, responders: tuple[str, ...] = (), lists: tuple[str, ...] = (), **more: Any) -> Party:
        url = self.server.url
        wish = Wish(
            responders=tuple(f"{url}/{each}" for each in responders),
            lists=tuple(f"{url}/{each}" for each in lists),
            **more,
        )
        return issue(wish, root())

    def verify(self, party: Party, *, online: bool = True, **verification: Any) -> Proof | Refusal:
        trusted = statement(signatureVerification={"level": "strict", **verification})
        with closing(HttpFetch(Settings())) as fetch:
            revocation = Revocation(fetch if online else None, clock=lambda: NOW)
            verifier = NotationVerifier(
                trusted, TrustStore(self._folder), clock=lambda: NOW, revocation=revocation
            )
            return verifier.verify(found(Sketch(party=party).jws()), SUBJECT)

    def fault_of(self, party: Party, **options: Any) -> tuple[Fault, str] | None:
        outcome = self.verify(party, **options)
        return (outcome.fault, outcome.reason) if isinstance(outcome, Refusal) else None


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made: list[World] = []

    async def application(request: Request) -> Response:
        return await made[0].answer(request)

    with ScriptedServer(application) as server:
        made.append(World(tmp_path, server))
        yield made[0]


def ocsp_answer(
    party: Party,
    status: ocsp.OCSPCertStatus,
    *,
    signer: Party | None = None,
    due: int = NOW + DAY,
    certificates: bool = False,
) -> bytes:
    revoked = status is ocsp.OCSPCertStatus.REVOKED
    signer = signer or root()
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=party.certificate,
        issuer=root().certificate,
        algorithm=hashes.SHA1(),
        cert_status=status,
        this_update=at(NOW - DAY),
        next_update=at(due),
        revocation_time=at(NOW - 100) if revoked else None,
        revocation_reason=x509.ReasonFlags.key_compromise if revoked else None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
    if certificates:
        builder = builder.certificates([signer.certificate])
    made = builder.sign(signer.key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.DER)


GOOD, REVOKED, UNKNOWN = (
    ocsp.OCSPCertStatus.GOOD,
    ocsp.OCSPCertStatus.REVOKED,
    ocsp.OCSPCertStatus.UNKNOWN,
)


def crl(
    *revoked: Party,
    reason: x509.ReasonFlags = x509.ReasonFlags.key_compromise,
    signer: Party | None = None,
    due: int = NOW + DAY,
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (),
    invalid_since: int | None = None,
) -> bytes:
    signer = signer or root()
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root().certificate.subject)
        .last_update(at(due - 2 * DAY))
        .next_update(at(due))
    )
    for each in revoked:
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(each.certificate.serial_number)
            .revocation_date(at(NOW - 100))
            .add_extension(x509.CRLReason(reason), False)
        )
        if invalid_since is not None:
            entry = entry.add_extension(x509.InvalidityDate(at(invalid_since).replace(tzinfo=None)), False)
        builder = builder.add_revoked_certificate(entry.build())
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(signer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def test_a_certificate_that_names_nobody_is_good(world: World) -> None:
    assert world.fault_of(world.party(), online=False) is None


def test_a_responder_says_whether_it_was_revoked(world: World) -> None:
    party = world.party(responders=("ocsp",))
    world.answers["ocsp"] = ocsp_answer(party, GOOD)
    assert world.fault_of(party) is None
    (asked,) = world.server.asked("POST", "/ocsp")
    assert asked.headers.get("content-type") == "application/ocsp-request"
    world.answers["ocsp"] = ocsp_answer(party, REVOKED)
    fault = world.fault_of(party)
    assert fault is not None and fault[0] is Fault.REVOKED
    assert world.fault_of(party, override={"revocation": "skip"}) is None
    proof = world.verify(party, override={"revocation": "log"})
    assert isinstance(proof, Proof) and "was revoked" in proof.warnings[0]


def test_a_responder_that_the_issuer_has_made_one_may_answer(world: World) -> None:
    party = world.party(responders=("ocsp",))
    purposes = (ExtendedKeyUsageOID.OCSP_SIGNING,)
    named = Wish(name="C=US,O=acme,CN=responder", purposes=purposes)
    delegate = issue(named, root())
    world.answers["ocsp"] = ocsp_answer(party, GOOD, signer=delegate, certificates=True)
    assert world.fault_of(party) is None
    for stranger in (
        issue(Wish(name="C=US,O=acme,CN=responder"), root()),
        issue(named),
        issue(Wish(name="C=US,O=acme,CN=responder", purposes=purposes, ends=NOW - 1), root()),
    ):
        world.answers["ocsp"] = ocsp_answer(party, GOOD, signer=stranger, certificates=True)
        fault = world.fault_of(party)
        assert fault is not None
        assert (fault[0], "nobody has signed who may" in fault[1]) == (Fault.UNCHECKED, True)


def test_what_a_responder_does_not_say_is_not_known(world: World) -> None:
    party, other = world.party(responders=("ocsp",)), world.party()
    for answer, says in (
        (ocsp_answer(party, UNKNOWN), "does not know"),
        (ocsp_answer(party, GOOD, due=NOW - 1), "out of date"),
        (ocsp_answer(other, GOOD), "another certificate"),
        (b"\x30\x03\x0a\x01\x03", "says try_later"),
        (b"<html>", "no answer that can be read"),
        (b"", "no answer that can be read"),
    ):
        world.answers["ocsp"] = answer
        fault = world.fault_of(party)
        assert fault is not None and fault[0] is Fault.UNCHECKED
        assert says in fault[1]
    del world.answers["ocsp"]
    fault = world.fault_of(party)
    assert fault is not None and "answers with 404" in fault[1]
    fault = world.fault_of(party, online=False)
    assert fault is not None and "no network" in fault[1]


def test_the_next_responder_is_asked_and_then_the_list(world: World) -> None:
    party = world.party(responders=("gone", "ocsp"), lists=("crl",))
    world.answers["ocsp"] = ocsp_answer(party, GOOD)
    world.answers["crl"] = crl(party)
    assert world.fault_of(party) is None
    del world.answers["ocsp"]
    fault = world.fault_of(party)
    assert fault is not None and fault[0] is Fault.REVOKED
    world.answers["crl"] = crl()
    assert world.fault_of(party) is None


def test_lists_that_do_not_count_make_nothing_good(world: World) -> None:
    party = world.party(lists=("crl",))
    others = x509.IssuingDistributionPoint(
        full_name=None,
        relative_name=None,
        only_contains_user_certs=False,
        only_contains_ca_certs=True,
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    )
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"")
    for answer, says in (
        (crl(signer=issue(AUTHORITY)), "not signed by"),
        (crl(due=NOW - 1), "out of date"),
        (crl(extensions=((others, True),)), "for other certificates"),
        (crl(extensions=((unknown, True),)), "something critical"),
        (crl(extensions=((x509.DeltaCRLIndicator(1), True),)), "change of another list"),
        (crl()[:-1], "can be read"),
        (b"", "can be read"),
    ):
        world.answers["crl"] = answer
        fault = world.fault_of(party)
        assert fault is not None and fault[0] is Fault.UNCHECKED
        assert says in fault[1], fault


def test_changes_of_a_list_are_read_with_it(world: World) -> None:
    party = world.party(lists=("crl",))
    point = x509.DistributionPoint(
        [x509.UniformResourceIdentifier(f"{world.server.url}/delta")], None, None, None
    )
    freshest = ((x509.CRLNumber(5), False), (x509.FreshestCRL([point]), False))
    changes = ((x509.CRLNumber(6), False), (x509.DeltaCRLIndicator(5), True))
    world.answers["crl"] = crl(party, reason=x509.ReasonFlags.certificate_hold, extensions=freshest)
    fault = world.fault_of(party)
    assert fault is not None and fault[0] is Fault.UNCHECKED
    world.answers["delta"] = crl(extensions=changes)
    fault = world.fault_of(party)
    assert fault is not None and fault[0] is Fault.REVOKED
    world.answers["delta"] = crl(party, reason=x509.ReasonFlags.remove_from_crl, extensions=changes)
    assert world.fault_of(party) is None
    later = ((x509.CRLNumber(9), False), (x509.DeltaCRLIndicator(8), True))
    world.answers["delta"] = crl(extensions=later)
    fault = world.fault_of(party)
    assert fault is not None and "not those of the list" in fault[1]


def test_what_existed_before_the_key_was_lost_is_good_still(world: World) -> None:
    party = world.party(lists=("crl",))
    world.answers["crl"] = crl(party, invalid_since=NOW - DAY)
    with closing(HttpFetch(Settings())) as fetch:
        revocation = Revocation(fetch, clock=lambda: NOW)
        revocation.check(party.chain, existed_s=NOW - DAY - 1)
        for existed_s in (NOW - DAY, None):
            with pytest.raises(NotVerified, match="was revoked"):
                revocation.check(party.chain, existed_s=existed_s)


def test_an_intermediate_is_asked_about_too(world: World) -> None:
    authority = Wish(
        name="C=US,ST=WA,O=acme,CN=middle",
        is_authority=True,
        usages=("key_cert_sign",),
        purposes=(),
        lists=(f"{world.server.url}/crl",),
    )
    middle = issue(authority, root())
    world.answers["crl"] = crl(middle)
    fault = world.fault_of(issue(Wish(), middle))
    assert fault is not None and fault[0] is Fault.REVOKED
    assert "CN=middle" in fault[1]


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/crl", "ldap://127.0.0.1/crl", "http://169.254.169.254/crl", "file:///etc/passwd"],
)
def test_only_http_is_spoken_and_never_to_a_metadata_service(url: str, world: World) -> None:
    party = issue(Wish(lists=(url,)), root())
    fault = world.fault_of(party)
    assert fault is not None and fault[0] is Fault.UNCHECKED
    assert "only http" in fault[1] or "may not send us" in fault[1]


def test_nobody_is_asked_whom_a_stranger_names(world: World) -> None:
    stranger = issue(Wish(lists=(f"{world.server.url}/crl",)))
    proof = world.verify(stranger, level="audit")
    assert isinstance(proof, Proof)
    assert any("nobody was asked" in each for each in proof.warnings)
    assert world.server.asked() == []


def test_a_list_that_never_ends_is_not_read_to_its_end(world: World) -> None:
    party = world.party(lists=("crl",))
    world.answers["crl"] = bytes(MAX_BYTES + 1)
    fault = world.fault_of(party)
    assert fault is not None and "limit" in fault[1]
