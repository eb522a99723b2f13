"""GPG keys that are trusted: of the user's keyring, by their fingerprints, or in files."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from oci.frozen import frozen

from ..gpg_home import user_keyring
from .bundle import bundle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oci.settings.policy import IdentityMatch
    from oci.trust.family import Verifier

_DIGITS: Final = frozenset("0123456789ABCDEF")


@frozen(kw_only=True)
class GpgTrust:
    """Which GPG keys are trusted.

    Args:
        fingerprints: Keys of the user's keyring.
        files: Files with public keys, all of which are trusted.
    """

    fingerprints: tuple[str, ...]
    files: tuple[str, ...]

    @property
    def is_stated(self) -> bool:
        """Whether any key is trusted."""
        return bool(self.fingerprints or self.files)

    @contextmanager
    def verifying(self, rule: IdentityMatch | None) -> Iterator[list[Verifier]]:
        """Return who verifies with those keys: nobody where there are none.

        Args:
            rule: Which signed names are for the image; None for any.

        Raises:
            UsageError: A fingerprint is none.
            InvalidSettings: A key is not there, or a file has none.
            OSError: A file cannot be read.
            Unsupported: There is no gpg.
        """
        if not self.is_stated:
            yield []
            return
        # Loads gpg's wrapper, and subprocess with it: not for those who trust another kind of key.
        from oci.trust.simple.verifier import SimpleVerifier

        with ExitStack() as stack:
            found: list[Verifier] = []
            if self.fingerprints:
                wanted = frozenset(map(fingerprint, self.fingerprints))
                verifier = SimpleVerifier(keys_of_user(wanted), rule, fingerprints=wanted)
                found.append(stack.enter_context(verifier))
            if self.files:
                keys = [(path, Path(path).read_bytes()) for path in self.files]
                found.append(stack.enter_context(SimpleVerifier(keys, rule)))
            yield found


def fingerprint(text: str) -> str:
    """Return a key's fingerprint in upper case.

    Raises:
        UsageError: It is none: a key ID is not enough.
    """
    found = text.strip().upper()
    if len(found) not in {40, 64} or not set(found) <= _DIGITS:
        raise click.UsageError(
            f"{text.strip()[:80]!a} is no fingerprint: a key ID is not enough to name a key"
        )
    return found


def keys_of_user(fingerprints: frozenset[str]) -> list[tuple[str, bytes]]:
    """Return public keys of the user's keyring, with the place that they came from.

    Raises:
        InvalidSettings: One of them is not there.
        Unsupported: There is no gpg.
    """
    keyring = user_keyring()
    return [(str(keyring.home), keyring.export(sorted(fingerprints)))]


gpg_options = bundle(
    "gpg",
    GpgTrust,
    {
        "fingerprints": click.option(
            "--gpg",
            "fingerprints",
            metavar="FINGERPRINT",
            multiple=True,
            help="A GPG key of your keyring to trust; any number of times.",
        ),
        "files": click.option(
            "--gpg-keys",
            "files",
            metavar="FILE",
            multiple=True,
            help="A file with GPG keys to trust; any number of times.",
        ),
    },
)
