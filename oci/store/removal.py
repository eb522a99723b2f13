"""Names given and taken away, and images removed: what people do with ``tag``, ``untag`` and ``rmi``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import AlreadyExists
from ..frozen import frozen
from .catalogue import check_name
from .mount import check_unused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..spec import Digest
    from .image import LocalImage
    from .store import ImageStore


@frozen(kw_only=True)
class Removed:
    """What removing an image came to.

    Args:
        untagged: The names that are gone.
        deleted: The image's ID; None where the image stays under other names.
    """

    untagged: tuple[str, ...]
    deleted: Digest | None


def give_names(store: ImageStore, image: LocalImage, names: Sequence[str]) -> None:
    """Give an image further names, which are taken from whatever had them.

    Raises:
        InvalidReference: One is no name for an image here; none has been given.
        StorageError: The store cannot be written.
    """
    for name in names:
        check_name(name)
    with store.database.writing(durable=True) as connection:
        connection.executemany(
            "INSERT OR REPLACE INTO name VALUES (?, ?, ?)",
            [(name, str(image.digest), store.clock()) for name in names],
        )
        connection.execute("UPDATE document SET is_root = 1 WHERE digest = ?", (str(image.digest),))


def take_names(store: ImageStore, names: Sequence[str]) -> None:
    """Take names away; the images stay, without a name if they have no other."""
    with store.database.writing(durable=True) as connection:
        connection.executemany("DELETE FROM name WHERE name = ?", [(name,) for name in names])


def remove_image(
    store: ImageStore, image: LocalImage, name: str | None, *, is_forced: bool = False
) -> Removed:
    """Take one name of an image away, and with the last one the image; its content is left to the collector.

    Args:
        store: The store.
        image: The image.
        name: The name that it was found by, or None for all of it.
        is_forced: Whether an image with several names may be removed by its ID.

    Raises:
        AlreadyExists: It was found by its ID and has several names.
        Unsupported: It is mounted.
    """
    if name is not None and [tag for tag in image.tags if tag != name]:
        take_names(store, [name])
        return Removed(untagged=(name,), deleted=None)
    if name is None and len(image.tags) > 1 and not is_forced:
        raise AlreadyExists(
            f"image {image.image_id.short} has more than one name: {', '.join(image.tags)}",
            hint="--force removes it with all of them",
        )
    check_unused(store, image.digest)
    with store.database.writing(durable=True) as connection:
        digest = str(image.digest)
        connection.execute("DELETE FROM name WHERE digest = ?", (digest,))
        connection.execute("UPDATE document SET is_root = 0 WHERE digest = ?", (digest,))
        # What is attached to it, and has no name, was there for its sake.
        connection.execute(
            """UPDATE document SET is_root = 0 WHERE subject = ?
               AND NOT EXISTS (SELECT 1 FROM name WHERE name.digest = document.digest)""",
            (digest,),
        )
    return Removed(untagged=image.tags, deleted=image.image_id)
