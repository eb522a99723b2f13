"""Verifying cosign's signatures with keys that are trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import InvalidValue, NotVerified, Unsupported
from ...frozen import frozen
from ..signature import Family
from ..verdict import Fault, Proof, refusal_of

if TYPE_CHECKING:
    from ..key.public import PublicKey
    from ..signature import Signature, Subject
    from ..verdict import Refusal
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
        log_keys: Keys of logs, one of which must have recorded the signature; none where none has to.
        family: The family of the signatures: cosign's, or one of those that are signed in the same way.
    """

    keys: tuple[TrustedKey, ...]
    claim: Asked
    log_keys: tuple[PublicKey, ...] = ()
    family: Family = Family.COSIGN

    def verify(self, signature: Signature, subject: Subject) -> Proof | Refusal:
        """Find out what a signature proves."""
        try:
            return self._proof(signature, subject)
        except (NotVerified, InvalidValue, Unsupported) as error:
            return refusal_of(signature, error)

    def _proof(self, signature: Signature, subject: Subject) -> Proof:
        made_by = next(
            (each for each in self.keys if each.key.verifies(signature.envelope, signature.payload)), None
        )
        if made_by is None:
            raise NotVerified(
                "none of the keys that are trusted has made it over this document",
                fault=Fault.WRONG_KEY.value,
            )
        recorded = None
        if self.log_keys:
            from ..log.recording import recorded_s

            recorded = recorded_s(signature, self.log_keys, verifier=made_by.key.spki)
        said = self.claim.check(signature, subject)
        return Proof(
            signature=signature,
            digest=said.digest,
            identity=said.identity,
            key=made_by.key.fingerprint,
            signing_key=made_by.key.fingerprint,
            made_s=said.made_s if recorded is None else recorded,
            creator=said.creator,
            signer=made_by.name,
            clock="" if recorded is None else "log",
            statement=said.statement,
        )
