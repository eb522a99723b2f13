"""Verifying cosign's signatures by certificates: of Fulcio with a log's promise, or of one's own authorities.

A certificate of Fulcio lives for minutes; it has to have been valid when the log took the signature. One's
own authorities have no log, and then it has to be valid now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding

from ...errors import InvalidDocument, InvalidValue, NotVerified, Unsupported
from ...frozen import frozen
from ..certificate.chain import load_certificates, verify_chain
from ..key.public import PublicKey
from ..log.recording import recorded_s
from ..signature import CertificateText, Family
from ..verdict import Fault, Proof, refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.x509 import Certificate

    from ..certificate.identity import SignerIdentity
    from ..signature import Signature, Subject
    from ..verdict import Refusal
    from .claim import Asked


@frozen(kw_only=True)
class CertificateVerifier:
    """Trusts authorities to say whose a key is; implements `oci.trust.family.Verifier`.

    Args:
        roots: The authorities.
        between: Authorities beneath them that signatures need not bring along.
        identity: Whose certificates are accepted.
        claim: What has to have been signed.
        log_keys: Keys of logs, one of which must have recorded the signature; none to ask the clock instead.
        clock: Tells the seconds since 1970.
        family: The family of the signatures: cosign's, or one of those that are signed in the same way.
    """

    roots: tuple[Certificate, ...]
    between: tuple[Certificate, ...] = ()
    identity: SignerIdentity
    claim: Asked
    log_keys: tuple[PublicKey, ...] = ()
    clock: Callable[[], float]
    family: Family = Family.COSIGN

    def verify(self, signature: Signature, subject: Subject) -> Proof | Refusal:
        """Find out what a signature proves."""
        try:
            return self._proof(signature, subject)
        except (NotVerified, InvalidValue, Unsupported) as error:
            return refusal_of(signature, error)

    def _proof(self, signature: Signature, subject: Subject) -> Proof:
        leaf, chain = _certificates(signature)
        recorded = None
        if self.log_keys:
            recorded = recorded_s(signature, self.log_keys, verifier=leaf.public_bytes(Encoding.DER))
            if recorded is None:
                raise NotVerified(
                    "a log has it, and nothing that is trusted says since when",
                    fault=Fault.UNRECORDED.value,
                )
        at_s = self.clock() if recorded is None else recorded
        verify_chain(leaf, (*chain, *self.between), self.roots, at_s=at_s)
        signer = self.identity.check(leaf)
        key = PublicKey.of_certificate(leaf, where="certificate")
        if not key.verifies(signature.envelope, signature.payload):
            raise NotVerified("its certificate's key has not made it", fault=Fault.BROKEN.value)
        said = self.claim.check(signature, subject)
        return Proof(
            signature=signature,
            digest=said.digest,
            identity=said.identity,
            key=key.fingerprint,
            signing_key=key.fingerprint,
            made_s=said.made_s if recorded is None else recorded,
            creator=said.creator,
            signer=signer,
            clock="" if recorded is None else "log",
            statement=said.statement,
        )


def _certificates(signature: Signature) -> tuple[Certificate, tuple[Certificate, ...]]:
    text = next((each for each in signature.keys if isinstance(each, CertificateText)), None)
    if text is None:
        raise NotVerified("it comes without a certificate", fault=Fault.WRONG_KEY.value)
    leaf, *rest = load_certificates(text.leaf, where="certificate")
    if rest:
        raise InvalidDocument("it comes with more than one certificate in place of one")
    return leaf, load_certificates(text.chain, where="chain") if text.chain else ()
