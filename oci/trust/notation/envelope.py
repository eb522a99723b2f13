"""An envelope, whichever its form: what was signed, with what, by which certificates.

Reading one proves nothing; `Envelope.check` is what holds its signature against its first certificate.
Whether anybody trusts that certificate is still another question, and `verifier`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...errors import NotVerified
from ...frozen import field, frozen
from ..certificate.rule import load_chain, name_of
from ..verdict import Fault
from .algorithm import algorithm_of, holds
from .attribute import PAYLOAD_TYPE
from .signing_chain import check_signing_chain

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from .attribute import Attributes

MAX_BYTES: Final = 4 * 1024 * 1024
"""Bytes that an envelope may have."""

JWS: Final = "application/jose+json"
"""The media type of a JWS envelope."""
COSE: Final = "application/cose"
"""The media type of a COSE envelope."""


@frozen(kw_only=True)
class Envelope:
    """An envelope that was read.

    Args:
        payload: What was signed, with `attributes`.
        content_type: What the payload says it is.
        algorithm: The algorithm that it names: a name in JWS, a number in COSE.
        attributes: What was signed besides.
        chain: The signer's certificate and its issuers, in DER; not signed.
        signature: The signature.
        signed: The very bytes that it is a signature of.
        timestamp: An RFC 3161 token over the signature, or nothing; not signed.
        agent: The program that made it, as it says; not signed.
    """

    payload: bytes = field(repr=False)
    content_type: str
    algorithm: str | int
    attributes: Attributes
    chain: tuple[bytes, ...] = field(repr=False)
    signature: bytes = field(repr=False)
    signed: bytes = field(repr=False)
    timestamp: bytes = field(default=b"", repr=False)
    agent: str = ""

    def check(self) -> tuple[Certificate, ...]:
        """Find out whether it is what its first certificate signed, and whether the chain keeps to the rules.

        Returns:
            The chain; nobody has said yet that it is trusted, or valid now.

        Raises:
            NotVerified: It is not.
        """
        if self.content_type != PAYLOAD_TYPE:
            shown = self.content_type[:80]
            raise NotVerified(f"it signs {shown!a}, which is not known here", fault=Fault.MALFORMED.value)
        chain = load_chain(self.chain)
        key = chain[0].public_key()
        algorithm = algorithm_of(key)
        if self.algorithm not in {algorithm.jose, algorithm.cose}:
            raise NotVerified(
                f"it says that it is signed with {str(self.algorithm)[:40]!a}, and its key signs with"
                f" {algorithm.jose} alone",
                fault=Fault.MALFORMED.value,
            )
        if not holds(algorithm, key, self.signature, self.signed):
            raise NotVerified(
                f"its signature is not one that {name_of(chain[0])} made of it", fault=Fault.BROKEN.value
            )
        check_signing_chain(chain)
        return chain
