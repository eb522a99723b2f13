"""Registries as a transport: ``docker://host/repository[:tag][@digest]``."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ...spec import Reference
from .exchange import Exchange
from .network import Network
from .repository import RemoteRepository

if TYPE_CHECKING:
    from ..name import ImageName
    from ..session import Session


def open_source(image: ImageName, session: Session) -> RemoteRepository:
    """Open a repository for reading; nothing is asked before something is wanted of it."""
    return _open(image, session, writes=False)


def open_sink(image: ImageName, session: Session) -> RemoteRepository:
    """Open a repository for writing; the first token allows it already.

    How the registry is reached is found out while the caller is still busy with the source. What fails then
    fails again, and is told, when the registry is needed.
    """
    repository = _open(image, session, writes=True)
    threading.Thread(target=repository.reach, name="oci-reach", daemon=True).start()
    return repository


def _open(image: ImageName, session: Session, *, writes: bool) -> RemoteRepository:
    network = session.shared.get(Network, lambda: Network(session.settings, session.limits, session.trace))
    reference = Reference.parse(image.location)
    exchange = Exchange(
        network.registry(reference.registry, session),
        reference.repository,
        client=network.client,
        token=session.token,
        limits=session.limits,
        writes=writes,
        warn=network.telling_once(session.warn),
    )
    return RemoteRepository(exchange)
