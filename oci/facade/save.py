"""Saving images of the local store: several of them into one place, which is written as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..content import Finishes
from ..transfer import CopyOptions
from ..transfer import copy as transfer_copy
from ..transports.name import ImageName
from .place import Context, Places

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..spec import Digest
    from ..transfer import CopyResult


def save(
    images: Mapping[Digest, Sequence[str]],
    destination: str,
    *,
    options: CopyOptions | None = None,
    context: Context | None = None,
) -> tuple[CopyResult, ...]:
    """Copy images of the local store to one place, bit for bit unless a change is asked for.

    Args:
        images: The digests of their manifests, and the names that each gets there.
        destination: The place, without a name: ``docker-archive:FILE``, ``oci-archive:FILE``, ``dir:DIR``.
        options: How to copy.
        context: Settings, cancelling, limits and warnings.

    Raises:
        NotFound: There is no such image, or no store.
        CopyError: Something failed; an archive is as it was.
    """
    options = options or CopyOptions()
    with Places(context or Context()) as places:
        source = places.source(ImageName.parse("store:"))
        sink = places.sink(ImageName.parse(destination))
        results = tuple(
            transfer_copy(source, digest, sink, names, options=options, token=places.token)
            for digest, names in images.items()
        )
        if isinstance(sink, Finishes):
            sink.finish()
    return results
