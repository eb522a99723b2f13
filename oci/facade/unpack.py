"""Unpacking an image to a directory: the file system that a container of it would start with.

The directory appears at once and whole, under its name: everything is written to a sibling of it, which takes
the name when the last layer has proven to be what the image promises.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import InvalidDocument, InvalidValue, StorageError, Unsupported, UnsupportedMediaType
from ..frozen import frozen
from ..layers import LayerLimits, LayerStream, Ownership, apply_layers, remove_tree
from ..spec import Platform
from ..spec.media_type import is_layer
from ..transfer.root import Root
from ..transports.name import ImageName
from .admission import admit
from .inspection import Wish, inspect_source
from .layer_progress import LayerProgress
from .place import Context, Places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..content import Source
    from ..layers import Applied, LayerReader, Omission
    from ..spec import Descriptor, Digest
    from ..transfer.event import Listener
    from .inspection import Inspection

USUAL_PLATFORM: Final = Platform("linux", "amd64")
_USUAL_MODE: Final = 0o755


@frozen(kw_only=True)
class Unpacked:
    """What unpacking came to.

    Args:
        digest: The digest of the manifest that was unpacked.
        layers: What applying each layer came to, lowest first.
    """

    digest: Digest
    layers: tuple[Applied, ...]

    @property
    def entries(self) -> int:
        """Entries of all layers."""
        return sum(each.entries for each in self.layers)

    @property
    def file_bytes(self) -> int:
        """Bytes of all files in the layers."""
        return sum(each.file_bytes for each in self.layers)

    @property
    def omissions(self) -> tuple[Omission, ...]:
        """What was left out, and why."""
        return tuple(omission for each in self.layers for omission in each.omissions)


def unpack(
    image: str,
    directory: str | os.PathLike[str],
    *,
    platform: Platform | None = None,
    ownership: Ownership | None = None,
    limits: LayerLimits | None = None,
    listener: Listener | None = None,
    context: Context | None = None,
) -> Unpacked:
    """Unpack an image's layers to a directory, one on the other.

    Args:
        image: The image's name.
        directory: Where to; it must not be there yet, or be empty.
        platform: The platform that the image must be for. Where there is none, the one that the settings
            wish for is chosen from an index, and an image without an index is taken as it is.
        ownership: Who is to own the files. Where nothing is said, root gives them to the owners that the
            layers name, and everybody else keeps them.
        limits: Bounds of each layer.
        listener: Is told how far the layers are, with the events of a copy; from threads, one call at a time.
        context: Settings, cancelling, limits and warnings.

    Raises:
        Forbidden: The policy in the settings does not accept the image.
        NotFound: The image is not there, or not for this platform (`oci.errors.PlatformMismatch`).
        DigestMismatch: A layer is something else than the image promises.
        InvalidDocument: A layer is damaged, or asks for something that no layer may.
        LimitExceeded: A layer asks for more than the limits allow.
        StorageError: The directory is not empty, or the operating system refused.
        Unsupported: This is not Linux.

        After any of these, the directory is as it was.
    """
    check_system()
    limits = limits or LayerLimits()
    with (
        Places(context or Context()) as places,
        sibling(Path(directory), mode=_USUAL_MODE) as root,
    ):
        source, found = open_image(places, ImageName.parse(image), platform)
        ownership = ownership or usual_ownership()
        progress = LayerProgress(source, found.manifest.layers, listener)
        streams = layer_streams(source, found, limits, fetch=progress.fetch)
        give_to_root(root, ownership)
        applied = apply_layers(streams, root, ownership=ownership, limits=limits, listener=progress.applied)
        return Unpacked(digest=found.manifest.digest, layers=applied)


def check_system() -> None:
    """Refuse other systems than Linux."""
    if sys.platform != "linux":
        raise Unsupported("images can be unpacked on Linux only")


def usual_ownership() -> Ownership:
    """Return who owns what is unpacked where nobody says: whom the layers name, if root does it."""
    return Ownership(keeps_owners=os.geteuid() == 0)


def give_to_root(directory: int, ownership: Ownership) -> None:
    """Let a directory that no layer may describe belong to whoever is root in the container."""
    if not ownership.keeps_owners:
        return
    with suppress(InvalidValue):  # a mapping without root: then it is ours
        os.fchown(directory, ownership.uids.outside(0), ownership.gids.outside(0))


def open_image(places: Places, name: ImageName, platform: Platform | None) -> tuple[Source, Inspection]:
    """Open an image that the policy accepts, and read its documents."""
    settings, context = places.settings(), places.context
    admission = admit(name, settings)
    source = places.source(name, settings)
    wished = platform or settings.platform or USUAL_PLATFORM
    wish = Wish(wished, is_explicit=platform is not None, warn=context.warn)
    found = inspect_source(source, name.name, wish, limits=context.limits)
    judge = admission.judge(source, places.session(settings))
    if judge is not None:
        judge(Root(found.opened))
    return source, found


def layer_streams(
    source: Source,
    image: Inspection,
    limits: LayerLimits,
    *,
    fetch: Callable[[Descriptor], LayerReader] | None = None,
) -> list[LayerStream]:
    """Return an image's layers as streams that are verified when they end, lowest first.

    Args:
        source: Where they are.
        image: The image.
        limits: Bounds of each layer.
        fetch: Opens a layer, verified; the source does, where nothing is said.
    """
    fetch = fetch or source.fetch
    manifest, config = image.manifest, image.config
    where = f"{source.label}@{manifest.digest}"
    if config is None:
        raise UnsupportedMediaType(
            f"{where}: an artifact, which has no file system", media_type=manifest.config.media_type
        )
    if len(config.diff_ids) != len(manifest.layers):
        raise InvalidDocument(
            f"{where}: {len(manifest.layers)} layers, and {len(config.diff_ids)} DiffIDs in the configuration"
        )
    streams = []
    for number, (link, diff_id) in enumerate(zip(manifest.layers, config.diff_ids, strict=True), 1):
        shown = f"layer {number} of {len(manifest.layers)}"
        if not is_layer(link.media_type):
            raise UnsupportedMediaType(
                f"{where}: {shown} is of a kind that cannot be unpacked: {link.media_type}",
                media_type=link.media_type,
            )
        streams.append(LayerStream(partial(fetch, link), diff_id, limits=limits, where=shown))
    return streams


@contextmanager
def sibling(directory: Path, *, mode: int) -> Iterator[int]:
    """Make a directory beside one, which takes its name in the end, or vanishes.

    Args:
        directory: The directory; it must not be there yet, or be empty.
        mode: Its permission bits.

    Yields:
        Its descriptor.
    """
    directory = directory.resolve()
    try:
        _check_empty(directory)
        sibling = Path(tempfile.mkdtemp(prefix=f".{directory.name[:64]}.unpacking-", dir=directory.parent))
        root = os.open(sibling, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise _storage_error(directory, error) from error
    try:
        os.fchmod(root, mode)
        yield root
        try:
            sibling.rename(directory)
        except OSError as error:
            raise _storage_error(directory, error) from error
    except BaseException:
        with suppress(OSError):
            remove_tree(sibling)
        raise
    finally:
        os.close(root)


def _check_empty(directory: Path) -> None:
    try:
        with os.scandir(directory) as entries:
            found = next(entries, None)
    except FileNotFoundError:
        return
    if found is not None:
        raise StorageError(
            f"{directory} is not empty (it holds {found.name!r})",
            path=str(directory),
            hint="choose a new or empty directory",
        )


def _storage_error(directory: Path, error: OSError) -> StorageError:
    return StorageError(f"{directory}: {error.strerror}", path=str(directory), errno=error.errno)
