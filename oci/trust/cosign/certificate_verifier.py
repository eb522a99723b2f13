"""Verifying cosign's signatures by certificates: of Fulcio with a log's promise, or of one's own authorities.

A certificate of Fulcio lives for minutes: it has to have been valid when the signature was made, at every
time that a log or a timestamp proves, and never mind the clock. One's own authorities may have nobody to
vouch for times, and then it has to be valid now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding

from ...errors import InvalidDocument, InvalidValue, NotVerified, Unsupported
from ...frozen import field, frozen
from ..certificate.authority import Authority, verify_issued
from ..certificate.chain import load_certificates
from ..certificate.transparency import check_logged
from ..key.public import PublicKey
from ..signature import CertificateText, Family
from ..signed_content import signed_content
from ..verdict import Fault, refusal_of
from ..witness import Witnesses, certificate_times

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.x509 import Certificate

    from ..certificate.identity import SignerIdentity
    from ..log.trusted import TrustedLog
    from ..signature import Signature, Subject
    from ..verdict import Proof, Refusal
    from .claim import Asked


@frozen(kw_only=True)
class CertificateVerifier:
    """Trusts authorities to say whose a key is; implements `oci.trust.family.Verifier`.

    Args:
        authorities: The authorities.
        identity: Whose certificates are accepted.
        claim: What has to have been signed.
        witnesses: Who must vouch for the time; nobody to ask the clock instead.
        certificate_logs: Logs, one of which must have recorded the certificate; None where none has to.
        clock: Tells the seconds since 1970.
        family: The family of the signatures: cosign's, or one of those that are signed in the same way.
    """

    authorities: tuple[Authority, ...]
    identity: SignerIdentity
    claim: Asked
    witnesses: Witnesses = field(default_factory=Witnesses)
    certificate_logs: tuple[TrustedLog, ...] | None = None
    clock: Callable[[], float]
    family: Family = Family.COSIGN

    def verify(self, signature: Signature, subject: Subject) -> Proof | Refusal:
        """Find out what a signature proves."""
        try:
            return self._proof(signature, subject)
        except (NotVerified, InvalidValue, Unsupported) as error:
            return refusal_of(signature, error)

    def _proof(self, signature: Signature, subject: Subject) -> Proof:
        leaf, brought = _certificates(signature)
        content = signed_content(signature, subject)
        times = certificate_times(
            self.witnesses, signature, content=content, verifier=leaf.public_bytes(Encoding.DER)
        )
        for at_s in [each.at_s for each in times] or [self.clock()]:
            chain = verify_issued(leaf, brought, self.authorities, at_s=at_s)
            if self.certificate_logs is not None:
                check_logged(chain, self.certificate_logs)
        signer = self.identity.check(leaf)
        key = PublicKey.of_certificate(leaf, where="certificate")
        if not key.verifies(signature.envelope, content):
            raise NotVerified("its certificate's key has not made it", fault=Fault.BROKEN.value)
        said = self.claim.check(signature, subject)
        return said.proof(signature, key=key.fingerprint, signer=signer, times=times)


def _certificates(signature: Signature) -> tuple[Certificate, tuple[Certificate, ...]]:
    text = next((each for each in signature.keys if isinstance(each, CertificateText)), None)
    if text is None:
        raise NotVerified("it comes without a certificate", fault=Fault.WRONG_KEY.value)
    leaf, *rest = load_certificates(text.leaf, where="certificate")
    if rest:
        raise InvalidDocument("it comes with more than one certificate in place of one")
    return leaf, load_certificates(text.chain, where="chain") if text.chain else ()
