"""notation, the Notary Project's own program, with a configuration of its own."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.notary import Party

KEY = "tests"


class Notation:
    """The program, and the directory that has its keys, its trust store and its trust policy.

    Args:
        program: The program.
        folder: The directory, which is made.
    """

    def __init__(self, program: Path, folder: Path) -> None:
        self._program = program
        self.config = folder / "notation"
        self._environ = {**os.environ, "XDG_CONFIG_HOME": str(folder), "HOME": str(folder)}
        self.config.mkdir(parents=True)

    @property
    def trust_store(self) -> Path:
        """The trust store, which ours reads as well."""
        return self.config / "truststore"

    def add_key(self, party: Party) -> None:
        """Configure a key to sign with."""
        key, chain = party.write_to(self.config / "localkeys")
        named = {"name": KEY, "keyPath": str(key), "certPath": str(chain)}
        document = json.dumps({"default": KEY, "keys": [named]})
        (self.config / "signingkeys.json").write_text(document, encoding="ascii")

    def set_policy(self, statement: dict[str, object]) -> Path:
        """Write a trust policy of one statement."""
        path = self.config / "trustpolicy.json"
        document = json.dumps({"version": "1.0", "trustPolicies": [statement]})
        path.write_text(document, encoding="ascii")
        return path

    def sign(self, reference: str, form: str, *options: str) -> None:
        """Sign an image, which has to succeed."""
        done = self._run("sign", "--signature-format", form, *options, reference)
        assert done.returncode == 0, done.stderr

    def verify(self, reference: str) -> subprocess.CompletedProcess[str]:
        """Verify an image by the trust policy."""
        return self._run("verify", "-v", reference)

    def _run(self, verb: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self._program), verb, "--insecure-registry", *arguments],
            env=self._environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
