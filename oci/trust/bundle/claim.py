"""What a statement has to say about an image to prove what is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import NotVerified
from ...frozen import field, frozen
from ..cosign.claim import Said
from ..statement import SIGNED, Statement
from ..verdict import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..signature import Signature, Subject


@frozen(kw_only=True)
class StatementClaim:
    """What is asked of statements.

    Args:
        predicate_type: What kind of thing has to be said; empty for any attestation, which is any kind but
            the one that only signs.
        annotations: What has to be said beside, about the image.
    """

    predicate_type: str = SIGNED
    annotations: Mapping[str, str] = field(default_factory=dict)

    def check(self, signature: Signature, subject: Subject) -> Said:
        """Read the statement, and hold it against an image.

        Raises:
            NotVerified: It is about another image, or of another kind.
            InvalidDocument: It is none.
        """
        if signature.is_of_document:
            return self._of_document(subject)
        statement = Statement.in_signed(signature.payload, where="statement")
        found = statement.subject_of(subject)
        kind = statement.predicate_type
        if self.predicate_type not in {"", kind} or (not self.predicate_type and kind == SIGNED):
            raise NotVerified(f"it is a statement of the kind {kind[:200]!a}", fault=Fault.OTHER_CLAIM.value)
        for name, value in self.annotations.items():
            if found.annotations.get(name) != value:
                raise NotVerified(f"it does not say {name}={value}", fault=Fault.OTHER_CLAIM.value)
        said: dict[str, object] = dict(found.annotations)
        if kind != SIGNED:
            said = {"predicateType": kind, "predicate": dict(statement.predicate)}
        return Said(digest=found.digest, statement=said)

    def _of_document(self, subject: Subject) -> Said:
        """Return what a signature of the document says, without a statement: that it is signed."""
        if self.predicate_type != SIGNED or self.annotations:
            raise NotVerified("it signs the image and says nothing about it", fault=Fault.OTHER_CLAIM.value)
        return Said(digest=subject.digest)
