"""Running gpg, through python-gnupg: the one module that does.

To verify, gpg gets a home of its own that holds the given keys alone, no configuration, no agent, no network;
it is thrown away afterwards. The status lines decide, all of them: python-gnupg remembers only the last of
a kind, which is not enough for a judgement. Signing is done in somebody's keyring.
"""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Any, Final

from ...content.closable import Closable
from ...errors import InvalidDocument, InvalidSettings, OciError, Unsupported
from ...frozen import field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_PREFIX: Final = "[GNUPG:] "
_VERIFYING: Final = (
    "--no-options",
    "--no-autostart",
    "--disable-dirmngr",
    "--no-auto-key-retrieve",
    "--no-auto-check-trustdb",
    "--trust-model",
    "always",
)


@frozen
class Status:
    """One status line of gpg's (doc/DETAILS in its source).

    Args:
        keyword: What it is about.
        values: What follows.
    """

    keyword: str
    values: tuple[str, ...]


@frozen
class Opened:
    """What gpg made of a signed message.

    Args:
        content: What was signed.
        statuses: Everything that it said.
    """

    content: bytes
    statuses: tuple[Status, ...]


class EphemeralKeyring(Closable):
    """A keyring that holds the given keys for as long as it is open; a context manager.

    Args:
        keys: Public keys, armored or not, each with the place that it came from, for messages.

    Raises:
        InvalidSettings: Something is no public key.
        Unsupported: There is no gpg.
    """

    def __init__(self, keys: Iterable[tuple[str, bytes]]) -> None:
        # Kept as an object that cleans up, so that a failure below leaves nothing behind either.
        self._home = tempfile.TemporaryDirectory(prefix="ocitool-gpg-")
        try:
            self._gpg = _gpg(self._home.name, {"PATH": os.defpath, "LC_ALL": "C"}, _VERIFYING)
            self.fingerprints = frozenset(found for where, key in keys for found in self._import(where, key))
            """The primary keys that are in it."""
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Throw the keyring away; safe to call more than once."""
        self._home.cleanup()

    def open(self, message: bytes) -> Opened:
        """Have gpg verify a signed message."""
        result = self._gpg.decrypt(message)
        return Opened(bytes(result.data), _statuses(result.stderr))

    def _import(self, where: str, key: bytes) -> set[str]:
        result = self._gpg.import_keys(key)
        found = {each.values[1] for each in _statuses(result.stderr) if each.keyword == "IMPORT_OK"}
        if not found:
            raise InvalidSettings(f"{where}: there is no OpenPGP public key in it", path=where)
        return found


@frozen(kw_only=True)
class Keyring:
    """Somebody's keyring, with an agent that may ask for passphrases.

    Args:
        home: gpg's home directory.
        environ: The environment for gpg and its agent.
    """

    home: Path
    environ: Mapping[str, str] = field(repr=False)

    def export(self, fingerprints: Iterable[str]) -> bytes:
        """Return public keys.

        Raises:
            InvalidSettings: One of them is not there.
            Unsupported: There is no gpg.
        """
        gpg = self._gpg()
        parts = []
        for fingerprint in fingerprints:
            part = gpg.export_keys(fingerprint, armor=False)
            if not part:
                raise InvalidSettings(
                    f"{self.home}: there is no public key {fingerprint[:80]}", path=str(self.home)
                )
            parts.append(bytes(part))
        return b"".join(parts)

    def sign(self, content: bytes, key: str, passphrase: str | None = None) -> bytes:
        """Make a signed message.

        Args:
            content: What to sign.
            key: The key's fingerprint, or what else gpg finds it by.
            passphrase: The key's passphrase, or None to let the agent see to it.

        Raises:
            OciError: gpg did not do it.
            Unsupported: There is no gpg.
        """
        result = self._gpg().sign(
            content,
            clearsign=False,
            binary=True,
            # Written to gpg as Latin-1, like everything that python-gnupg says: so these are UTF-8's bytes.
            passphrase=None if passphrase is None else passphrase.encode().decode("latin-1"),
            extra_args=["--no-armor", "--local-user", key],
        )
        statuses = _statuses(result.stderr)
        if sum(each.keyword == "SIG_CREATED" for each in statuses) != 1:
            raise OciError(f"gpg could not sign with {key[:80]}: {_why_not(statuses)}", hint=_HINT)
        return bytes(result.data)

    def _gpg(self) -> Any:
        if not self.home.is_dir():
            raise InvalidSettings(f"{self.home}: there is no such keyring", path=str(self.home))
        return _gpg(str(self.home), self.environ, ())


_HINT: Final = "gpg --list-secret-keys shows the keys; --passphrase-file gives a passphrase"
_REASONS: Final = {
    "INV_SGNR": "there is no such secret key that can sign",
    "NO_SECKEY": "there is no such secret key",
    "MISSING_PASSPHRASE": "it needs a passphrase",
    "KEYEXPIRED": "the key has expired",
    "KEYREVOKED": "the key was revoked",
}


_BAD_PASSPHRASE: Final = 11
"""GPG_ERR_BAD_PASSPHRASE, in the lower half of what FAILURE says; above it is who says so."""


def _why_not(statuses: tuple[Status, ...]) -> str:
    said = {each.keyword for each in statuses}
    codes = [each.values[-1] for each in statuses if each.keyword == "FAILURE"]
    if any(code.isdigit() and int(code) & 0xFFFF == _BAD_PASSPHRASE for code in codes):
        return "the passphrase is wrong"
    return next((text for keyword, text in _REASONS.items() if keyword in said), "it does not say why")


def _gpg(home: str, environ: Mapping[str, str], options: tuple[str, ...]) -> Any:
    import gnupg

    try:
        return gnupg.GPG(gnupghome=home, env=dict(environ), options=list(options))
    except (OSError, ValueError) as error:
        raise Unsupported(
            "gpg cannot be run, which GPG signatures need", hint="install GnuPG (Debian: gnupg)"
        ) from error


def _statuses(said: str) -> tuple[Status, ...]:
    found = []
    # Not splitlines: a user ID may hold what Unicode takes for the end of a line, and gpg does not.
    for line in said.split("\n"):
        if line.startswith(_PREFIX):
            keyword, *values = line[len(_PREFIX) :].rstrip("\r").split(" ")
            found.append(Status(keyword, tuple(values)))
    if not found:
        raise InvalidDocument("gpg said nothing about the message")
    return tuple(found)
