"""Absent, not asked and invalid are three answers, whatever comes together."""

from __future__ import annotations

from oci.errors import RateLimited
from oci.spec import Digest, Reference
from oci.trust import (
    Absent,
    Family,
    Fault,
    Found,
    Invalid,
    Proof,
    Refusal,
    Signature,
    Subject,
    Unasked,
    Unsettled,
    Unsigned,
    Verified,
)
from oci.trust.family import examine

SUBJECT = Subject.of(b"{}", Reference.parse("r.example/app:1"))
THROTTLED = Unasked("b", RateLimited("throttled", status=429))


def signature(text: str, family: Family = Family.SIMPLE) -> Signature:
    return Signature(family=family, envelope=text.encode(), found_at="a")


class GoodIsGood:
    """A verifier that takes what says so; what it has been shown is remembered."""

    family = Family.SIMPLE

    def __init__(self) -> None:
        self.seen: list[bytes] = []

    def verify(self, found: Signature, subject: Subject) -> Proof | Refusal:
        self.seen.append(found.envelope)
        if found.envelope == b"good":
            return Proof(signature=found, digest=subject.digest, identity="", key="k", signing_key="k")
        return Refusal(signature=found, fault=Fault.BROKEN, reason="bad")


def test_nothing_anywhere_is_unsigned_and_only_that() -> None:
    assert examine([Absent("a"), Absent("b")], GoodIsGood(), SUBJECT) == Unsigned(("a", "b"))
    assert examine([Absent("a"), THROTTLED], GoodIsGood(), SUBJECT) == Unsettled((THROTTLED,))


def test_bad_signatures_are_invalid_unless_a_place_could_not_be_asked() -> None:
    found = Found("a", (signature("bad"),))
    verdict = examine([found, Absent("b")], GoodIsGood(), SUBJECT)
    assert isinstance(verdict, Invalid) and verdict.refused[0].reason == "bad"
    assert isinstance(examine([found, THROTTLED], GoodIsGood(), SUBJECT), Unsettled)


def test_one_good_signature_is_enough_and_the_others_are_told() -> None:
    found = Found("a", (signature("bad"), signature("good"), signature("worse")))
    verdict = examine([found, THROTTLED], GoodIsGood(), SUBJECT)
    assert isinstance(verdict, Verified)
    assert len(verdict.proofs) == 1
    assert [each.signature.envelope for each in verdict.refused] == [b"bad", b"worse"]


def test_signatures_of_other_families_are_not_shown_to_a_verifier() -> None:
    verifier = GoodIsGood()
    examine([Found("a", (signature("good", Family.COSIGN), signature("bad")))], verifier, SUBJECT)
    assert verifier.seen == [b"bad"]


def test_a_subject_is_named_by_digests_of_every_algorithm() -> None:
    assert SUBJECT.is_named_by(Digest.of(b"{}", "sha512"))
    assert SUBJECT.is_named_by(Digest.of(b"{}"))
    assert not SUBJECT.is_named_by(Digest.of(b"[]", "sha512"))
    assert not SUBJECT.is_named_by(Digest.of(b"[]"))


def test_what_cannot_even_be_shown_to_a_verifier_counts_as_refused() -> None:
    lost = Refusal(signature=signature(""), fault=Fault.MALFORMED, reason="too large")
    assert examine([Found("a", (), refused=(lost,))], GoodIsGood(), SUBJECT) == Invalid((lost,))
    other = Refusal(signature=signature("", Family.COSIGN), fault=Fault.MALFORMED, reason="too large")
    assert examine([Found("a", (), refused=(other,))], GoodIsGood(), SUBJECT) == Unsigned(("a",))
    verdict = examine([Found("a", (signature("good"),), refused=(lost,))], GoodIsGood(), SUBJECT)
    assert isinstance(verdict, Verified) and verdict.refused == (lost,)


def test_what_could_not_be_fetched_leaves_it_open_unless_another_is_good() -> None:
    some = Found("a", (signature("bad"),), unread=(THROTTLED,))
    assert isinstance(examine([some], GoodIsGood(), SUBJECT), Unsettled)
    some = Found("a", (signature("good"),), unread=(THROTTLED,))
    assert isinstance(examine([some], GoodIsGood(), SUBJECT), Verified)
