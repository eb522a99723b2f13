"""What was found out by looking at signatures, for people and programs: what all such views share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from oci.trust import Invalid, Proof, Refusal, Unsettled, Unsigned, Verified

from .moment import moment_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from oci.trust import Verdict

VERDICT_WORDS: Final[Mapping[type[Verdict], str]] = {
    Verified: "verified",
    Unsigned: "unsigned",
    Invalid: "invalid",
    Unsettled: "unknown",
}


def verdict_view(verdict: Verdict) -> dict[str, object]:
    """Return all of it as JSON has it."""
    return {
        "verdict": VERDICT_WORDS[type(verdict)],
        "proofs": [_proof_view(each) for each in _proofs(verdict)],
        "refused": [
            {
                "foundAt": each.signature.found_at,
                "family": each.signature.family.value,
                "fault": each.fault.value,
                "reason": each.reason,
            }
            for each in _refused(verdict)
        ],
        "unasked": [
            {"place": each.place, "reason": each.reason.message}
            for each in (verdict.unasked if isinstance(verdict, Unsettled) else ())
        ],
    }


def verdict_lines(verdict: Verdict) -> Iterator[str]:
    """Yield it in lines: each signature, and each place that could not be asked."""
    for proof in _proofs(verdict):
        yield from _proof_lines(proof)
    for refusal in _refused(verdict):
        yield f"  refused  {refusal.signature.family.value}, {refusal.signature.found_at}"
        yield f"    {refusal.fault.value}: {refusal.reason}"
    if isinstance(verdict, Unsettled):
        for place in verdict.unasked:
            yield f"  not known  {place.place}"
            yield f"    {place.reason.message}"


def kind_text(media_type: str) -> str:
    """Return what people call a document of a media type."""
    return "index" if "index" in media_type or "list" in media_type else "image"


def _proof_view(proof: Proof) -> dict[str, object]:
    return {
        "foundAt": proof.signature.found_at,
        "family": proof.signature.family.value,
        "digest": str(proof.digest),
        "identity": proof.identity,
        "key": proof.key,
        "signer": proof.signer,
        "time": moment_text(proof.made_s),
        "timeFrom": _clock(proof),
        "statement": dict(proof.statement),
        "warnings": list(proof.warnings),
    }


def _proof_lines(proof: Proof) -> Iterable[str]:
    yield f"  proved  {proof.signature.family.value}, {proof.signature.found_at}"
    yield f"    by    {proof.signer} (key {proof.key})" if proof.signer else f"    by    key {proof.key}"
    if proof.identity:
        yield f"    as    {proof.identity}"
    time = moment_text(proof.made_s)
    yield "    when  not stated" if time is None else f"    when  {time}, as the {_clock(proof)} says"
    for warning in proof.warnings:
        yield f"    but   {warning}"
    for name, value in proof.statement.items():
        yield f"    says  {name}={value}"


def _clock(proof: Proof) -> str:
    return "" if proof.made_s is None else proof.clock or "signer"


def _proofs(verdict: Verdict) -> tuple[Proof, ...]:
    return verdict.proofs if isinstance(verdict, Verified) else ()


def _refused(verdict: Verdict) -> tuple[Refusal, ...]:
    return () if isinstance(verdict, Unsigned) else verdict.refused
