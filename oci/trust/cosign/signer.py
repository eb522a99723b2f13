"""Making cosign's signatures with a key, alone or with the certificate that was made for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import InvalidReference, InvalidSettings
from ...frozen import field, frozen
from ..signature import CertificateText, Family, Signature, Timestamp
from .payload import encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..key.private import PrivateKey
    from ..signature import Subject
    from ..timestamp.request import TimestampServer


@frozen(kw_only=True)
class CosignSigner:
    """Signs with one key.

    Args:
        key: The key.
        annotations: What else to say about each image.
        identity: The name to sign, in place of the image's.
        certificates: The certificate for the key, and its chain; None to leave it at the key.
        stamper: The authority that stamps signatures, or None.
    """

    key: PrivateKey
    annotations: Mapping[str, object] = field(default_factory=dict)
    identity: str = ""
    certificates: CertificateText | None = None
    stamper: TimestampServer | None = None

    @property
    def family(self) -> Family:
        """The family of its signatures."""
        return Family.COSIGN

    def sign(self, subject: Subject) -> Signature:
        """Sign an image under its name; see `oci.trust.family.Signer`.

        Raises:
            InvalidReference: It has no name.
        """
        if not self.identity and subject.name is None:
            raise InvalidReference(
                "the image has no name to sign", hint="--identity says what the image is to be known as"
            )
        identity = self.identity or str(subject.name)
        payload = encode(subject.digest, identity, self.annotations)
        made = self.key.sign(payload)
        return Signature(
            family=Family.COSIGN,
            envelope=made,
            payload=payload,
            claimed_identity=identity,
            keys=() if self.certificates is None else (self.certificates,),
            times=() if self.stamper is None else (Timestamp(self.stamper.stamp(made)),),
            found_at="made here",
        )


def check_pair(key: PrivateKey, certificates: CertificateText, *, where: str) -> None:
    """Refuse a certificate that is for another key.

    Raises:
        InvalidSettings: It is.
        InvalidDocument: It cannot be read.
    """
    from ..certificate.chain import load_certificates
    from ..key.public import PublicKey

    leaf, *rest = load_certificates(certificates.leaf, where=where)
    if rest:
        raise InvalidSettings(
            f"{where}: more than one certificate", path=where, hint="--chain has the others"
        )
    if PublicKey.of_certificate(leaf, where=where) != key.public:
        raise InvalidSettings(f"{where}: the certificate is for another key", path=where)
