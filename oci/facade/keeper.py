"""Who keeps the signatures that come with a copy, where those of two families do not lie together.

GPG's lie where `oci.trust.simple.practice` says. Those of cosign's kind are files in an image directory,
beside GPG's, and lie beneath cosign's tag in registries and layouts; other places have no room for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import Unsupported
from ..frozen import frozen
from ..transports.name import DIRECTORY, LAYOUT, REGISTRY
from ..trust import Absent, Family, Found, Unasked
from ..trust.simple.practice import keeper_of
from .admission import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..content import Sink
    from ..settings import Settings
    from ..spec import Digest
    from ..transports.name import ImageName
    from ..trust import Reading, Signature, Subject
    from ..trust.family import OpenKeeper

_TAGGED: Final = frozenset({REGISTRY, LAYOUT})
"""Transports whose places keep signatures under cosign's tags."""


@frozen
class _Parted:
    """Keeps signatures of each family in a place of its own; implements `oci.trust.family.OpenKeeper`.

    Args:
        keepers: The places.
    """

    keepers: Mapping[Family, OpenKeeper]

    def read(self, subject: Subject) -> Reading:
        """Look for the signatures of an image in all of the places; see `oci.trust.family.Shelf`."""
        readings = [keeper.read(subject) for keeper in self.keepers.values()]
        place = ", ".join(each.place for each in readings)
        for each in readings:
            if isinstance(each, Unasked):
                return each
        found = tuple(each for each in readings if isinstance(each, Found))
        if not found:
            return Absent(place)
        return Found(
            place,
            tuple(signature for each in found for signature in each.signatures),
            refused=tuple(refusal for each in found for refusal in each.refused),
            unread=tuple(lost for each in found for lost in each.unread),
        )

    def add(self, subject: Subject, signatures: Sequence[Signature]) -> str:
        """Add signatures of an image, each to its place; see `oci.trust.family.Keeper`."""
        parts = {family: [each for each in signatures if each.family is family] for family in self.keepers}
        return ", ".join(self.keepers[family].add(subject, own) for family, own in parts.items() if own)


def keeper_for(
    families: frozenset[Family],
    target: ImageName,
    settings: Settings,
    digest: Digest,
    place: Callable[[], Sink | None],
) -> OpenKeeper:
    """Return who keeps signatures at a destination, before anything is written there.

    Args:
        families: Of which families there are some: simple signing's, cosign's or both.
        target: The image at the destination.
        settings: That side's settings.
        digest: The image's digest.
        place: Returns the destination, or None while it is not open; it is when signatures are added.

    Raises:
        Unsupported: Some of them cannot be kept there.
        OciError: A registry could not be asked.
    """
    keepers: dict[Family, OpenKeeper] = {}
    if Family.SIMPLE in families or target.transport == DIRECTORY:
        keeper = keeper_of(target, name_of(target), settings, place(), digest)
        if keeper is None:
            raise _unkept(target)
        if target.transport == DIRECTORY:
            return keeper
        keepers[Family.SIMPLE] = keeper
    if Family.COSIGN in families:
        if target.transport not in _TAGGED or _has_no_tags(target, settings):
            raise _unkept(target)
        from ..trust.cosign.file import TagKeeper

        keepers[Family.COSIGN] = TagKeeper(place)
    return next(iter(keepers.values())) if len(keepers) == 1 else _Parted(keepers)


def _has_no_tags(target: ImageName, settings: Settings) -> bool:
    """Tell whether registries.d says that a registry has no signatures under cosign's tags."""
    name = name_of(target)
    return name is not None and settings.lookaside_conf().uses_attachments(name) is False


def _unkept(target: ImageName) -> Unsupported:
    hint = "--remove-signatures leaves them behind"
    return Unsupported(f"{target}: signatures cannot be kept there", hint=hint)
