"""How GPG signatures answer to a policy: where they lie, and which keys ``signedBy`` means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...settings.policy import SignedBy
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
    lookaside = ground.session.settings.lookaside_directory
    if ground.image.transport == "dir":
        yield DirectoryShelf(Path(ground.image.location))
    elif ground.image.transport == "docker" and lookaside is not None:
        yield LookasideShelf(lookaside)


def verifier(requirement: Requirement, _ground: Ground) -> SimpleVerifier:
    """Return who verifies for a requirement; see `oci.trust.policy.Practice`."""
    assert isinstance(requirement, SignedBy)
    return SimpleVerifier(texts_of(requirement.keys), requirement.identity)
