"""Where ``registries.d`` is: one directory, the user's where there is one. All of its files count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import InvalidSettings
from ..frozen import frozen
from .lookaside import LookasideConf, LookasideRule
from .unreadable import unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .location import Locations
    from .lookaside_file import LookasideFile

MAX_FILES: Final = 1000
"""Files that the directory may have."""


@frozen(kw_only=True)
class LookasideFiles:
    """The places of ``registries.d``; it is read when signatures are looked for.

    Args:
        directories: The first one that is there counts, alone.
        usual: The usual place of signatures, or None for none.
        is_required: Whether somebody asked for this very directory, so that it must be there.
    """

    directories: tuple[Path, ...] = ()
    usual: Path | None = None
    is_required: bool = False

    def read(self) -> LookasideConf:
        """Read all files.

        Raises:
            InvalidSettings: One cannot be read or understood, or two say something of the same scope.
        """
        scopes: dict[str, LookasideRule] = {}
        default: LookasideRule | None = None
        origins: dict[str, str] = {}
        for file in self._files():
            said = dict(file.scopes)
            if file.default is not None:
                default = file.default
                said["default-docker"] = file.default
            for scope in said:
                if scope in origins:
                    text = f"{file.path}: says something of {scope}, as {origins[scope]} does"
                    raise InvalidSettings(text, path=file.path, key=scope, hint="one of them has to go")
                origins[scope] = file.path
            scopes |= file.scopes
        usual = "" if self.usual is None else self.usual.absolute().as_uri()
        return LookasideConf(scopes=scopes, default=default, usual=usual)

    def _files(self) -> Iterator[LookasideFile]:
        paths = self._paths()
        if not paths:
            return
        from .lookaside_file import parse_lookaside  # loads yaml, and most hosts have no such file
        from .yaml_tree import MAX_BYTES

        for path in paths:
            try:
                with path.open("rb") as stream:
                    raw = stream.read(MAX_BYTES + 1)
            except OSError as error:
                raise unreadable(path, error) from error
            yield parse_lookaside(raw, path=str(path))

    def _paths(self) -> list[Path]:
        for directory in self.directories:
            try:
                found = sorted(path for path in directory.iterdir() if path.suffix == ".yaml")
            except FileNotFoundError as error:
                if self.is_required:
                    raise unreadable(directory, error) from error
                continue
            except OSError as error:
                raise unreadable(directory, error) from error
            if len(found) > MAX_FILES:
                raise InvalidSettings(f"{directory}: more than {MAX_FILES} files", path=str(directory))
            return found
        return []


def lookaside_files(places: Locations) -> LookasideFiles:
    """Return where ``registries.d`` is on a host."""
    user = () if places.config is None else (places.config / "containers" / "registries.d",)
    usual = tuple(places.path(f"{top}/registries.d") for top in ("/etc/containers", "/usr/share/containers"))
    return LookasideFiles(directories=(*user, *usual), usual=places.lookaside)
