"""The user's own GPG keyring, as the environment says."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oci.trust.simple.gpg import Keyring


def user_keyring() -> Keyring:
    """Return the keyring that gpg itself would use: in ``$GNUPGHOME``, else ``~/.gnupg``."""
    from oci.trust.simple.gpg import Keyring

    chosen = os.environ.get("GNUPGHOME")
    return Keyring(home=Path(chosen) if chosen else Path.home() / ".gnupg", environ=dict(os.environ))
