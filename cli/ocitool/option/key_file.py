"""Key files: read with the password that opens them, written so that nobody else can read them."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .access import ask_secret

if TYPE_CHECKING:
    from oci.trust.key.private import PrivateKey
    from oci.trust.key.public import PublicKey

    from .passphrase import PassphraseChoice

VARIABLE: Final = "COSIGN_PASSWORD"
"""The environment variable in which cosign looks for the password; an empty one is a password, too."""

_HINT: Final = f"${VARIABLE} or --passphrase-file gives the password; an empty one is one, too"


def read_private_key(path: str, passphrase: PassphraseChoice) -> PrivateKey:
    """Read the private key in a file of cosign's.

    Raises:
        InvalidSettings: There is none in it, or the password is wrong.
        OSError: The file cannot be read.
        UsageError: There is nobody to ask for the password.
    """
    from oci.trust.key.file import open_key

    return open_key(
        Path(path).read_bytes(), lambda: password_of(passphrase, f"Password of {path}"), where=path
    )


def read_public_key(path: str) -> PublicKey:
    """Read the public key in a file.

    Raises:
        InvalidSettings: There is none in it.
        OSError: The file cannot be read.
    """
    from oci.trust.key.public import PublicKey

    return PublicKey.parse(Path(path).read_bytes(), where=path)


def password_of(passphrase: PassphraseChoice, question: str) -> bytes:
    """Return the password of a key file: what the options say, what the environment holds, or the answer.

    Raises:
        UsageError: There is nobody to ask.
    """
    given = passphrase.read()
    if given is None:
        given = os.environ.get(VARIABLE)
    return (ask_secret(question, _HINT) if given is None else given).encode()


def new_password(passphrase: PassphraseChoice) -> bytes:
    """Return the password for a key file that is to be written; one that is typed is typed twice.

    Raises:
        UsageError: There is nobody to ask, or the second time it was another one.
    """
    import click

    given = passphrase.read()
    if given is None:
        given = os.environ.get(VARIABLE)
    if given is not None:
        return given.encode()
    first = ask_secret("Password for the private key", _HINT)
    if ask_secret("The same again", _HINT) != first:
        raise click.UsageError("the two passwords differ")
    return first.encode()


def make_pair(
    prefix: str, passphrase: PassphraseChoice, *, kind: str = "ecdsa", private_suffix: str = ".key"
) -> tuple[Path, Path]:
    """Make a key pair, and write it; files that are there are left alone, and nobody is asked in vain.

    Args:
        prefix: What the files' names begin with.
        passphrase: What opens the private one.
        kind: The kind of key; a value of `oci.trust.key.private.KeyKind`.
        private_suffix: What the private one's name ends with.

    Returns:
        The private and the public file.

    Raises:
        OSError: One of them is there already, or cannot be written.
        UsageError: There is nobody to ask for the password.
    """
    from oci.trust.key.private import KeyKind, PrivateKey

    for path in _pair(prefix, private_suffix):
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    password = new_password(passphrase)
    return write_pair(prefix, PrivateKey.generate(KeyKind(kind)), password, private_suffix=private_suffix)


def write_pair(
    prefix: str, key: PrivateKey, password: bytes, *, private_suffix: str = ".key"
) -> tuple[Path, Path]:
    """Write a key pair; files that are there are left alone.

    Args:
        prefix: What the files' names begin with.
        key: The key.
        password: What opens the private one.
        private_suffix: What the private one's name ends with.

    Returns:
        The private and the public file.

    Raises:
        OSError: One of them is there already, or cannot be written.
    """
    from oci.trust.key.file import seal_key

    private, public = _pair(prefix, private_suffix)
    sealed = seal_key(key, password, entropy=os.urandom)
    for path, content, mode in ((private, sealed, 0o600), (public, key.public.pem, 0o644)):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
    return private, public


def _pair(prefix: str, private_suffix: str) -> tuple[Path, Path]:
    return Path(f"{prefix}{private_suffix}"), Path(f"{prefix}.pub")
