"""Cosign's key files: a private key that a password opens.

cosign, pkg/cosign/keys.go, and secure-systems-lab/go-securesystemslib, encrypted: PEM around JSON, the key
encrypted with NaCl's secretbox under what scrypt makes of the password. An empty password is one, too. What
scrypt may cost is bounded, or a file could stop whoever reads it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from typing import TYPE_CHECKING, Final

from ...errors import InvalidDocument, InvalidSettings
from ...spec import field as member
from ...spec import strict_json
from .private import PrivateKey
from .public import MAX_PEM_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LABEL: Final = "ENCRYPTED SIGSTORE PRIVATE KEY"
COST: Final = 65_536
"""How much work scrypt is told to do (N)."""

_LABELS: Final = (LABEL, "ENCRYPTED COSIGN PRIVATE KEY")
_PEM: Final = re.compile(rb"\s*-----BEGIN ([A-Z ]+)-----\s([A-Za-z0-9+/=\s]+)-----END \1-----\s*", re.ASCII)
_COSTS: Final = (32_768, COST, 131_072)
_BLOCK: Final = 8
_PARALLEL: Final = 1
_SALT_BYTES: Final = 32
_MAX_SALT_BYTES: Final = 1024
_NONCE_BYTES: Final = 24
_KEY_BYTES: Final = 32
_MEMORY_BYTES: Final = 192 * 1024 * 1024
_LINE: Final = 64


def open_key(pem: bytes, password: Callable[[], bytes], *, where: str) -> PrivateKey:
    """Read a private key.

    Args:
        pem: The file's bytes.
        password: Returns the password; asked only once the file is known to be one.
        where: Where it was read, for messages.

    Raises:
        InvalidSettings: It is no such file, or the password is wrong.
    """
    from nacl.exceptions import CryptoError
    from nacl.secret import SecretBox

    sealed = _parse(pem, where)
    try:
        salt, cost = _derivation(sealed, where)
        nonce, text = _cipher(sealed, where)
    except InvalidDocument as error:
        raise InvalidSettings(error.message, path=where) from error
    try:
        plain = SecretBox(_derived(password(), salt, cost)).decrypt(text, nonce)
    except CryptoError as error:
        raise InvalidSettings(
            f"{where}: the password does not open this key",
            path=where,
            hint="$COSIGN_PASSWORD or --passphrase-file gives it; an empty one is a password, too",
        ) from error
    return PrivateKey.load_der(plain, where=where)


def seal_key(key: PrivateKey, password: bytes, *, entropy: Callable[[int], bytes]) -> bytes:
    """Return a file with a private key.

    Args:
        key: The key.
        password: The password.
        entropy: Returns so many random bytes.
    """
    from nacl.secret import SecretBox

    salt, nonce = entropy(_SALT_BYTES), entropy(_NONCE_BYTES)
    text = SecretBox(_derived(password, salt, COST)).encrypt(key.pkcs8, nonce).ciphertext
    members = {
        "kdf": {
            "name": "scrypt",
            "params": {"N": COST, "r": _BLOCK, "p": _PARALLEL},
            "salt": _encoded(salt),
        },
        "cipher": {"name": "nacl/secretbox", "nonce": _encoded(nonce)},
        "ciphertext": _encoded(text),
    }
    body = _encoded(json.dumps(members, separators=(",", ":")).encode())
    lines = "\n".join(body[start : start + _LINE] for start in range(0, len(body), _LINE))
    return f"-----BEGIN {LABEL}-----\n{lines}\n-----END {LABEL}-----\n".encode()


def is_sealed(pem: bytes) -> bool:
    """Tell whether a file looks like one of cosign's."""
    return any(f"-----BEGIN {label}-----".encode() in pem for label in _LABELS)


def _parse(pem: bytes, where: str) -> Mapping[str, object]:
    matched = _PEM.fullmatch(pem) if len(pem) <= MAX_PEM_BYTES else None
    if matched is None or matched[1].decode() not in _LABELS:
        raise InvalidSettings(
            f"{where}: no private key of cosign's",
            path=where,
            hint="ocitool import-key-pair makes one of a key in PEM, ocitool generate-key-pair a new one",
        )
    try:
        return strict_json.load_object(_decoded(matched[2].decode(), where), where=where)
    except InvalidDocument as error:
        raise InvalidSettings(error.message, path=where) from error


def _derivation(sealed: Mapping[str, object], where: str) -> tuple[bytes, int]:
    kdf = member.mapping(sealed, "kdf", where=where) or {}
    params = member.mapping(kdf, "params", where=where) or {}
    cost = member.integer(params, "N", where=where)
    if member.text(kdf, "name", where=where) != "scrypt" or cost not in _COSTS:
        raise InvalidDocument(f"{where}: not made by scrypt with N of {', '.join(map(str, _COSTS))}")
    if (member.integer(params, "r", where=where), member.integer(params, "p", where=where)) != (
        _BLOCK,
        _PARALLEL,
    ):
        raise InvalidDocument(f"{where}: scrypt with other parameters than r={_BLOCK} and p={_PARALLEL}")
    salt = _decoded(member.text(kdf, "salt", where=where), where)
    if not salt or len(salt) > _MAX_SALT_BYTES:
        raise InvalidDocument(f"{where}: a salt of {len(salt)} bytes")
    return salt, cost


def _cipher(sealed: Mapping[str, object], where: str) -> tuple[bytes, bytes]:
    cipher = member.mapping(sealed, "cipher", where=where) or {}
    nonce = _decoded(member.text(cipher, "nonce", where=where), where)
    if member.text(cipher, "name", where=where) != "nacl/secretbox" or len(nonce) != _NONCE_BYTES:
        raise InvalidDocument(f"{where}: not encrypted with nacl/secretbox")
    return nonce, _decoded(member.text(sealed, "ciphertext", where=where), where)


def _derived(password: bytes, salt: bytes, cost: int) -> bytes:
    return hashlib.scrypt(
        password, salt=salt, n=cost, r=_BLOCK, p=_PARALLEL, maxmem=_MEMORY_BYTES, dklen=_KEY_BYTES
    )


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _decoded(text: str, where: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidDocument(f"{where}: something in it is not base64") from error
