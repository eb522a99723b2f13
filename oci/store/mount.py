"""Images mounted read-only: overlayfs over their snapshots, at a place in the store.

An image that is mounted is in use: neither it nor its snapshots are removed. What is mounted is what the
kernel says; a directory beneath ``mounts/`` alone means nothing, after a restart least of all.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from ..errors import InvalidDigest, NotFound, StorageError, Unsupported
from ..linux.mount import bind_read_only, is_mount_point, mount_overlay, unmount
from ..spec import Digest
from ..transports.layout import disk

if TYPE_CHECKING:
    from pathlib import Path

    from .store import ImageStore

_NO_RIGHTS: Final = "root may mount; without root, run this in a user and mount namespace: unshare -rm"


def mount_image(store: ImageStore, digest: Digest) -> Path:
    """Mount an image; one that is mounted already stays so.

    Args:
        store: The store.
        digest: The digest of the image's manifest.

    Returns:
        Where.

    Raises:
        NotFound: It is not there, or not unpacked.
        StorageError: The system refused.
    """
    chains = store.catalogue.chains(digest)
    store.hold(digest)
    stack = store.snapshots.stack(chains)
    if not chains or stack is None:
        raise NotFound(f"{digest} is not unpacked", name=str(digest), hint="ocitool pull unpacks it")
    target = mount_point(store, digest)
    with disk.storage_errors("mount", target):
        target.mkdir(mode=0o700, exist_ok=True)
        if is_mount_point(target):
            return target
        try:
            if len(stack) == 1:
                bind_read_only(stack[0].directory, target)
            else:
                names = [snapshot.directory.name for snapshot in reversed(stack)]
                options = () if os.geteuid() == 0 else ("userxattr",)
                mount_overlay(target, store.place.snapshots, names, options=options)
        except PermissionError as error:
            raise StorageError(
                f"cannot mount {target}: {error.strerror}",
                path=str(target),
                errno=error.errno,
                hint=_NO_RIGHTS,
            ) from error
    return target


def unmount_image(store: ImageStore, digest: Digest) -> bool:
    """Take an image's mount away.

    Returns:
        Whether it was mounted.

    Raises:
        StorageError: The system refused.
    """
    target = mount_point(store, digest)
    if not is_mount_point(target):
        return False
    with disk.storage_errors("unmount", target):
        unmount(target)
        with suppress(OSError):
            target.rmdir()
    return True


def mounted_images(store: ImageStore) -> list[Digest]:
    """Return the digests of the images that are mounted."""
    found = []
    with disk.storage_errors("list", store.place.mounts):
        for path in sorted(store.place.mounts.iterdir()):
            with suppress(InvalidDigest):
                digest = Digest.parse(path.name.replace("-", ":", 1))
                if is_mount_point(path):
                    found.append(digest)
    return found


def mount_point(store: ImageStore, digest: Digest) -> Path:
    """Return where an image is mounted, or would be."""
    return store.place.mounts / str(digest).replace(":", "-", 1)


def check_unused(store: ImageStore, digest: Digest) -> None:
    """Refuse to remove an image that is in use.

    Raises:
        Unsupported: It is mounted.
    """
    if is_mount_point(mount_point(store, digest)):
        raise Unsupported(
            f"image {digest.short} is mounted, and cannot be removed",
            hint="ocitool unmount takes the mount away",
        )
