"""Changing a ``policy.json``: what must hold in one scope, and nothing else.

The file is read strictly before it is changed, and what comes of it before it is written; it is replaced at
once, so that nobody reads half of it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import InvalidSettings, StorageError
from .policy_file import MAX_BYTES, parse_policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DEFAULT: Final = "default"
"""Stands for everything that the policy says nothing else about."""

_MODE: Final = 0o644


def edited(
    raw: bytes | None, scope: str, requirements: Sequence[Mapping[str, object]], *, path: str
) -> bytes:
    """Return the text of a policy with other requirements for one scope of registries.

    Args:
        raw: The text so far, or None where there is none.
        scope: The scope, or `DEFAULT`.
        requirements: What must hold there, as the file writes it.
        path: The file, for messages.

    Raises:
        InvalidSettings: The text is no policy, or would not be one.
    """
    document: dict[str, object] = {}
    if raw is not None:
        parse_policy(raw, path=path)
        read = json.loads(raw)
        assert isinstance(read, dict)
        document = read
    if scope == DEFAULT:
        document[DEFAULT] = list(requirements)
    elif raw is None:
        raise InvalidSettings(
            f"{path}: there is no policy yet, and it needs to say what must hold by default",
            path=path,
            hint=f"set it first: trust set --type reject {DEFAULT}",
        )
    else:
        transports = document.setdefault("transports", {})
        assert isinstance(transports, dict)
        transports.setdefault("docker", {})[scope] = list(requirements)
    made = (json.dumps(document, indent=4, ensure_ascii=False) + "\n").encode()
    parse_policy(made, path=path)
    return made


def change(path: Path, scope: str, requirements: Sequence[Mapping[str, object]]) -> None:
    """Change what must hold in one scope of a file.

    Args:
        path: The file; it is made where it is not there.
        scope: The scope, or `DEFAULT`.
        requirements: What must hold there, as the file writes it.

    Raises:
        InvalidSettings: The file is no policy, or would not be one; it stays as it is.
        StorageError: It cannot be read or written.
    """
    import tempfile

    try:
        path = path.resolve()
        raw = _content(path)
        made = edited(raw, scope, requirements, path=str(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(made)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).chmod(_MODE if raw is None else path.stat().st_mode & 0o777)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        reason = error.strerror or "cannot be written"
        raise StorageError(f"{path}: {reason}", path=str(path), errno=error.errno) from error


def _content(path: Path) -> bytes | None:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None


def scopes_in(raw: bytes) -> list[tuple[str, str, list[Mapping[str, object]]]]:
    """Return transport, scope and requirements of a policy that has been read strictly, as it writes them."""
    document = json.loads(raw)
    assert isinstance(document, dict)
    rows = [("", DEFAULT, document[DEFAULT])]
    for transport, scopes in document.get("transports", {}).items():
        rows += [(transport, scope, requirements) for scope, requirements in scopes.items()]
    return rows
