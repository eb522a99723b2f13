"""Indexes: one name for the images of several platforms (image-spec, image-index.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InvalidDocument, NotFound
from ..frozen import frozen
from . import field
from .descriptor import Descriptor
from .document import Document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .digest import Digest
    from .platform import Platform


@frozen
class Index(Document):
    """An index of manifests, or of further indexes.

    Args:
        manifests: The links, in document order.
    """

    manifests: tuple[Descriptor, ...]

    @classmethod
    def from_members(
        cls, raw: bytes, kind: str, digest: Digest, members: Mapping[str, object], *, where: str
    ) -> Index:
        """Build the value from a parsed document whose kind is known; see `parse_document`."""
        subject = field.mapping(members, "subject", where=where)
        manifests = tuple(
            Descriptor.from_json(entry, where=f"{where}: manifest {number}")
            for number, entry in enumerate(field.mappings(members, "manifests", where=where))
        )
        if any(entry.digest == digest for entry in manifests):
            raise InvalidDocument(f"{where}: refers to itself")
        return cls(
            raw=raw,
            media_type=kind,
            digest=digest,
            subject=None if subject is None else Descriptor.from_json(subject, where=f"{where}: subject"),
            annotations=field.text_map(members, "annotations", where=where) or {},
            artifact_type=field.text(members, "artifactType", where=where),
            manifests=manifests,
        )

    @property
    def children(self) -> tuple[Descriptor, ...]:
        """The manifests."""
        return self.manifests

    def select(self, wished: Platform) -> Descriptor:
        """Choose the image for a platform.

        Args:
            wished: The platform to run on; see `Platform.rank` for what suits it.

        Returns:
            The best match, the first of equals.

        Raises:
            NotFound: No entry suits; the hint lists what there is.
        """
        ranked = [
            (rank, entry)
            for entry in self.manifests
            if entry.platform is not None and (rank := wished.rank(entry.platform)) is not None
        ]
        if not ranked:
            offered = ", ".join(str(p) for p in self.platforms()) or "no platforms at all"
            raise NotFound(
                f"no image for {wished} in the index", name=str(wished), hint=f"it offers {offered}"
            )
        return min(ranked, key=lambda pair: pair[0])[1]

    def platforms(self) -> tuple[Platform, ...]:
        """The platforms of the images in it, without the builders' attestations."""
        return tuple(
            e.platform for e in self.manifests if e.platform is not None and not e.platform.is_unknown
        )
