"""What was found out about the signatures of an image, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oci.trust import Invalid, Proof, Refusal, Unsettled, Unsigned, Verified

from .moment import moment_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oci.facade.verification import Verification
    from oci.trust import Verdict

_WORDS = {Verified: "verified", Unsigned: "unsigned", Invalid: "invalid", Unsettled: "unknown"}


def verification_view(found: Verification) -> dict[str, object]:
    """Return all of it as JSON has it."""
    return {
        "image": found.image,
        "digest": str(found.digest),
        "mediaType": found.document.media_type,
        "platform": None if found.platform is None else str(found.platform),
        "verdict": _WORDS[type(found.verdict)],
        "proofs": [_proof_view(each) for each in _proofs(found.verdict)],
        "refused": [
            {
                "foundAt": each.signature.found_at,
                "family": each.signature.family.value,
                "fault": each.fault.value,
                "reason": each.reason,
            }
            for each in _refused(found.verdict)
        ],
        "unasked": [
            {"place": each.place, "reason": each.reason.message}
            for each in (found.verdict.unasked if isinstance(found.verdict, Unsettled) else ())
        ],
    }


def verification_text(found: Verification) -> str:
    """Return it in lines."""
    kind = "index" if "index" in found.document.media_type or "list" in found.document.media_type else "image"
    lines = [f"{found.image}: {_WORDS[type(found.verdict)]}: the {kind} {found.digest}"]
    for proof in _proofs(found.verdict):
        lines += _proof_lines(proof)
    for refusal in _refused(found.verdict):
        lines += [f"  refused  {refusal.signature.family.value}, {refusal.signature.found_at}"]
        lines += [f"    {refusal.fault.value}: {refusal.reason}"]
    if isinstance(found.verdict, Unsettled):
        for place in found.verdict.unasked:
            lines += [f"  not known  {place.place}", f"    {place.reason.message}"]
    return "".join(f"{line}\n" for line in lines)


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
