"""Which algorithm a key signs with: the key decides, never what an envelope says.

Signature specification, "Algorithm Selection". There are six, and no choice: a modulus of another length,
another curve, another kind of key, PKCS #1 v1.5, a MAC or ``none`` do not exist here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...errors import NotVerified
from ...frozen import frozen
from ..verdict import Fault

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
    from cryptography.hazmat.primitives.hashes import HashAlgorithm


@frozen
class Algorithm:
    """One way of signing.

    Args:
        jose: Its name in JWS (RFC 7518, section 3.1).
        cose: Its number in COSE (RFC 9053, section 2).
        hash_name: The hash, as hashlib names it.
        curve: The curve's name; empty for RSA.
        key_bits: The length of modulus or curve.
    """

    jose: str
    cose: int
    hash_name: str
    curve: str
    key_bits: int

    @property
    def number_bytes(self) -> int:
        """Bytes of each of the two numbers of an ECDSA signature."""
        return (self.key_bits + 7) // 8


ALGORITHMS: Final = (
    Algorithm("PS256", -37, "sha256", "", 2048),
    Algorithm("PS384", -38, "sha384", "", 3072),
    Algorithm("PS512", -39, "sha512", "", 4096),
    Algorithm("ES256", -7, "sha256", "secp256r1", 256),
    Algorithm("ES384", -35, "sha384", "secp384r1", 384),
    Algorithm("ES512", -36, "sha512", "secp521r1", 521),
)
"""All that there are."""


def algorithm_of(key: PublicKeyTypes) -> Algorithm:
    """Return the algorithm that a key signs with.

    Raises:
        NotVerified: Keys like this do not sign.
    """
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    if isinstance(key, RSAPublicKey):
        curve, shown = "", f"RSA keys of {key.key_size} bits"
    elif isinstance(key, EllipticCurvePublicKey):
        curve, shown = key.curve.name, f"keys on the curve {key.curve.name}"
    else:
        curve, shown = "none", f"keys of the kind {type(key).__name__}"
    for each in ALGORITHMS:
        if each.curve == curve and (each.curve or each.key_bits == getattr(key, "key_size", 0)):
            return each
    raise NotVerified(f"{shown} do not sign images", fault=Fault.WEAK.value)


def holds(algorithm: Algorithm, key: PublicKeyTypes, signature: bytes, signed: bytes) -> bool:
    """Tell whether a signature is one of these bytes.

    Args:
        algorithm: What `algorithm_of` says of the key.
        key: The key.
        signature: As it stands in an envelope: for ECDSA both numbers one after the other.
        signed: What was signed.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    try:
        if isinstance(key, RSAPublicKey):
            key.verify(signature, signed, _padding(algorithm), _hash(algorithm))
            return True
        if isinstance(key, EllipticCurvePublicKey) and len(signature) == 2 * algorithm.number_bytes:
            first, second = signature[: algorithm.number_bytes], signature[algorithm.number_bytes :]
            pair = encode_dss_signature(int.from_bytes(first, "big"), int.from_bytes(second, "big"))
            key.verify(pair, signed, ECDSA(_hash(algorithm)))
            return True
    except InvalidSignature:
        return False
    return False


def sign(algorithm: Algorithm, key: PrivateKeyTypes, content: bytes) -> bytes:
    """Sign bytes.

    Args:
        algorithm: What `algorithm_of` says of the key's public half.
        key: The key.
        content: The bytes.

    Returns:
        The signature as it stands in an envelope.
    """
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    if isinstance(key, RSAPrivateKey):
        return key.sign(content, _padding(algorithm), _hash(algorithm))
    if isinstance(key, EllipticCurvePrivateKey):
        pair = decode_dss_signature(key.sign(content, ECDSA(_hash(algorithm))))
        return b"".join(number.to_bytes(algorithm.number_bytes, "big") for number in pair)
    raise NotVerified(f"keys of the kind {type(key).__name__} do not sign images", fault=Fault.WEAK.value)


def _hash(algorithm: Algorithm) -> HashAlgorithm:
    from cryptography.hazmat.primitives import hashes

    known = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
    return known[algorithm.hash_name]


def _padding(algorithm: Algorithm) -> padding.PSS:
    from cryptography.hazmat.primitives.asymmetric import padding

    # The salt is as long as the hash: RFC 7518, section 3.5; RFC 8230, section 2.
    return padding.PSS(padding.MGF1(_hash(algorithm)), padding.PSS.DIGEST_LENGTH)
