"""Images in the store as ``podman images`` shows them: a row for each name, or an object for each image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from oci.errors import InvalidValue

from ..go_time import Time
from ..go_units import human_duration, spaced_size
from ..go_value import Field, Nil, Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from oci.store.image import LocalImage

NONE: Final = "<none>"
"""What stands for a name that an image does not have."""

_EPOCH: Final = "1970-01-01T00:00:00Z"
SHORT_ID: Final = 12


def created_of(image: LocalImage) -> Time:
    """Return when an image was made; 1970 where it does not say so."""
    try:
        return Time.parse((image.config.created if image.config is not None else "") or _EPOCH)
    except (InvalidValue, ValueError):
        return Time.parse(_EPOCH)


def repository_and_tag(name: str) -> tuple[str, str]:
    """Take a name with a tag or a digest apart."""
    repository, at, _ = name.partition("@")
    if at:
        return repository, NONE
    repository, _, tag = name.rpartition(":")
    return repository, tag


def image_rows(images: Iterable[LocalImage], *, now_s: float, full: bool) -> list[Struct]:
    """Return a row for each name of each image, or one for an image that has none.

    Args:
        images: The images.
        now_s: The time, in seconds since 1970.
        full: Whether IDs are written out.
    """
    rows = []
    for image in images:
        places = [repository_and_tag(name) for name in image.tags]
        if not places:
            places = sorted({repository_and_tag(name) for name in image.repo_digests})[:1] or [(NONE, NONE)]
        rows += [_row(image, repository, tag, now_s=now_s, full=full) for repository, tag in places]
    return rows


def image_objects(images: Sequence[LocalImage]) -> list[Struct]:
    """Return an object for each image, as ``podman images --format json`` has it."""
    return [_object(image) for image in images]


def id_text(image: LocalImage, *, full: bool) -> str:
    """Write an image's ID: its first digits, or all of it."""
    return str(image.image_id) if full else image.image_id.encoded[:SHORT_ID]


def _row(image: LocalImage, repository: str, tag: str, *, now_s: float, full: bool) -> Struct:
    created = created_of(image)
    since = f"{human_duration(now_s - created.unix())} ago"
    return Struct(
        "images.imageReporter",
        (
            Field("Repository", repository),
            Field("Tag", tag),
            Field("ID", id_text(image, full=full)),
            Field("Id", image.image_id.encoded),
            Field("ParentId", ""),
            Field("Digest", str(image.digest)),
            Field("Created", since),
            Field("CreatedSince", since),
            Field("CreatedAt", created),
            Field("CreatedTime", created),
            Field("Size", spaced_size(image.size_bytes)),
            Field("VirtualSize", image.size_bytes),
            Field("SharedSize", image.shared_bytes),
            Field("Labels", _labels(image)),
            Field("RepoTags", list(image.tags)),
            Field("RepoDigests", list(image.repo_digests)),
            Field("Names", list(image.tags)),
            Field("Dangling", image.is_dangling),
            Field("Containers", 0),
            Field("ReadOnly", value=False),
        ),
    )


def _object(image: LocalImage) -> Struct:
    created = created_of(image)
    return Struct(
        "images.imageJSON",
        (
            Field("Id", image.image_id.encoded),
            Field("ParentId", ""),
            Field("RepoTags", list(image.tags) or Nil.SLICE),
            Field("RepoDigests", list(image.repo_digests) or Nil.SLICE),
            Field("Size", image.size_bytes),
            Field("SharedSize", image.shared_bytes),
            Field("VirtualSize", image.size_bytes),
            Field("Labels", _labels(image)),
            Field("Containers", 0),
            Field("Names", list(image.tags), omit_empty=True),
            Field("Digest", str(image.digest)),
            Field("Dangling", image.is_dangling, omit_empty=True),
            Field("Created", created.unix()),
            Field("CreatedAt", created),
        ),
    )


def _labels(image: LocalImage) -> object:
    labels = image.config.labels if image.config is not None else None
    return Nil.MAP if labels is None else dict(labels)
