"""Public keys, and what a signature has to be for each kind of them.

ECDSA over P-256, P-384 and P-521, RSA with PKCS #1 v1.5, Ed25519. The hash is SHA-256, as sigstore signs
everything, or the one that fits the curve. Signatures are DER (ECDSA) or the bare number.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from ...errors import InvalidSettings
from ...frozen import field, frozen

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
    from cryptography.x509 import Certificate

MIN_RSA_BITS: Final = 2048
MAX_RSA_BITS: Final = 16_384
MAX_PEM_BYTES: Final = 64 * 1024
"""Bytes that a file with a key may have."""

_ONE_KEY: Final = re.compile(
    rb"\s*-----BEGIN (PUBLIC KEY|RSA PUBLIC KEY)-----[A-Za-z0-9+/=\s]+-----END \1-----\s*", re.ASCII
)
_CURVES: Final = {
    "secp256r1": (hashes.SHA256(),),
    "secp384r1": (hashes.SHA256(), hashes.SHA384()),
    "secp521r1": (hashes.SHA256(), hashes.SHA512()),
}

_Key: TypeAlias = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey


@frozen
class PublicKey:
    """A key of a kind that is safe; made by `parse`, `of` or `of_certificate`.

    Args:
        key: The key.
        spki: Its SubjectPublicKeyInfo, in DER.
    """

    key: _Key = field(compare=False, repr=False)
    spki: bytes = field(repr=False)

    @classmethod
    def parse(cls, pem: bytes, *, where: str) -> PublicKey:
        """Read a file with one key.

        Args:
            pem: The file's bytes.
            where: Where it was read, for messages.

        Raises:
            InvalidSettings: It is not one key of a kind that is safe.
        """
        if len(pem) > MAX_PEM_BYTES or not _ONE_KEY.fullmatch(pem):
            raise InvalidSettings(
                f"{where}: not one public key in PEM",
                path=where,
                hint="a file that begins with BEGIN PUBLIC KEY is needed",
            )
        try:
            key = serialization.load_pem_public_key(pem)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise InvalidSettings(f"{where}: the public key cannot be read", path=where) from error
        return cls.of(key, where=where)

    @classmethod
    def of(cls, key: PublicKeyTypes, *, where: str) -> PublicKey:
        """Return a key that was read already.

        Raises:
            InvalidSettings: It is of a kind that is not safe, or that nobody signs images with.
        """
        match key:
            case ec.EllipticCurvePublicKey() if key.curve.name in _CURVES:
                pass
            case rsa.RSAPublicKey() if MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
                pass
            case ed25519.Ed25519PublicKey():
                pass
            case _:
                raise InvalidSettings(f"{where}: a key that signs no images: {_described(key)}", path=where)
        spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return cls(key, spki)

    @classmethod
    def of_certificate(cls, certificate: Certificate, *, where: str) -> PublicKey:
        """Return the key that a certificate is for.

        Raises:
            InvalidSettings: It is of a kind that is not safe, or that nobody signs images with.
        """
        try:
            key = certificate.public_key()
        except (ValueError, UnsupportedAlgorithm) as error:
            raise InvalidSettings(f"{where}: the certificate's key cannot be read", path=where) from error
        return cls.of(key, where=where)

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of its SubjectPublicKeyInfo, in hex."""
        return hashlib.sha256(self.spki).hexdigest()

    @property
    def pem(self) -> bytes:
        """The key as ``cosign.pub`` has it."""
        return self.key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def verifies(self, signature: bytes, content: bytes) -> bool:
        """Tell whether a signature was made by this key over some bytes."""
        return any(self._holds(signature, content, each) for each in self._hashes())

    def _hashes(self) -> tuple[hashes.HashAlgorithm, ...]:
        if isinstance(self.key, ec.EllipticCurvePublicKey):
            return _CURVES[self.key.curve.name]
        return (hashes.SHA256(),)

    def _holds(self, signature: bytes, content: bytes, algorithm: hashes.HashAlgorithm) -> bool:
        try:
            if isinstance(self.key, ec.EllipticCurvePublicKey):
                self.key.verify(signature, content, ec.ECDSA(algorithm))
            elif isinstance(self.key, rsa.RSAPublicKey):
                self.key.verify(signature, content, padding.PKCS1v15(), algorithm)
            else:
                self.key.verify(signature, content)
        except InvalidSignature:
            return False
        return True


def _described(key: object) -> str:
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA with {key.key_size} bits"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"the curve {key.curve.name}"
    return type(key).__name__.lstrip("_")
