"""The passphrase of a signing key: from a file, from the environment, or asked for; never an argument."""

from __future__ import annotations

import os
from typing import Final

import click

from oci.frozen import frozen

from .access import ask_secret, read_secret
from .bundle import bundle
from .switch import switch

VARIABLE: Final = "OCITOOL_PASSPHRASE"
"""The environment variable that may hold it."""


@frozen(kw_only=True)
class PassphraseChoice:
    """Where the options say that the passphrase is.

    Args:
        file: A file whose first line it is, or None.
        ask: Whether to ask for it.
    """

    file: str | None
    ask: bool

    def read(self) -> str | None:
        """Return the passphrase, or None to leave it to gpg's agent.

        Raises:
            UsageError: Both are given, or there is nobody to ask.
            OSError: The file cannot be read.
        """
        if self.file is not None and self.ask:
            raise click.UsageError("--passphrase-file and --ask-passphrase exclude each other")
        if self.file is not None:
            return read_secret(self.file)
        if self.ask:
            return ask_secret("Passphrase", "--passphrase-file reads it from a file")
        return os.environ.get(VARIABLE)


passphrase_options = bundle(
    "passphrase",
    PassphraseChoice,
    {
        "file": click.option(
            "--passphrase-file",
            metavar="FILE",
            help=f"A file (or -) whose first line is the key's passphrase; ${VARIABLE} may hold it, too.",
        ),
        "ask": switch("--ask-passphrase", text="Ask for the key's passphrase here."),
    },
)
