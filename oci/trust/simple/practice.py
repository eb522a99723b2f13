"""How GPG signatures answer to a policy: where they lie, and which keys ``signedBy`` means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...content import KeepsSignatures
from ...settings.lookaside import FILE_SCHEME, path_of
from ...settings.policy import SignedBy
from ...transports.name import REGISTRY
from ..key_text import texts_of
from .shelf import DirectoryShelf, LookasideShelf
from .verifier import SimpleVerifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...settings.policy import Requirement
    from ..family import Shelf
    from ..policy import Ground


def shelves(ground: Ground) -> Iterator[Shelf]:
    """Yield the places that may have signatures of an image; see `oci.trust.policy.Practice`."""
    yield from _files(ground)
    if isinstance(ground.source, KeepsSignatures):
        from .extension_shelf import ExtensionShelf

        yield ExtensionShelf(ground.source, ground.source.label)


def _files(ground: Ground) -> Iterator[Shelf]:
    if ground.image.transport == "dir":
        yield DirectoryShelf(Path(ground.image.location))
    elif ground.image.transport == REGISTRY and ground.name is not None:
        url = ground.session.settings.lookaside_conf().to_read(ground.name)
        if url.startswith(FILE_SCHEME):
            yield LookasideShelf(path_of(url))
        elif url:
            from .web_shelf import WebShelf

            yield WebShelf(url, ground.session)


def verifier(requirement: Requirement, _ground: Ground) -> SimpleVerifier:
    """Return who verifies for a requirement; see `oci.trust.policy.Practice`."""
    assert isinstance(requirement, SignedBy)
    return SimpleVerifier(texts_of(requirement.keys), requirement.identity)
