"""Indexes over documents that have changed: new links for old ones, all else as it was.

Builders put attestations of an image beside it in the index, with an annotation that says of which digest
they speak (BuildKit's "attestation storage"). Of an image that changes they say nothing any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...errors import Unsupported
from ...spec import strict_json
from ...spec.media_type import MANIFESTS
from .loss import INDEX_MEMBERS, LINK_MEMBERS, lost_in_document, lost_in_link, refuse_loss, without_losses
from .manifest import encoded
from .rule import Format

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...content import Opened
    from ...spec import Descriptor, Digest, Index
    from .rule import Conversion

REFERENCE: Final = "vnd.docker.reference.digest"
"""The annotation by which an attestation in an index says what it speaks of."""


_FIRST: Final = ("mediaType", "digest", "size")
# In the order in which others write them, so that equal images get equal digests.


def attested(entry: Descriptor) -> str:
    """Return the digest that an entry of an index is an attestation of, or an empty string for an image."""
    return entry.annotations.get(REFERENCE, "")


def target_of(index: Index, conversion: Conversion) -> Format:
    """Return the family that an index gets."""
    own = Format.OCI if index.media_type == Format.OCI.index_type else Format.DOCKER
    return conversion.target or own


def check_index(index: Index, conversion: Conversion, *, where: str) -> None:
    """Find out before anything is moved whether an index can be written in the other format.

    Raises:
        Unsupported: It cannot.
    """
    if index.media_type == Format.DOCKER.index_type or target_of(index, conversion) is Format.OCI:
        return
    for number, entry in enumerate(index.manifests, start=1):
        if attested(entry):
            if not conversion.leaves_attached:
                raise attestation_refused(where)
        elif entry.platform is None or entry.media_type not in MANIFESTS:
            raise Unsupported(
                f"{where}: entry {number} is no image for a platform, and a v2s2 list has nothing else",
                hint="--format oci allows it",
            )
    if not conversion.allows_loss:
        refuse_loss(_losses(index), where=where)


def rewrite_index(
    index: Index, target: Format, changes: Mapping[Digest, Descriptor], dropped: frozenset[Descriptor]
) -> Opened:
    """Write an index anew.

    Args:
        index: The index.
        target: The family to write it in.
        changes: What has become of the documents that it links to, where that is something else.
        dropped: The entries to leave out.
    """
    members = strict_json.load_object(index.raw, where="index")
    entries = members["manifests"]
    assert isinstance(entries, list)
    members = {"schemaVersion": 2, "mediaType": target.index_type} | {
        key: value for key, value in members.items() if key not in {"schemaVersion", "mediaType"}
    }
    members["manifests"] = [
        _entry(member, changes.get(link.digest), target)
        for member, link in zip(entries, index.manifests, strict=True)
        if link not in dropped
    ]
    if target is Format.DOCKER:
        members = without_losses(members, INDEX_MEMBERS)
    return encoded(members, target.index_type, index.digest.algorithm)


def attestation_refused(where: str) -> Unsupported:
    """Return the error that says why an attested image must not change."""
    return Unsupported(
        f"{where}: has attestations, which speak of the digest that it would not have any more",
        hint="--remove-signatures leaves them behind",
    )


def _entry(member: dict[str, object], change: Descriptor | None, target: Format) -> dict[str, object]:
    member = {key: value for key, value in member.items() if change is None or key != "data"}
    link = member if change is None else change.bare().to_json()
    if target is Format.DOCKER:
        return without_losses(member | link, LINK_MEMBERS)
    first = {key: link[key] for key in _FIRST if key in link}
    return first | {key: value for key, value in member.items() if key not in first}


def _losses(index: Index) -> list[str]:
    members = strict_json.load_object(index.raw, where="index")
    lost = list(lost_in_document(members, INDEX_MEMBERS))
    for number, entry in enumerate(index.manifests, start=1):
        if not attested(entry):
            lost += lost_in_link(entry.to_json(), f"entry {number}")
    return lost
