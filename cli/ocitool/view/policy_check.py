"""What a policy makes of an image: each document, each requirement, and the signatures that prove it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from oci.settings.policy import (
    AcceptAnything,
    DigestOnlySigned,
    NotationSigned,
    Reject,
    SignedBy,
    SigstoreSigned,
)

from .verdict import VERDICT_WORDS, kind_text, verdict_lines, verdict_view

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from oci import PolicyCheck
    from oci.settings.policy import Requirement
    from oci.trust.policy import Answer, Judgement

_TYPES: Final[Mapping[type[Requirement], str]] = {
    AcceptAnything: "insecureAcceptAnything",
    Reject: "reject",
    SignedBy: "signedBy",
    SigstoreSigned: "sigstoreSigned",
    NotationSigned: "notationSigned",
    DigestOnlySigned: "digestOnlySigned",
}


def policy_check_view(found: PolicyCheck) -> dict[str, object]:
    """Return all of it as JSON has it."""
    return {
        "image": found.image,
        "digest": str(found.document.digest),
        "mediaType": found.document.media_type,
        "platform": None if found.platform is None else str(found.platform),
        "accepted": found.is_accepted,
        "proved": found.is_proved,
        "scope": None if found.ruling is None else found.ruling.key,
        "reason": None if found.refusal is None else found.refusal.message,
        "documents": [
            {
                "digest": str(each.subject.digest),
                "accepted": each.is_accepted,
                "requirements": [_answer_view(answer) for answer in each.answers],
            }
            for each in found.judgements
        ],
    }


def policy_check_text(found: PolicyCheck) -> str:
    """Return it in lines."""
    return "".join(f"{line}\n" for line in _lines(found))


def _lines(found: PolicyCheck) -> Iterator[str]:
    word = "accepted" if found.is_accepted else "rejected"
    if found.is_accepted and not found.is_proved:
        word = "accepted, and nothing is proved"
    scope = "" if found.ruling is None else f", by {found.ruling.key}"
    kind = kind_text(found.document.media_type)
    yield f"{found.image}: {word}: the {kind} {found.document.digest}{scope}"
    for judgement in found.judgements:
        yield from _judgement_lines(judgement)


def _judgement_lines(judgement: Judgement) -> Iterator[str]:
    yield f"  {judgement.subject.digest}: {'accepted' if judgement.is_accepted else 'not accepted'}"
    for answer in judgement.answers:
        yield f"    {_type_of(answer)}: {_word_of(answer)}"
        if answer.verdict is not None:
            yield from (f"    {line}" for line in verdict_lines(answer.verdict))


def _answer_view(answer: Answer) -> dict[str, object]:
    verdict = {} if answer.verdict is None else verdict_view(answer.verdict)
    return {"type": _type_of(answer), "holds": answer.holds, **verdict}


def _type_of(answer: Answer) -> str:
    return _TYPES[type(answer.requirement)]


def _word_of(answer: Answer) -> str:
    if answer.verdict is not None:
        return VERDICT_WORDS[type(answer.verdict)]
    return "holds" if answer.holds else "does not hold"
