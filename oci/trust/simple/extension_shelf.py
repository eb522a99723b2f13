"""Signatures that registries keep themselves, by containers/image's extension: to read and to add to."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ...errors import Cancelled, LimitExceeded, OciError, Unsupported
from ...frozen import frozen
from ..signature import Family, Signature
from ..verdict import Absent, Found, Unasked
from .shelf import MAX_SIGNATURES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...content import KeepsSignatures, TakesSignatures
    from ..signature import Subject
    from ..verdict import Reading


@frozen
class ExtensionShelf:
    """What a registry keeps.

    Args:
        source: The repository.
        label: How people write it.
    """

    source: KeepsSignatures
    label: str

    def read(self, subject: Subject) -> Reading:
        """Look for the signatures of an image; see `oci.trust.family.Shelf`."""
        place = f"signatures extension of {self.label}@{subject.digest}"
        try:
            listed = self.source.signatures(subject.digest) or ()
        except Cancelled:
            raise
        except OciError as error:
            return Unasked(place, error)
        if len(listed) > MAX_SIGNATURES:
            return Unasked(place, LimitExceeded(limit="signatures", allowed=MAX_SIGNATURES, where=place))
        found = tuple(Signature(family=Family.SIMPLE, envelope=each, found_at=place) for each in listed)
        return Found(place, found) if found else Absent(place)


@frozen
class ExtensionKeeper:
    """The same, to add to.

    Args:
        sink: The repository, whose registry has the extension.
        label: How people write it.
    """

    sink: TakesSignatures
    label: str

    def read(self, subject: Subject) -> Reading:
        """Look for the signatures of an image; see `oci.trust.family.Shelf`."""
        return ExtensionShelf(self.sink, self.label).read(subject)

    def add(self, subject: Subject, signatures: Sequence[Signature]) -> str:
        """Add signatures of an image; see `oci.trust.family.Keeper`."""
        known = set(self.sink.signatures(subject.digest) or ())
        for signature in signatures:
            if signature.family is not Family.SIMPLE:
                raise Unsupported(f"{self.label}: only GPG signatures can be kept in this way")
            if signature.envelope not in known:
                known.add(signature.envelope)
                # Named by its content: who adds it again names it the same, and it is there once.
                name = hashlib.sha256(signature.envelope).hexdigest()[:32]
                self.sink.add_signature(subject.digest, name, signature.envelope)
        return f"{self.label}@{subject.digest}"
