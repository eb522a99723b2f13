"""TOML files as settings: bounded, with errors that name the file and the line or the key.

Keys are compared without regard to case, as the Go programs do that read the same files: a ``Blocked`` that
they obey and we pass over would be a hole. Of keys that nobody knows, those are collected that were seen.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..errors import InvalidSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_BYTES: Final = 4 * 1024 * 1024
"""Bytes that a settings file may have."""

_PLACE: Final = re.compile(r" *\(at (?:line (\d+), column \d+|end of document)\)")


class Table:
    """One table of a file; its members are read by name and type.

    Args:
        members: The members, as parsed.
        path: The file, for messages.
        key: The table's own key, such as ``registry[2]``, or an empty string for the whole file.

    Raises:
        InvalidSettings: Two keys differ in case only.
    """

    def __init__(self, members: Mapping[str, object], *, path: str, key: str = "") -> None:
        self.path = path
        self.key = key
        self._members: dict[str, object] = {}
        for name, value in members.items():
            if name.lower() in self._members:
                raise self.wrong(name, "is there twice, in capital and in small letters")
            self._members[name.lower()] = value

    def text(self, name: str) -> str:
        """Return a string, or an empty one where there is none."""
        value = self._members.get(name, "")
        if not isinstance(value, str):
            raise self.wrong(name, "must be a string")
        return value

    def flag(self, name: str) -> bool:
        """Return a boolean; False where there is none."""
        value = self._members.get(name, False)
        if not isinstance(value, bool):
            raise self.wrong(name, "must be true or false")
        return value

    def texts(self, name: str) -> tuple[str, ...] | None:
        """Return an array of strings, or None where there is none."""
        if name not in self._members:
            return None
        value = self._members[name]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(name, "must be an array of strings")
        return tuple(value)

    def tables(self, name: str) -> Iterator[Table]:
        """Yield an array of tables, ``[[name]]``."""
        value = self._members.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.wrong(name, f"must be an array of tables, [[{self._inner(name)}]]")
        for position, item in enumerate(value):
            yield Table(item, path=self.path, key=f"{self._inner(name)}[{position}]")

    def mapping(self, name: str) -> Mapping[str, object]:
        """Return a table whose keys are data, as it is; an empty one where there is none."""
        value = self._members.get(name, {})
        if not isinstance(value, dict):
            raise self.wrong(name, f"must be a table, [{self._inner(name)}]")
        return value

    def unknown(self, known: frozenset[str]) -> Iterator[str]:
        """Yield the full keys of the members that are not among those known."""
        for name in self._members:
            if name not in known:
                yield self._inner(name)

    def wrong(self, name: str, what: str, *, hint: str = "") -> InvalidSettings:
        """Return the error for a member.

        Args:
            name: The member; an empty string for the table itself.
            what: What is wrong with it.
            hint: What to do.
        """
        key = self._inner(name) if name else self.key
        return InvalidSettings(f"{self.path}: {key} {what}", path=self.path, key=key, hint=hint)

    def _inner(self, name: str) -> str:
        return f"{self.key}.{name[:120]}" if self.key else name[:120]


def load_toml(raw: bytes, *, path: str) -> Table:
    """Read a file's bytes.

    Args:
        raw: The bytes, of which one more than `MAX_BYTES` is enough to see that there are too many.
        path: Where they were read.

    Raises:
        InvalidSettings: They are no TOML, or too many.
    """
    import tomllib  # most hosts have no such file

    if len(raw) > MAX_BYTES:
        raise InvalidSettings(f"{path}: larger than the {MAX_BYTES} bytes of a settings file", path=path)
    try:
        return Table(tomllib.loads(raw.decode("utf-8")), path=path)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InvalidSettings(f"{path}: line {line}: not UTF-8", path=path, key=f"line {line}") from error
    except tomllib.TOMLDecodeError as error:
        found = _PLACE.search(str(error))
        line = int(found[1]) if found and found[1] else raw.count(b"\n") + 1
        key = f"line {line}"
        what = _PLACE.sub("", str(error))
        raise InvalidSettings(f"{path}: {key}: {what}", path=path, key=key) from error
    except RecursionError as error:
        raise InvalidSettings(f"{path}: nested too deeply", path=path) from error
    except ValueError as error:
        # Numbers of thousands of digits, dates that do not exist: tomllib leaves these to their types.
        raise InvalidSettings(f"{path}: not acceptable TOML: {error}", path=path) from error
