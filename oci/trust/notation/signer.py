"""Making signatures of the Notary Project with a key and its certificates.

What others would refuse is not made: the chain is held against the same rules, its certificates have to be
valid now, the key has to be the first one's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ... import __version__
from ...errors import InvalidSettings, InvalidValue, NotVerified
from ...frozen import field, frozen
from ..certificate.rule import is_valid_at, load_chain, name_of, thumbprint
from ..signature import Family, KeyHint, Signature, StatedTime
from .algorithm import algorithm_of, sign
from .attribute import Attributes, Scheme
from .cose import CoseDraft
from .envelope import COSE, JWS
from .form import read_envelope
from .jws import JwsDraft
from .payload import target_of, write_payload
from .signing_chain import check_signing_chain
from .trust_store import load_certificates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

    from ..signature import Subject
    from ..timestamp.request import TimestampServer

AGENT: Final = f"ocitool/{__version__}"
"""What envelopes say who made them."""


@frozen(kw_only=True)
class Credential:
    """A key, and the certificates that say whose it is.

    Args:
        key: The private key.
        chain: The certificates in DER, the key's own first, the root last.
    """

    key: PrivateKeyTypes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)


def load_credential(key: bytes, chain: bytes, *, passphrase: bytes | None = None, where: str) -> Credential:
    """Read a key and its certificates.

    Args:
        key: The private key in PEM, encrypted or not.
        chain: The certificates in PEM, from the key's own to the root.
        passphrase: The key's passphrase, or None.
        where: Where they are from, for messages.

    Raises:
        InvalidSettings: They cannot be read, do not belong together, or may not sign images.
    """
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    try:
        private = load_pem_private_key(key, passphrase)
    except (ValueError, TypeError) as error:
        raise InvalidSettings(
            f"{where}: the private key cannot be read",
            path=where,
            hint="it has to be PEM (PKCS #8), and an encrypted one needs its passphrase, and only that",
        ) from error
    encoded = tuple(each.public_bytes(Encoding.DER) for each in load_certificates(chain, where=where))
    try:
        certificates = load_chain(encoded)
        check_signing_chain(certificates)
    except NotVerified as error:
        raise InvalidSettings(f"{where}: {error.message}", path=where) from error
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if private.public_key().public_bytes(*form) != certificates[0].public_key().public_bytes(*form):
        raise InvalidSettings(
            f"{where}: the key is not the one of {name_of(certificates[0])}",
            path=where,
            hint="the certificate of the key comes first, the root last",
        )
    return Credential(key=private, chain=encoded)


@frozen(kw_only=True)
class NotationSigner:
    """Signs with one key.

    Args:
        credential: The key and its chain.
        clock: Tells the seconds since 1970.
        media_type: The envelope's form: `oci.trust.notation.envelope.JWS` or ``COSE``.
        expires_after_s: Seconds after which a signature is not to be used any more, or None.
        metadata: What to sign besides, as annotations of the image.
        stamper: The authority that stamps signatures, or None.
    """

    credential: Credential
    clock: Callable[[], float]
    media_type: str = JWS
    expires_after_s: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    stamper: TimestampServer | None = None

    @property
    def family(self) -> Family:
        """The family of its signatures."""
        return Family.NOTATION

    def sign(self, subject: Subject) -> Signature:
        """Sign an image; see `oci.trust.family.Signer`.

        Raises:
            InvalidValue: It cannot be signed like this, or a certificate is not valid now.
        """
        now_s = int(self.clock())
        chain = load_chain(self.credential.chain)
        for certificate in chain:
            if not is_valid_at(certificate, now_s):
                raise InvalidValue(f"{name_of(certificate)} is not valid now, and signs nothing")
        lifetime_s = self.expires_after_s
        attributes = Attributes(
            scheme=Scheme.X509,
            signed_s=now_s,
            expires_s=None if lifetime_s is None else now_s + lifetime_s,
        )
        payload = write_payload(target_of(subject), self.metadata)
        algorithm = algorithm_of(chain[0].public_key())
        draft: JwsDraft | CoseDraft
        if self.media_type == COSE:
            draft = CoseDraft(payload, algorithm.cose, attributes)
        elif self.media_type == JWS:
            draft = JwsDraft(payload, algorithm.jose, attributes)
        else:
            raise InvalidValue(f"{self.media_type!a} is no form of envelopes")
        made = sign(algorithm, self.credential.key, draft.to_be_signed)
        stamp = b"" if self.stamper is None else self.stamper.token(made)
        envelope = draft.seal(made, self.credential.chain, agent=AGENT, timestamp=stamp)
        read_envelope(envelope, self.media_type).check()
        return Signature(
            family=Family.NOTATION,
            envelope=envelope,
            media_type=self.media_type,
            payload=payload,
            keys=(KeyHint(thumbprint(self.credential.chain[0])),),
            times=(StatedTime(now_s),),
            found_at="made here",
        )
