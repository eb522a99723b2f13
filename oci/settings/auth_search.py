"""Where auth files are, in the order in which they are asked (containers-auth.json(5)).

``REGISTRY_AUTH_FILE`` alone, where it is set. Else what ``DOCKER_AUTH_CONFIG`` says (the content of a
``config.json``, which comes before the files to Docker's CLI as well),
``$XDG_RUNTIME_DIR/containers/auth.json``, ``$XDG_CONFIG_HOME/containers/auth.json``, Docker's ``config.json``
and the old ``~/.dockercfg``. A file that is there but cannot be understood stops whoever would have needed
it, not everybody.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from ..errors import InvalidSettings
from ..frozen import frozen, replace
from .auth_file import MAX_BYTES, AuthFile
from .unreadable import unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from .location import Locations


VARIABLE: Final = "DOCKER_AUTH_CONFIG"
"""The variable whose value is the content of an auth file."""


@frozen(kw_only=True)
class AuthLocation:
    """A place that an auth file may be at.

    Args:
        path: The file.
        is_docker: Whether it is one of Docker's.
        is_legacy: Whether it is a ``.dockercfg``.
        is_required: Whether somebody asked for this very file, so that it must be there.
        anchor: A directory above it that is made by the system and never by us, or None.
    """

    path: Path
    is_docker: bool = False
    is_legacy: bool = False
    is_required: bool = False
    anchor: Path | None = None


@frozen
class BrokenAuthFile:
    """An auth file that is there, or should be, and cannot be read or understood.

    Args:
        path: The file.
        error: What is wrong with it; raised when the file is needed.
    """

    path: str
    error: InvalidSettings


def chosen(path: Path) -> AuthLocation:
    """Return the location of a file that somebody asked for by name."""
    return AuthLocation(path=path, is_docker=path.name == "config.json", is_required=True)


def auth_locations(places: Locations) -> tuple[AuthLocation, ...]:
    """Return where auth files may be, the first one to be asked first."""
    override = places.variable("REGISTRY_AUTH_FILE")
    return (chosen(override),) if override else tuple(_usual(places))


def login_location(places: Locations) -> AuthLocation | None:
    """Return the file that a login is written to, or None where there is no place for one.

    It is the first file that is read. Where there is no runtime directory, root's is the one that other tools
    use too, and other users' is in their configuration, since they cannot make directories in /run.
    """
    override = places.variable("REGISTRY_AUTH_FILE")
    if override is not None:
        return replace(chosen(override), is_required=False)
    if places.runtime is not None or places.uid == 0:
        return next(_usual(places))
    return None if places.config is None else AuthLocation(path=places.config / "containers" / "auth.json")


def read_auth_variable(places: Locations) -> tuple[AuthFile | BrokenAuthFile, ...]:
    """Read the auth file that is the content of a variable; none where another file was chosen.

    Docker's CLI takes nothing but ``auth`` entries from there; CI systems put whole files into it, helpers
    included, and so all of it is understood.
    """
    text = places.environ.get(VARIABLE, "")
    if not text or places.variable("REGISTRY_AUTH_FILE") is not None:
        return ()
    path = f"${VARIABLE}"
    try:
        return (AuthFile.parse(text.encode("utf-8", "surrogateescape"), path=path, is_docker=True),)
    except InvalidSettings as error:
        return (BrokenAuthFile(path, error),)


def read_auth_files(locations: Iterable[AuthLocation]) -> tuple[AuthFile | BrokenAuthFile, ...]:
    """Read the files that are there, in the same order."""
    found = (_read_or_break(location) for location in locations)
    return tuple(file for file in found if file is not None)


def read_auth_file(location: AuthLocation) -> AuthFile | None:
    """Read one file, or return None where there is none and none is required.

    Raises:
        InvalidSettings: It cannot be read or understood.
    """
    path = str(location.path)
    try:
        with location.path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
            mode = os.fstat(stream.fileno()).st_mode
    except FileNotFoundError as error:
        if not location.is_required:
            return None
        raise InvalidSettings(f"{path}: there is no such auth file", path=path) from error
    except OSError as error:
        raise unreadable(location.path, error) from error
    file = AuthFile.parse(raw, path=path, is_docker=location.is_docker, is_legacy=location.is_legacy)
    return replace(file, is_exposed=bool(mode & 0o077) and os.name == "posix")


def _read_or_break(location: AuthLocation) -> AuthFile | BrokenAuthFile | None:
    try:
        return read_auth_file(location)
    except InvalidSettings as error:
        return BrokenAuthFile(str(location.path), error)


def _usual(places: Locations) -> Iterator[AuthLocation]:
    if places.runtime is not None:
        yield AuthLocation(path=places.runtime / "containers" / "auth.json", anchor=places.runtime)
    elif places.uid is not None:
        yield AuthLocation(path=places.path(f"/run/containers/{places.uid}/auth.json"))
    if places.config is not None:
        yield AuthLocation(path=places.config / "containers" / "auth.json")
    docker = places.variable("DOCKER_CONFIG") or (places.home and places.home / ".docker")
    if docker is not None:
        yield AuthLocation(path=docker / "config.json", is_docker=True)
    if places.home is not None:
        yield AuthLocation(path=places.home / ".dockercfg", is_docker=True, is_legacy=True)
