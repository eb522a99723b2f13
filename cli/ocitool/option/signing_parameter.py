"""What to sign with, in a file: containers-sigstore-signing-params.yaml(5), as far as keys go."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from oci.errors import InvalidSettings, Unsupported
from oci.frozen import frozen

_KEY: Final = "privateKeyFile"
_OPENED_BY: Final = "privateKeyPassphraseFile"
_ONLINE: Final = frozenset({"fulcio", "rekorURL"})


@frozen(kw_only=True)
class KeyFiles:
    """Where a private key is.

    Args:
        key: The file with it.
        passphrase: The file with its password, or None.
    """

    key: str
    passphrase: str | None


def read_parameters(path: str) -> KeyFiles:
    """Read such a file.

    Raises:
        InvalidSettings: It cannot be understood.
        Unsupported: It asks for a certificate of Fulcio, or for an entry in a log.
        OSError: It cannot be read.
    """
    from oci.settings.yaml_tree import Members, Reading, Scalar

    tree = Reading(path).tree(Path(path).read_bytes())
    members = tree.members if isinstance(tree, Members) else {}
    found = {name: value.text for name, value in members.items() if isinstance(value, Scalar)}
    if _ONLINE & set(members):
        raise Unsupported(f"{path}: certificates of Fulcio and entries in logs are not asked for by ocitool")
    if not {_KEY} <= set(members) <= {_KEY, _OPENED_BY} or set(found) != set(members):
        raise InvalidSettings(f"{path}: it has to say {_KEY}, and may say {_OPENED_BY}", path=path)
    return KeyFiles(key=found[_KEY], passphrase=found.get(_OPENED_BY))
