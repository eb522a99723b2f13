"""The transport ``docker-daemon:``: opens an engine for the table.

``docker-daemon:NAME[:TAG]`` names an image in it, ``docker-daemon:sha256:HEX`` one by its ID, to read;
``docker-daemon:`` alone stands for the engine, whose images can be listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import Unsupported
from .engine import Engine
from .sink import DaemonSink
from .source import DaemonSource

if TYPE_CHECKING:
    from ..name import ImageName
    from ..session import Session


def open_source(image: ImageName, session: Session) -> DaemonSource:
    """Open an engine for reading; nothing is asked before something is wanted of it."""
    del image
    return DaemonSource(Engine(session), session)


def open_sink(image: ImageName, session: Session) -> DaemonSink:
    """Open an engine for writing; it has to be there, since nothing is sent to it for long.

    Raises:
        Unsupported: The image has an ID in place of a name.
        ConnectFailed: There is no engine.
    """
    if image.name is not None and not image.names:
        raise Unsupported(
            f"{image}: an engine computes IDs and digests itself", hint="write docker-daemon:NAME[:TAG]"
        )
    engine = Engine(session)
    try:
        engine.reach()
        return DaemonSink(engine, DaemonSource(engine, session), session)
    except BaseException:
        engine.close()
        raise
