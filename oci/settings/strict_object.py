"""One object of a JSON document in which nothing may be unknown, missing or of the wrong type.

Every error names the file and the full key. Members are read by name and type; those that nobody has asked
for are told by `done`.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from ..errors import InvalidSettings

if TYPE_CHECKING:
    from collections.abc import Iterator


class StrictObject:
    """An object, and where it is.

    Args:
        value: The parsed value, which has to be an object.
        path: The file.
        key: The object's full key, or an empty string for the whole document.

    Raises:
        InvalidSettings: It is no object.
    """

    def __init__(self, value: object, *, path: str, key: str) -> None:
        self.path = path
        self.key = key
        if not isinstance(value, dict):
            raise self.wrong("", "must be an object")
        self._members: dict[str, object] = value
        self._seen: set[str] = set()

    def has(self, name: str) -> bool:
        """Tell whether there is such a member."""
        return name in self._members

    def value(self, name: str) -> object:
        """Return a member that has to be there."""
        self._seen.add(name)
        if name not in self._members:
            raise self.wrong(name, "is missing")
        return self._members[name]

    def text(self, name: str) -> str:
        """Return a text, which has to be there and must not be empty."""
        value = self.value(name)
        if not isinstance(value, str) or not value:
            raise self.wrong(name, "must be a string that is not empty")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return an array of such texts, of at least one."""
        value = self.value(name)
        if not isinstance(value, list) or not value or not all(isinstance(x, str) and x for x in value):
            raise self.wrong(name, "must be an array of at least one string, none of them empty")
        return tuple(value)

    def data(self, name: str) -> bytes:
        """Return bytes that are written in base64."""
        return self._decoded(name, self.text(name))

    def datas(self, name: str) -> tuple[bytes, ...]:
        """Return an array of such bytes, of at least one."""
        return tuple(self._decoded(name, text) for text in self.texts(name))

    def child(self, name: str) -> StrictObject:
        """Return a member that has to be an object."""
        return StrictObject(self.value(name), path=self.path, key=self.inner(name))

    def items(self) -> Iterator[tuple[str, object]]:
        """Yield all members of an object whose keys are data."""
        self._seen.update(self._members)
        yield from self._members.items()

    def done(self) -> None:
        """Refuse what has not been asked for.

        Raises:
            InvalidSettings: There is a member that nobody knows.
        """
        for name in self._members:
            if name not in self._seen:
                raise self.wrong(name, "is not known here")

    def inner(self, name: str) -> str:
        """Return the full key of a member."""
        shown = name[:120].encode("unicode_escape").decode("ascii")
        return f"{self.key}.{shown}" if self.key else shown

    def wrong(self, name: str, what: str) -> InvalidSettings:
        """Return the error for a member, or for the object itself where the name is empty."""
        key = self.inner(name) if name else self.key
        where = f"{key} " if key else ""
        return InvalidSettings(
            f"{self.path}: {where}{what}",
            path=self.path,
            key=key,
            hint="the file counts as a whole or not at all: mend it, or name another one",
        )

    def _decoded(self, name: str, text: str) -> bytes:
        try:
            return base64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True)
        except (binascii.Error, ValueError) as error:
            raise self.wrong(name, "must be base64") from error
