"""Registries as a transport: ``docker://host/repository[:tag][@digest]``."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ...spec import Reference
from .location import Locations
from .network import Network
from .repository import target_of

if TYPE_CHECKING:
    from ..name import ImageName
    from ..session import Session
    from .mirrored import MirroredRepository
    from .repository import RemoteRepository


def open_source(image: ImageName, session: Session) -> RemoteRepository | MirroredRepository:
    """Open a repository for reading; nothing is asked before something is wanted of it.

    Raises:
        Forbidden: ``registries.conf`` blocks every place that it could be read in.
    """
    locations, reference = _locate(image, session)
    sources = locations.to_read(reference)
    if not locations.is_read_elsewhere(reference):
        return locations.repository(sources[0])
    from .mirrored import MirroredRepository  # few hosts have mirrors

    return MirroredRepository(locations, _network(session).unreachable)


def open_sink(image: ImageName, session: Session) -> RemoteRepository:
    """Open a repository for writing, under its own name; the first token allows it already.

    How the registry is reached is found out while the caller is still busy with the source. What fails then
    fails again, and is told, when the registry is needed.

    Raises:
        Forbidden: ``registries.conf`` blocks it.
    """
    locations, reference = _locate(image, session)
    repository = locations.repository(locations.own(reference), writes=True)
    threading.Thread(target=repository.reach, name="oci-reach", daemon=True).start()
    return repository


def _locate(image: ImageName, session: Session) -> tuple[Locations, Reference]:
    named = Reference.parse(image.location)
    return Locations(named, _network(session), session), named.at(target_of(image.name))


def _network(session: Session) -> Network:
    return session.shared.get(Network, lambda: Network(session.settings, session.limits, session.trace))
