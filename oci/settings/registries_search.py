"""Where ``registries.conf`` and the files beside it are, and the order in which they count.

One main file: ``$CONTAINERS_REGISTRIES_CONF``, or the user's, the administrator's, the distribution's, the
first that is there. Then, unless the variable is set, the ``*.conf`` files of the drop-in directories, in the
order of their names; of two with one name, that in the directory asked first. Then
``$CONTAINERS_REGISTRIES_CONF_OVERRIDE``. The short names that podman has recorded come on top.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import InvalidSettings
from ..frozen import frozen, replace
from .unreadable import unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .location import Locations
    from .registries import RegistriesConf
    from .registries_file import RegistriesFile

MAX_FILES: Final = 1000
"""Drop-in files that are read at most."""

_VARIABLE: Final = "CONTAINERS_REGISTRIES_CONF"


@frozen(kw_only=True)
class RegistriesFiles:
    """The places of the files; they are read when somebody needs to know.

    Args:
        main: The candidates for the main file; the first one that is there counts.
        is_required: Whether somebody asked for this very file, so that it must be there.
        directories: Directories with drop-in files, the first one to be asked first.
        override: A file that is read last, and must be there, or None.
        recorded: The short names that podman has recorded, or None.
    """

    main: tuple[Path, ...] = ()
    is_required: bool = False
    directories: tuple[Path, ...] = ()
    override: Path | None = None
    recorded: Path | None = None

    def read(self) -> RegistriesConf:
        """Read the files that are there.

        Raises:
            InvalidSettings: One of them cannot be read or understood.
        """
        from .registries_file import merged  # loaded by those who read from registries, not by all

        conf = merged(self._parsed())
        recorded = None if self.recorded is None else _read(self.recorded)
        if recorded is None:
            return conf
        aliases = {**conf.aliases, **recorded.aliases}
        return replace(
            conf,
            aliases={name: value for name, value in aliases.items() if value},
            origins=(*conf.origins, recorded.path),
        )

    def with_main(self, path: Path) -> RegistriesFiles:
        """Return places with another main file, which must be there; drop-in files are read all the same."""
        return replace(self, main=(path,), is_required=True)

    def _parsed(self) -> Iterator[RegistriesFile]:
        for path in self.main:
            file = _read(path, is_required=self.is_required)
            if file is not None:
                yield file
                break
        for path in self._drop_ins():
            file = _read(path)
            if file is not None:
                yield file
        if self.override is not None:
            file = _read(self.override, is_required=True)
            if file is not None:
                yield file

    def _drop_ins(self) -> Iterator[Path]:
        found: dict[str, Path] = {}
        for directory in self.directories:
            try:
                names = [path for path in directory.iterdir() if path.suffix == ".conf" and not path.is_dir()]
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise unreadable(directory, error) from error
            for path in names:
                found.setdefault(path.name, path)
        if len(found) > MAX_FILES:
            where = str(self.directories[0])
            raise InvalidSettings(f"{where}: more than {MAX_FILES} drop-in files", path=where)
        for name in sorted(found):
            yield found[name]


def registries_files(places: Locations) -> RegistriesFiles:
    """Return where the files are on a host."""
    chosen = places.variable(_VARIABLE)
    user = () if places.config is None else (places.config / "containers" / "registries.conf",)
    usual = tuple(
        places.path(f"{top}/registries.conf") for top in ("/etc/containers", "/usr/share/containers")
    )
    return RegistriesFiles(
        main=(chosen,) if chosen is not None else (*user, *usual),
        is_required=chosen is not None,
        directories=() if chosen is not None else tuple(_directories(places)),
        override=places.variable(f"{_VARIABLE}_OVERRIDE"),
        recorded=_recorded(places),
    )


def _directories(places: Locations) -> Iterator[Path]:
    if places.config is not None:
        yield places.config / "containers" / "registries.conf.d"
    for top in ("/etc/containers", "/usr/share/containers"):
        if places.uid == 0:
            yield places.path(f"{top}/registries.rootful.conf.d")
        elif places.uid is not None:
            yield places.path(f"{top}/registries.rootless.conf.d/{places.uid}")
            yield places.path(f"{top}/registries.rootless.conf.d")
        yield places.path(f"{top}/registries.conf.d")


def _recorded(places: Locations) -> Path | None:
    name = "containers/short-name-aliases.conf"
    if places.uid == 0:
        return places.path(f"/var/cache/{name}")
    return None if places.cache is None else places.cache / name


def _read(path: Path, *, is_required: bool = False) -> RegistriesFile | None:
    from .registries_file import parse_registries
    from .toml_file import MAX_BYTES

    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        if not is_required:
            return None
        raise InvalidSettings(f"{path}: there is no such file", path=str(path)) from error
    except OSError as error:
        raise unreadable(path, error) from error
    return parse_registries(raw, path=str(path))
