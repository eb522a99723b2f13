"""Unpacking an image to a bundle: what a runtime needs to run it, and what it takes to find later changes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import InvalidDocument, StorageError
from ..frozen import replace
from ..layers import Branch, LayerLimits, apply_layers
from ..layers.inventory import write_inventory
from ..runtime import BundleRecord, SpecOptions, find_user, runtime_spec
from ..runtime.bundle import CONFIG, MAX_RECORD_BYTES, RECORD, ROOT, TREE
from ..spec import field
from ..transports.name import PATH_TRANSPORTS, ImageName
from .layer_progress import LayerProgress
from .place import Context, Places
from .unpack import Unpacked, check_system, give_to_root, layer_streams, open_image, sibling, usual_ownership

if TYPE_CHECKING:
    from ..layers import Ownership
    from ..spec import ImageConfig, Platform
    from ..transfer.event import Listener

_BUNDLE_MODE: Final = 0o700
"""Others could use programs of the image that run with their owner's rights."""

_ROOT_MODE: Final = 0o755


def unpack_bundle(
    image: str,
    directory: str | os.PathLike[str],
    *,
    platform: Platform | None = None,
    ownership: Ownership | None = None,
    spec: SpecOptions | None = None,
    limits: LayerLimits | None = None,
    listener: Listener | None = None,
    context: Context | None = None,
) -> Unpacked:
    """Unpack an image to a bundle that ``runc run`` takes as it is.

    The directory gets ``rootfs``, ``config.json``, and two files that `oci.repack` needs.

    Args:
        image: The image's name.
        directory: Where to; it must not be there yet, or be empty.
        platform: As for `oci.unpack`.
        ownership: As for `oci.unpack`.
        spec: What the image does not decide. Where nothing is said, root gets a container with the usual
            namespaces, and everybody else one with a user namespace in which they are root.
        limits: Bounds of each layer.
        listener: As for `oci.unpack`.
        context: Settings, cancelling, limits and warnings.

    Raises:
        NotFound: As for `oci.unpack`, and where the image has no user of the name that it wants to run as.
        OciError: As for `oci.unpack`. After any of these, the directory is as it was.
    """
    check_system()
    name, limits = ImageName.parse(image), limits or LayerLimits()
    ownership = ownership or usual_ownership()
    with Places(context or Context()) as places, sibling(Path(directory), mode=_BUNDLE_MODE) as bundle:
        source, found = open_image(places, name, platform)
        progress = LayerProgress(source, found.manifest.layers, listener)
        streams = layer_streams(source, found, limits, fetch=progress.fetch)
        root = _made_root(bundle)
        try:
            # Root of the container has to get in, and to make the places that things are mounted to.
            for descriptor in (bundle, root):
                give_to_root(descriptor, ownership)
            applied = apply_layers(
                streams, root, ownership=ownership, limits=limits, listener=progress.applied
            )
            assert found.config is not None
            _write_config(bundle, root, found.config, spec or usual_spec(ownership))
            record = BundleRecord(image=_absolute(name), digest=found.manifest.digest, ownership=ownership)
            _write(bundle, RECORD, record.raw)
            _write_tree(bundle, root)
        finally:
            os.close(root)
        return Unpacked(digest=found.manifest.digest, layers=applied)


def usual_spec(ownership: Ownership) -> SpecOptions:
    """Return how a container is run by whoever unpacks its image, with these owners of its files."""
    from ..layers import IdMap, IdRange

    if os.geteuid() != 0:
        uids, gids = IdMap((IdRange(0, os.geteuid(), 1),)), IdMap((IdRange(0, os.getegid(), 1),))
        return SpecOptions(uids=uids, gids=gids, is_privileged=False)
    if ownership.uids.ranges and ownership.gids.ranges:
        return SpecOptions(uids=ownership.uids, gids=ownership.gids)
    return SpecOptions()


def read_record(bundle: Path) -> BundleRecord:
    """Read which image a bundle came from.

    Raises:
        StorageError: There is no such bundle.
        InvalidDocument: It is damaged.
    """
    path = bundle / RECORD
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_RECORD_BYTES)
    except OSError as error:
        raise StorageError(
            f"{bundle} is no bundle that was unpacked here: {RECORD}: {error.strerror}",
            path=str(path),
            errno=error.errno,
            hint="ocitool unpack --bundle makes one",
        ) from error
    return BundleRecord.parse(raw, where=str(path))


def _made_root(bundle: int) -> int:
    os.mkdir(ROOT, _ROOT_MODE, dir_fd=bundle)
    root = os.open(ROOT, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=bundle)
    os.fchmod(root, _ROOT_MODE)
    return root


def _write_config(bundle: int, root: int, config: ImageConfig, options: SpecOptions) -> None:
    execution = field.mapping(config.members, "config", where="image config") or {}
    wanted = field.text(execution, "User", where="image config")
    try:
        user = find_user(root, wanted)
    except OSError as error:
        raise InvalidDocument(f"the image's users cannot be read: {error.strerror}") from error
    members = runtime_spec(config, user, options)
    _write(bundle, CONFIG, json.dumps(members, indent=2, ensure_ascii=False).encode() + b"\n")


def _write(bundle: int, name: str, content: bytes) -> None:
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=bundle)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _write_tree(bundle: int, root: int) -> None:
    descriptor = os.open(TREE, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=bundle)
    with os.fdopen(descriptor, "w", encoding="ascii") as file, Branch(root) as branch:
        write_inventory(branch, file)


def _absolute(name: ImageName) -> str:
    """Return a name that means the same from everywhere."""
    if name.transport in PATH_TRANSPORTS:
        name = replace(name, location=str(Path(name.location).absolute()))
    return str(name)
