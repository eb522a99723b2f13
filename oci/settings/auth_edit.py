"""Changing one entry in the text of an auth file, and nothing else.

The order of members, those we do not know, the indentation and the end of the file stay as they were. Only
the text is made here; `auth_store` writes it.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Final

from ..errors import InvalidDocument, InvalidSettings
from ..spec import strict_json
from .auth_file import SECRETS

if TYPE_CHECKING:
    from collections.abc import Collection

    from .credential import Credential

_INDENT: Final = re.compile(r'\n([ \t]+)"')


def entry_of(credential: Credential) -> dict[str, str]:
    """Return the members by which an auth file keeps a credential."""
    if credential.registry_token:
        return {"registrytoken": credential.registry_token}
    username, secret = credential.login
    if credential.identity_token:
        pair = f"{credential.username or username}:"
        return {"auth": _encoded(pair), "identitytoken": secret}
    return {"auth": _encoded(f"{username}:{secret}")}


def with_entry(text: str, key: str, members: dict[str, str], *, path: str) -> str:
    """Return the text with an entry added or replaced.

    Args:
        text: The file's text; may be empty.
        key: The entry's key.
        members: What `entry_of` returned, or nothing for an entry that only marks a login.
        path: The file, for error messages.

    Raises:
        InvalidSettings: The text is no auth file, so that it cannot be changed without losing something.
    """
    document = _load(text, path)
    auths = _auths(document, path)
    present = auths.get(key)
    kept = present if isinstance(present, dict) else {}
    auths[key] = {name: value for name, value in kept.items() if name not in SECRETS} | members
    return _dump(document, text)


def without_entries(text: str, keys: Collection[str], *, path: str) -> str:
    """Return the text without some entries.

    Args:
        text: The file's text.
        keys: The entries' keys.
        path: The file, for error messages.

    Raises:
        InvalidSettings: The text is no auth file.
    """
    document = _load(text, path)
    auths = _auths(document, path)
    for key in keys:
        auths.pop(key, None)
    return _dump(document, text)


def _load(text: str, path: str) -> dict[str, object]:
    try:
        return strict_json.load_object(text.encode("utf-8"), where=path) if text.strip() else {}
    except InvalidDocument as error:
        raise InvalidSettings(error.message, path=path, hint="mend or remove the file first") from error


def _auths(document: dict[str, object], path: str) -> dict[str, object]:
    auths = document.get("auths")
    if auths is None:
        auths = document["auths"] = {}
    if not isinstance(auths, dict):
        raise InvalidSettings(f"{path}: auths must be an object", path=path, key="auths")
    return auths


def _dump(document: dict[str, object], like: str) -> str:
    body = like.strip()
    indent = _INDENT.search(like)
    if indent or "\n" in body or not body or body == "{}":
        # Docker and podman indent with tabs, and end without a line feed.
        text = json.dumps(document, indent=indent[1] if indent else "\t", ensure_ascii=like.isascii())
    else:
        separators = (", ", ": ") if '": ' in body else (",", ":")
        text = json.dumps(document, separators=separators, ensure_ascii=like.isascii())
    return text + ("\n" if like.endswith("\n") else "")


def _encoded(pair: str) -> str:
    return base64.b64encode(pair.encode("utf-8")).decode("ascii")
