"""What was found out about the signatures of an image, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .verdict import VERDICT_WORDS, kind_text, verdict_lines, verdict_view

if TYPE_CHECKING:
    from oci.facade.verification import Verification


def verification_view(found: Verification) -> dict[str, object]:
    """Return all of it as JSON has it."""
    return {
        "image": found.image,
        "digest": str(found.digest),
        "mediaType": found.document.media_type,
        "platform": None if found.platform is None else str(found.platform),
        **verdict_view(found.verdict),
    }


def verification_text(found: Verification) -> str:
    """Return it in lines."""
    kind = kind_text(found.document.media_type)
    lines = [f"{found.image}: {VERDICT_WORDS[type(found.verdict)]}: the {kind} {found.digest}"]
    lines += verdict_lines(found.verdict)
    return "".join(f"{line}\n" for line in lines)
