"""The places that may have signatures of an image, of each family: what verifying and listing go through."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..transports.name import DIRECTORY
from ..trust import Family
from ..trust.attachment import AttachmentLimits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..content import Source
    from ..trust.family import Shelf
    from ..trust.policy import Ground


def shelves_of(
    family: Family, ground: Ground, beside: Source, limits: AttachmentLimits | None = None
) -> Iterable[Shelf]:
    """Return the places that may have signatures of one family.

    Args:
        family: The family.
        ground: The image.
        beside: The place in which things are attached to it: its own, or a repository that is kept for them.
        limits: Bounds on what is read.

    Raises:
        InvalidSettings: What tells of the places cannot be understood.
    """
    limits = limits or AttachmentLimits()
    match family:
        case Family.SIMPLE:
            from ..trust.simple.practice import shelves

            return tuple(shelves(ground))
        case Family.COSIGN if ground.image.transport == DIRECTORY and beside is ground.source:
            from ..trust.cosign.file import FileShelf

            return (FileShelf(Path(ground.image.location)),)
        case Family.COSIGN:
            from ..trust.cosign.shelf import cosign_shelf

            return (cosign_shelf(beside, limits),)
        case Family.NOTATION:
            from ..trust.notation.shelf import notation_shelf

            return (notation_shelf(beside, limits),)
        case Family.ATTESTATION:
            from ..trust.bundle.shelf import attestation_shelf

            return (attestation_shelf(beside, limits),)
        case Family.BUNDLE:
            from ..trust.bundle.shelf import bundle_shelf

            return (bundle_shelf(beside, limits),)
