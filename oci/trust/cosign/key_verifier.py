"""Verifying cosign's signatures with keys that are trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import InvalidValue, NotVerified, Unsupported
from ...frozen import field, frozen
from ..signature import Family
from ..signed_content import signed_content
from ..verdict import Fault, refusal_of
from ..witness import Witnesses

if TYPE_CHECKING:
    from ..key.public import PublicKey
    from ..signature import Signature, Subject
    from ..verdict import Proof, Refusal
    from .claim import Asked


@frozen(kw_only=True)
class TrustedKey:
    """A key, and where it was read.

    Args:
        name: The file, or what else people know it by.
        key: The key.
    """

    name: str
    key: PublicKey


@frozen(kw_only=True)
class KeyVerifier:
    """Trusts keys; implements `oci.trust.family.Verifier`.

    Args:
        keys: The keys, any of which will do.
        claim: What has to have been signed.
        witnesses: Who must vouch for the signature, if anybody.
        family: The family of the signatures: cosign's, or one of those that are signed in the same way.
    """

    keys: tuple[TrustedKey, ...]
    claim: Asked
    witnesses: Witnesses = field(default_factory=Witnesses)
    family: Family = Family.COSIGN

    def verify(self, signature: Signature, subject: Subject) -> Proof | Refusal:
        """Find out what a signature proves."""
        try:
            return self._proof(signature, subject)
        except (NotVerified, InvalidValue, Unsupported) as error:
            return refusal_of(signature, error)

    def _proof(self, signature: Signature, subject: Subject) -> Proof:
        content = signed_content(signature, subject)
        made_by = next((each for each in self.keys if each.key.verifies(signature.envelope, content)), None)
        if made_by is None:
            raise NotVerified(
                "none of the keys that are trusted has made it over this document",
                fault=Fault.WRONG_KEY.value,
            )
        times = self.witnesses.times(signature, content=content, verifier=made_by.key.spki)
        said = self.claim.check(signature, subject)
        return said.proof(signature, key=made_by.key.fingerprint, signer=made_by.name, times=times)
