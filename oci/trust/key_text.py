"""The keys and certificates that a policy names, as texts with the places that they came from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InvalidSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..settings.policy import Keys


def texts_of(keys: Keys) -> Iterator[tuple[str, bytes]]:
    """Yield each file's path and bytes, and then what lies in the policy itself.

    Raises:
        InvalidSettings: A file cannot be read.
    """
    for path in keys.paths:
        try:
            yield path, Path(path).read_bytes()
        except OSError as error:
            reason = error.strerror or "cannot be read"
            raise InvalidSettings(f"{path}: {reason}", path=path) from error
    for data in keys.data:
        yield "data in the policy", data
