"""File systems as plain archives: one becomes an image in the local store, and an image's becomes one.

Such an archive has no history and no configuration; what an image says besides its files is lost in one
direction, and has to be said in the other.
"""

from __future__ import annotations

import os
import re
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from ..errors import NotFound
from ..layers import LayerWriter, differences
from ..store.image import find_image
from ..store.merged import MergedTree
from ..transports.layout import disk
from ..transports.remote.web_file import open_web_file
from .build import build
from .place import Context, Places
from .pull import keep, local_store
from .unpack import usual_ownership

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..content import ByteStream
    from ..images import ConfigChanges
    from ..layers import Omission
    from ..spec import Platform
    from .pull import Pulled

_URL: Final = re.compile(r"https?://", re.IGNORECASE)


class Readable(Protocol):
    """A file that is open for reading bytes."""

    def read(self, size: int, /) -> bytes:
        """Read up to as many bytes; nothing only at the end."""


def import_tarball(
    archive: str | os.PathLike[str] | Readable,
    *names: str,
    changes: ConfigChanges | None = None,
    message: str = "",
    platform: Platform | None = None,
    context: Context | None = None,
) -> Pulled:
    """Make an image of one layer of an archive, in the local store, unpacked.

    Args:
        archive: A path, an ``http://`` or ``https://`` URL, or an open file. It may be compressed with gzip,
            zstd, xz or bzip2.
        names: The image's names: whole references.
        changes: What its configuration says (`oci.parse_instructions` reads instructions).
        message: What its history says besides.
        platform: What it is for; where nothing is said, what the settings wish for.
        context: Settings, cancelling, limits, warnings and the clock.

    Raises:
        InvalidDocument: It is no archive, or a damaged one; nothing has been named.
        StorageError: It cannot be read, or the store cannot be written.
        TransportError: The URL cannot be fetched.
    """
    context = context or Context()
    with build(platform=platform, context=context) as image, _opened(archive, context) as (read, where):
        image.add_archive(read, created_by=f"ocitool import {where}", comment=message, where=where)
        if changes is not None:
            image.configure(changes, created_by="")
        source = image.seal()
        with local_store(context) as store:
            return keep(store, source, names, context.token)


def export_tarball(
    image: str, take: Callable[[bytes], object], *, context: Context | None = None
) -> tuple[Omission, ...]:
    """Write the file system of an image in the local store as an archive: all layers merged.

    Equal images become equal bytes: entries are sorted, and nothing of this host is in them but, of a store
    that belongs to somebody else than root, that everything belongs to root.

    Args:
        image: What the image is called, as in `oci.store.image.find_image`.
        take: Is handed the archive's bytes, in order.
        context: Settings, cancelling and limits.

    Returns:
        What was left out, and why.

    Raises:
        NotFound: There is no such image, or it is not unpacked.
        StorageError: The store cannot be read.
    """
    context = context or Context()

    def take_unless_cancelled(content: bytes) -> None:
        context.token.raise_if_cancelled()
        take(content)

    with local_store(context, to_read=True) as store, ExitStack() as stack:
        found, _ = find_image(store, image)
        if not store.database.is_readable_only:
            store.hold(found.digest)
        snapshots = store.snapshots.stack(store.catalogue.chains(found.digest))
        if not snapshots:
            raise NotFound(f"{image[:160]} is not unpacked", name=image, hint="ocitool pull unpacks it")
        roots = []
        for snapshot in reversed(snapshots):
            with disk.storage_errors("read", snapshot.directory):
                roots.append(os.open(snapshot.directory, os.O_RDONLY | os.O_DIRECTORY))
            stack.callback(os.close, roots[-1])
        tree = stack.enter_context(MergedTree(roots))
        writer = LayerWriter(take_unless_cancelled, ownership=usual_ownership())
        writer.write(differences(None, tree), tree)
        writer.finish()
    return writer.omissions


@contextmanager
def _opened(
    archive: str | os.PathLike[str] | Readable, context: Context
) -> Iterator[tuple[Callable[[int], bytes], str]]:
    """Open an archive; tell what it is called, too."""
    if isinstance(archive, str) and _URL.match(archive):
        with Places(context) as places, open_web_file(archive, places.session(None)) as stream:
            yield _reader(stream), stream.shown_url
    elif isinstance(archive, str | os.PathLike):
        path = Path(archive)
        with disk.storage_errors("read", path):
            file = path.open("rb", buffering=0)
        with file:
            yield file.read, path.name
    else:
        yield archive.read, "a stream"


def _reader(stream: ByteStream) -> Callable[[int], bytes]:
    def read(size: int) -> bytes:
        buffer = memoryview(bytearray(size))
        return bytes(buffer[: stream.readinto(buffer)])

    return read
