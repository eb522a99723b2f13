"""What a signature that holds says about an image: which one it is, under which name, and what else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ...errors import NotVerified
from ...frozen import field, frozen
from ...settings.policy import ExactReference, ExactRepository, MatchRepository
from ..identity import matches
from ..verdict import Fault, Proof
from .payload import parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...settings.policy import IdentityMatch
    from ...spec import Digest
    from ..signature import Signature, Subject
    from ..witness import ProvedTime


@frozen(kw_only=True)
class Said:
    """What a signature that holds says about an image.

    Args:
        digest: The image's digest.
        identity: The name that it was signed under; empty where none was signed.
        made_s: When it was made, in seconds since 1970, as the signer says; or None.
        creator: The program that made it, as it says.
        statement: What else is said.
    """

    digest: Digest
    identity: str = ""
    made_s: int | None = None
    creator: str = ""
    statement: Mapping[str, object] = field(default_factory=dict)

    def proof(self, signature: Signature, *, key: str, signer: str, times: Sequence[ProvedTime]) -> Proof:
        """Return what the signature proves, now that everything about it holds.

        Args:
            signature: The signature.
            key: The fingerprint of the key that made it.
            signer: Who vouches for the key.
            times: When it was made, as others say; the first one counts.
        """
        return Proof(
            signature=signature,
            digest=self.digest,
            identity=self.identity,
            key=key,
            signing_key=key,
            made_s=int(times[0].at_s) if times else self.made_s,
            creator=self.creator,
            signer=signer,
            clock=times[0].clock if times else "",
            statement=self.statement,
        )


class Asked(Protocol):
    """What is asked of whatever was signed."""

    def check(self, signature: Signature, subject: Subject) -> Said:
        """Hold what was signed against an image.

        Raises:
            NotVerified: It is about another image, or does not say what is asked for.
            InvalidDocument: It breaks a rule.
        """


@frozen(kw_only=True)
class Claim:
    """What is asked of a signed document.

    Args:
        rule: Which signed names are for the image; None for any.
        annotations: What it has to say beside.
    """

    rule: IdentityMatch | None
    annotations: Mapping[str, str] = field(default_factory=dict)

    def check(self, signature: Signature, subject: Subject) -> Said:
        """Read the document, and hold it against an image; see `Asked`."""
        payload, said = parse(signature.payload, where="signed document")
        if not subject.is_named_by(payload.digest):
            raise NotVerified(
                f"it is for {payload.digest}, not {subject.digest}", fault=Fault.OTHER_IMAGE.value
            )
        if self.rule is not None and not matches(self.rule, payload.identity, subject.name):
            raise NotVerified(
                f"it is for the name {payload.identity[:300]}, not {_wanted(self.rule, subject)}",
                fault=Fault.OTHER_NAME.value,
            )
        for name, value in self.annotations.items():
            if said.get(name) != value:
                raise NotVerified(f"it does not say {name}={value}", fault=Fault.OTHER_CLAIM.value)
        return Said(
            digest=payload.digest,
            identity=payload.identity,
            made_s=payload.timestamp_s,
            creator=payload.creator,
            statement=said,
        )


def _wanted(rule: IdentityMatch, subject: Subject) -> str:
    if isinstance(rule, ExactReference):
        return rule.reference
    if isinstance(rule, ExactRepository):
        return f"one of {rule.repository}"
    named = "an image without a name" if subject.name is None else str(subject.name)
    return f"one of the same repository as {named}" if isinstance(rule, MatchRepository) else named
