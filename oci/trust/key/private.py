"""Private keys: made, read from what other programs wrote, and signed with."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from ...errors import InvalidSettings
from ...frozen import field, frozen
from .public import MAX_PEM_BYTES, PublicKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

_RSA_BITS: Final = 3072
_RSA_EXPONENT: Final = 65_537

_Key: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


class KeyKind(enum.Enum):
    """Kinds of keys that can be made."""

    ECDSA = "ecdsa"
    """Over P-256: what everybody can verify."""
    RSA = "rsa"
    """With 3072 bits."""
    ED25519 = "ed25519"


@frozen
class PrivateKey:
    """A key that somebody signs with; made by `generate` or `load`.

    Args:
        key: The key.
        public: The public key of the pair.
    """

    key: _Key = field(compare=False, repr=False)
    public: PublicKey

    @classmethod
    def generate(cls, kind: KeyKind = KeyKind.ECDSA) -> PrivateKey:
        """Make a new key."""
        match kind:
            case KeyKind.ECDSA:
                return cls.of(ec.generate_private_key(ec.SECP256R1()), where="new key")
            case KeyKind.RSA:
                return cls.of(rsa.generate_private_key(_RSA_EXPONENT, _RSA_BITS), where="new key")
            case KeyKind.ED25519:
                return cls.of(ed25519.Ed25519PrivateKey.generate(), where="new key")

    @classmethod
    def of(cls, key: PrivateKeyTypes, *, where: str) -> PrivateKey:
        """Return a key that was read already.

        Raises:
            InvalidSettings: It is of a kind that is not safe, or that nobody signs images with.
        """
        if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey):
            raise InvalidSettings(f"{where}: a key of a kind that signs no images", path=where)
        return cls(key, PublicKey.of(key.public_key(), where=where))

    @classmethod
    def load_der(cls, der: bytes, *, where: str) -> PrivateKey:
        """Read a key in PKCS #8, without a password.

        Raises:
            InvalidSettings: It is none.
        """
        try:
            return cls.of(serialization.load_der_private_key(der, None), where=where)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            if isinstance(error, InvalidSettings):
                raise
            raise InvalidSettings(f"{where}: no private key is in it", path=where) from error

    @classmethod
    def load_pem(cls, pem: bytes, password: bytes | None = None, *, where: str) -> PrivateKey:
        """Read a key in PKCS #1, PKCS #8 or SEC 1, as OpenSSL writes them.

        Args:
            pem: The file's bytes.
            password: The file's password, or None where it has none.
            where: Where it was read, for messages.

        Raises:
            InvalidSettings: There is no such key in it, or the password is wrong or missing.
        """
        hint = "a key in PEM (PKCS #1, PKCS #8 or SEC 1) is needed, and its password where it has one"
        if len(pem) > MAX_PEM_BYTES:
            raise InvalidSettings(f"{where}: too large for a private key", path=where, hint=hint)
        try:
            return cls.of(serialization.load_pem_private_key(pem, password), where=where)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            if isinstance(error, InvalidSettings):
                raise
            raise InvalidSettings(
                f"{where}: the private key cannot be read", path=where, hint=hint
            ) from error

    @property
    def pkcs8(self) -> bytes:
        """The key in PKCS #8, without a password."""
        return self.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def sign(self, content: bytes) -> bytes:
        """Sign some bytes, so that `PublicKey.verifies` holds."""
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return self.key.sign(content, ec.ECDSA(hashes.SHA256()))
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(content, padding.PKCS1v15(), hashes.SHA256())
        return self.key.sign(content)
