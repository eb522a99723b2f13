"""From a bundle back to an image: what somebody changed in its tree becomes a layer on top."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import NotFound, StorageError
from ..frozen import frozen, replace
from ..layers import differences
from ..layers.inventory import Inventory
from ..runtime.bundle import ROOT, TREE
from ..transports.name import ImageName
from .build import build
from .bundle import read_record

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from ..images import ConfigChanges
    from ..images.draft import DraftLayer
    from ..layers import Omission
    from ..runtime import BundleRecord
    from ..transfer import CopyOptions, CopyResult, LayerForm
    from .place import Context


@frozen(kw_only=True)
class Repacked:
    """What repacking came to.

    Args:
        base: The image that the bundle came from.
        layer: The new layer.
        copy: What was moved, and what the name stands for now.
        omissions: What was left out of the layer, and why.
    """

    base: str
    layer: DraftLayer
    copy: CopyResult
    omissions: tuple[Omission, ...]


def repack(
    bundle: str | os.PathLike[str],
    destination: str,
    *,
    base: str = "",
    form: LayerForm | None = None,
    changes: ConfigChanges | None = None,
    created_by: str = "",
    options: CopyOptions | None = None,
    context: Context | None = None,
) -> Repacked:
    """Write an image that is the one a bundle came from, with what has changed since in a layer on top.

    What has changed is found by the status of files (`oci.layers.inventory`), so that nothing that is as it
    was has to be read. The bundle stays as it is.

    Args:
        bundle: What `oci.unpack_bundle` made.
        destination: Where the image goes and what it is called there.
        base: Where the image is that the bundle came from; empty for where it was then.
        form: The form of the new layer; gzip at the usual level, where nothing is said.
        changes: What the configuration says that the old one does not.
        created_by: What the history says.
        options: How to copy.
        context: Settings, cancelling, limits, warnings and the clock.

    Raises:
        StorageError: There is no such bundle, or it cannot be read.
        NotFound: The image that it came from is not there any more.
        CopyError: Something failed; the destination's name is as it was.
    """
    folder = Path(bundle)
    record = read_record(folder)
    origin = _origin(record, base)
    with _there(origin, record), build(origin, form=form, context=context) as image:
        with (folder / TREE).open(encoding="ascii") as file:
            inventory = Inventory(file, where=str(folder / TREE))
            layer = image.add_changes(
                folder / ROOT,
                lambda branch: differences(inventory, branch),
                ownership=record.ownership,
                created_by=created_by or "ocitool repack",
            )
        if changes is not None:
            image.configure(changes)
        copied = image.push(destination, options=options)
        return Repacked(base=origin, layer=layer, copy=copied, omissions=image.omissions)


def _origin(record: BundleRecord, base: str) -> str:
    """Name the very image that was unpacked, whatever its name stands for by now."""
    name = ImageName.parse(base or record.image)
    return str(replace(name, name=record.digest, names=()))


@contextmanager
def _there(origin: str, record: BundleRecord) -> Iterator[None]:
    try:
        yield
    except NotFound as error:
        if error.name != str(record.digest):
            raise
        raise NotFound(
            f"the image that the bundle came from is not there any more: {origin}",
            name=error.name,
            hint="--base names the place where it is now",
        ) from error
    except FileNotFoundError as error:
        raise StorageError(
            f"{error.filename}: {error.strerror}", path=str(error.filename), errno=error.errno
        ) from error
