"""Removing from the destination what the source does not have, and the rules by which that is refused.

Only names that the same filter would have taken are looked at: what is none of the synchronisation's business
stays. The tags in which clients list what is attached to an image stay too; a destination may need them
where the source does not. A name goes, not an image: where a registry removes nothing but whole images, with
all of their names, the name is first given to a placeholder that is nothing to anybody, and that is removed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ...content import Deletes
from ...content.sink import write_whole
from ...errors import NotFound, Unsupported
from ...spec import Descriptor
from ...spec.media_type import OCI_EMPTY, OCI_MANIFEST
from .tag_filter import is_fallback_tag

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from ...content import Sink
    from .option import Pruning
    from .tag_filter import TagFilter


def surplus(
    there: Iterable[str],
    kept: Collection[str],
    *,
    wanted: TagFilter,
    takes: Callable[[str], bool],
    pruning: Pruning,
    where: str,
) -> list[str]:
    """Return the names to remove; pure.

    Args:
        there: The names at the destination.
        kept: The names that the source has and that are wanted.
        wanted: The filter.
        takes: Says whether a name belongs to the share of the work that is done here.
        pruning: How much may be removed.
        where: The destination, for messages.

    Raises:
        Unsupported: It is more than may be removed, or the source has nothing at all.
    """
    ours = [name for name in there if wanted.matches(name) and not is_fallback_tag(name) and takes(name)]
    removed = [name for name in ours if name not in kept]
    if not removed or pruning.is_forced:
        return removed
    hint = "look at it with --dry-run; --prune-force removes it all the same"
    if not kept:
        raise Unsupported(f"{where}: the source has no images at all: nothing is removed", hint=hint)
    if len(removed) > pruning.most:
        raise Unsupported(f"{where}: would remove {len(removed)} images, more than {pruning.most}", hint=hint)
    # Of what there would be if nothing went: a repository that is still to be filled has few of its own.
    total = len(removed) + len(kept)
    if len(removed) > pruning.most_share * total:
        share = f"{pruning.most_share:.0%}"
        raise Unsupported(
            f"{where}: would remove {len(removed)} of {total} images, more than {share}", hint=hint
        )
    return removed


def remove(sink: Sink, name: str) -> Descriptor | None:
    """Remove one name, and leave every other name of the same image alone.

    Returns:
        What it stood for; None where it was gone already.

    Raises:
        Unsupported: The place removes nothing.
        OciError: It failed.
    """
    if not isinstance(sink, Deletes):
        raise Unsupported(f"{sink.label}: nothing can be deleted here")
    try:
        stood_for = sink.resolve(name)
        try:
            sink.delete(name)
        except Unsupported:
            _displace(sink, name)
            raise_if_deletes(sink, name)
    except NotFound:
        return None
    return stood_for


def raise_if_deletes(sink: Sink, name: str) -> None:
    """Make sure that a name is gone.

    Raises:
        Unsupported: It is still there.
    """
    try:
        sink.resolve(name)
    except NotFound:
        return
    raise Unsupported(f"{sink.label}:{name}: could not be deleted")


def _displace(sink: Sink, name: str) -> None:
    assert isinstance(sink, Deletes)
    config = Descriptor.of(b"{}", OCI_EMPTY)
    write_whole(sink.ingest(config), b"{}")
    raw = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "artifactType": "application/vnd.ocitool.removed",
            "config": config.to_json(),
            "layers": [config.to_json()],
            # Its own digest for each name: what is removed by digest takes nothing else along.
            "annotations": {"org.opencontainers.image.ref.name": name},
        }
    ).encode()
    placeholder = Descriptor.of(raw, OCI_MANIFEST)
    sink.publish(placeholder, raw, (name,))
    sink.delete(placeholder.digest)
