"""What Docker's format has no words for: found, and refused unless the caller allows the loss.

Docker's documents and links have a fixed set of members ("Image Manifest V 2, Schema 2"); OCI's may have
annotations, a subject, an artifact type, and whatever somebody adds. The other way nothing is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...errors import Unsupported

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MANIFEST_MEMBERS: Final = ("schemaVersion", "mediaType", "config", "layers")
INDEX_MEMBERS: Final = ("schemaVersion", "mediaType", "manifests")
LINK_MEMBERS: Final = ("mediaType", "size", "digest", "urls", "platform")
# In the order in which Docker and containers/image write them, so that equal images get equal digests.

_REPEATED: Final = "data"
# What is embedded is at its digest as well: without it, nothing is lost.


def lost_in_document(members: Mapping[str, object], known: Sequence[str]) -> Iterator[str]:
    """Name what a document says that Docker's has no member for."""
    yield from (key for key, value in members.items() if key not in known and value)


def lost_in_link(members: Mapping[str, object], name: str) -> Iterator[str]:
    """Name what a link says that Docker's has no member for.

    Args:
        members: The link.
        name: What it links to, such as ``layer 3``.
    """
    for key, value in members.items():
        if key not in LINK_MEMBERS and key != _REPEATED and value:
            yield f"{key} of {name}"


def refuse_loss(lost: Sequence[str], *, where: str) -> None:
    """Refuse to drop anything.

    Args:
        lost: What would be.
        where: The document.

    Raises:
        Unsupported: There is something.
    """
    if not lost:
        return
    shown = ", ".join(text[:80] for text in lost[:4]) + (", ..." if len(lost) > 4 else "")
    raise Unsupported(
        f"{where}: a v2s2 document cannot say everything that this one says: {shown}",
        hint="--allow-loss leaves that out; --format oci keeps it",
    )


def without_losses(members: Mapping[str, object], known: Sequence[str]) -> dict[str, object]:
    """Return only those members that Docker's format knows, in its order."""
    return {key: members[key] for key in known if key in members}
