"""OpenPGP keys made for one run of the tests, with the real gpg; nothing of it is kept."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

SIGN = ("--no-armor", "--sign")


class GpgHome:
    """A home of gpg's with secret keys; a context manager, which ends its agent.

    Args:
        program: The gpg to run.
    """

    def __init__(self, program: Path) -> None:
        self._program = program
        # Not under pytest's folder, whose path may be too long for the socket of an agent.
        self.path = Path(tempfile.mkdtemp(prefix="ocitool-gpg-"))
        self.environ = {"GNUPGHOME": str(self.path), "PATH": "/usr/bin:/bin", "HOME": str(self.path)}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        subprocess.run(
            ["gpgconf", "--homedir", str(self.path), "--kill", "all"],
            env=self.environ,
            check=False,
            timeout=30,
        )
        shutil.rmtree(self.path, ignore_errors=True)

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Run gpg, which has to succeed."""
        done = subprocess.run(
            [str(self._program), "--batch", "--yes", "--pinentry-mode", "loopback", *arguments],
            input=stdin,
            env=self.environ,
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def make_key(
        self,
        user: str,
        *,
        passphrase: str = "",
        expires: str = "never",
        algorithm: str = "ed25519",
        at: str = "",
    ) -> str:
        """Make a key and return its fingerprint."""
        clock = ("--faked-system-time", at) if at else ()
        self.run(*clock, "--passphrase", passphrase, "--quick-gen-key", user, algorithm, "sign", expires)
        listed = self.run("--with-colons", "--list-secret-keys", f"={user}").decode()
        return next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))

    def public(self, *fingerprints: str) -> bytes:
        """Return public keys, armored."""
        return self.run("--armor", "--export", *fingerprints)

    def sign(self, content: bytes, key: str, *options: str) -> bytes:
        """Run gpg as others may, to make a signature of whatever kind."""
        return self.run("--local-user", key, *(options or SIGN), stdin=content)
