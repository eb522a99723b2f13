"""The one table from prefixes to transports. A transport is loaded when one of its names is opened."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast

from ..errors import Unsupported

if TYPE_CHECKING:
    from ..content import Sink, Source
    from .name import ImageName
    from .session import Session

MODULES: Final = {
    "dir": ".directory.transport",
    "docker": ".remote.transport",
    "docker-archive": ".docker_archive.transport",
    "docker-daemon": ".docker_daemon.transport",
    "oci": ".layout.transport",
    "oci-archive": ".oci_archive.transport",
    "store": "..store.transport",
}
"""Each transport, and the module that opens its places, relative to this package.

The store stands to the right of this room, and is named as a text for that reason."""


class Transport(Protocol):
    """What such a module offers."""

    def open_source(self, image: ImageName, session: Session) -> Source:
        """Open a place for reading."""

    def open_sink(self, image: ImageName, session: Session) -> Sink:
        """Open a place for writing, and make it where that makes sense."""


def open_source(image: ImageName, session: Session) -> Source:
    """Open the place that a name speaks of, for reading.

    Args:
        image: The name; ask the source for its ``name``.
        session: Settings of this side.

    Raises:
        NotFound: There is no such place.
        OciError: What else the transport has to say.
    """
    return _transport(image).open_source(image, session)


def open_sink(image: ImageName, session: Session) -> Sink:
    """Open the place that a name speaks of, for writing.

    Args:
        image: The name; publish under its ``names``.
        session: Settings of this side.

    Raises:
        Unsupported: Nothing can be written under such a name.
        StorageError: The place cannot be written.
        OciError: What else the transport has to say.
    """
    if isinstance(image.name, str) and image.name.startswith("@"):
        raise Unsupported(f"{image}: a position can be read, not written", hint="give the image a name")
    return _transport(image).open_sink(image, session)


def _transport(image: ImageName) -> Transport:
    # A module is as good an object as any: mypy cannot see what a computed import returns.
    return cast("Transport", import_module(MODULES[image.transport], __package__))
