"""Keys: what is read, what is refused, and files that only their password opens."""

from __future__ import annotations

import base64
import json
import os
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519

from oci.errors import InvalidSettings
from oci.trust.key.file import LABEL, is_sealed, open_key, seal_key
from oci.trust.key.private import KeyKind, PrivateKey
from oci.trust.key.public import PublicKey

PEM = serialization.Encoding.PEM
OPEN = serialization.NoEncryption()
KEY = PrivateKey.of(ec.derive_private_key(4711, ec.SECP256R1()), where="test")
SEALED = seal_key(KEY, b"secret", entropy=lambda count: bytes(range(count)))


def opened(pem: bytes, password: bytes = b"secret") -> PrivateKey:
    return open_key(pem, lambda: password, where="k")


def changed(**members: Any) -> bytes:
    """Return a key file whose JSON says something else; ``kdf__params`` is a member of a member."""
    text = b"".join(SEALED.splitlines()[1:-1])
    whole = json.loads(base64.b64decode(text))
    for path, value in members.items():
        *way, last = path.split("__")
        target = whole
        for name in way:
            target = target[name]
        target[last] = value
    body = base64.b64encode(json.dumps(whole).encode()).decode()
    return f"-----BEGIN {LABEL}-----\n{body}\n-----END {LABEL}-----\n".encode()


# ── kinds ──


@pytest.mark.parametrize("kind", list(KeyKind))
def test_what_one_key_signs_only_its_public_key_verifies(kind: KeyKind) -> None:
    key, other = PrivateKey.generate(kind), PrivateKey.generate(KeyKind.ED25519)
    public = PublicKey.parse(key.public.pem, where="p")
    assert public == key.public
    made = key.sign(b"content")
    assert public.verifies(made, b"content")
    assert not public.verifies(made, b"other")
    assert not public.verifies(made[:-1], b"content")
    assert not public.verifies(b"", b"content")
    assert not other.public.verifies(made, b"content")
    assert opened(seal_key(key, b"secret", entropy=os.urandom)).public == public


@pytest.mark.parametrize("curve", [ec.SECP384R1(), ec.SECP521R1()])
def test_other_curves_are_verified_with_the_hash_that_is_theirs_or_sha256(curve: ec.EllipticCurve) -> None:
    from cryptography.hazmat.primitives import hashes

    key = ec.generate_private_key(curve)
    public = PublicKey.of(key.public_key(), where="p")
    theirs = hashes.SHA384() if curve.name == "secp384r1" else hashes.SHA512()
    assert public.verifies(key.sign(b"x", ec.ECDSA(theirs)), b"x")
    assert public.verifies(key.sign(b"x", ec.ECDSA(hashes.SHA256())), b"x")
    assert not public.verifies(key.sign(b"x", ec.ECDSA(hashes.SHA224())), b"x")


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 1024),
        ec.generate_private_key(ec.SECP256K1()),
        ed448.Ed448PrivateKey.generate(),
        dsa.generate_private_key(1024),
        x25519.X25519PrivateKey.generate(),
    ],
    ids=["rsa-1024", "secp256k1", "ed448", "dsa", "x25519"],
)
def test_keys_that_sign_no_images_are_refused(key: Any) -> None:
    spki = key.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(InvalidSettings):
        PublicKey.parse(spki, where="p")
    with pytest.raises(InvalidSettings):
        PrivateKey.of(key, where="k")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"rubbish",
        KEY.public.pem * 2,
        KEY.public.pem.replace(b"PUBLIC", b"PRIVATE"),
        KEY.public.pem.replace(b"M", b"!", 1),
        KEY.public.pem[:100] + KEY.public.pem[104:],
        b" " * 70_000 + KEY.public.pem,
        SEALED,
    ],
    ids=["empty", "rubbish", "two", "private", "not-base64", "truncated", "huge", "sealed"],
)
def test_what_is_not_one_public_key_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidSettings):
        PublicKey.parse(text, where="p")


# ── key files ──


def test_a_key_file_is_written_as_cosign_does() -> None:
    lines = SEALED.decode().splitlines()
    assert (lines[0], lines[-1]) == (f"-----BEGIN {LABEL}-----", f"-----END {LABEL}-----")
    assert {len(line) for line in lines[1:-2]} == {64}
    whole = json.loads(base64.b64decode("".join(lines[1:-1])))
    assert whole["kdf"]["params"] == {"N": 65536, "r": 8, "p": 1}
    assert (whole["kdf"]["name"], whole["cipher"]["name"]) == ("scrypt", "nacl/secretbox")
    assert (len(base64.b64decode(whole["kdf"]["salt"])), len(base64.b64decode(whole["cipher"]["nonce"]))) == (
        32,
        24,
    )
    assert is_sealed(SEALED)
    assert opened(SEALED).public == KEY.public


def test_the_old_label_is_read_too() -> None:
    assert opened(SEALED.replace(b"SIGSTORE", b"COSIGN")).public == KEY.public


def test_an_empty_password_is_one() -> None:
    sealed = seal_key(KEY, b"", entropy=os.urandom)
    assert opened(sealed, b"").public == KEY.public
    with pytest.raises(InvalidSettings, match="password"):
        opened(sealed, b" ")


@pytest.mark.parametrize(
    "text",
    [
        changed(kdf__params__N=1 << 30),
        changed(kdf__params__N=2),
        changed(kdf__params__r=1 << 20),
        changed(kdf__params__p=1 << 20),
        changed(kdf__params={}),
        changed(kdf__name="none"),
        changed(kdf__salt=""),
        changed(kdf__salt="A" * 4096),
        changed(kdf__salt="%"),
        changed(cipher__name="none"),
        changed(cipher__nonce="AAAA"),
        changed(ciphertext=7),
        changed(kdf=None),
        SEALED.replace(b"ENCRYPTED SIGSTORE", b"OTHER"),
        SEALED.replace(b"e", b"*"),
        SEALED + b"x" * 70_000,
        b"-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n",
    ],
)
def test_what_is_no_key_file_is_refused_before_anybody_is_asked_for_a_password(text: bytes) -> None:
    def ask() -> bytes:
        raise AssertionError("asked")

    with pytest.raises(InvalidSettings):
        open_key(text, ask, where="k")


@pytest.mark.parametrize("text", [changed(ciphertext=""), changed(ciphertext="AAAAAAAA")])
def test_what_was_changed_does_not_open(text: bytes) -> None:
    with pytest.raises(InvalidSettings, match="password"):
        opened(text)


# ── import ──


@pytest.mark.parametrize(
    ("key", "form"),
    [
        (ec.generate_private_key(ec.SECP256R1()), serialization.PrivateFormat.TraditionalOpenSSL),
        (rsa.generate_private_key(65537, 2048), serialization.PrivateFormat.TraditionalOpenSSL),
        (ec.generate_private_key(ec.SECP256R1()), serialization.PrivateFormat.PKCS8),
        (ed25519.Ed25519PrivateKey.generate(), serialization.PrivateFormat.PKCS8),
    ],
    ids=["sec1", "pkcs1", "pkcs8", "ed25519"],
)
def test_keys_that_openssl_writes_are_read(key: Any, form: serialization.PrivateFormat) -> None:
    read = PrivateKey.load_pem(key.private_bytes(PEM, form, OPEN), where="k")
    assert read.public == PublicKey.of(key.public_key(), where="p")


def test_a_key_with_a_password_of_its_own_is_not_read_without() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    locked = key.private_bytes(
        PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"p")
    )
    with pytest.raises(InvalidSettings):
        PrivateKey.load_pem(locked, where="k")
    assert PrivateKey.load_pem(locked, b"p", where="k").public == PublicKey.of(key.public_key(), where="p")
    for text in (b"", b"rubbish", KEY.public.pem, b"x" * 70_000):
        with pytest.raises(InvalidSettings):
            PrivateKey.load_pem(text, where="k")


def test_nothing_secret_is_shown() -> None:
    assert "4711" not in repr(KEY)
    assert repr(KEY).count("key") < 5
