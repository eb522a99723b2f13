"""Bounds on what one layer may ask for, whatever its few bytes claim to hold."""

from __future__ import annotations

from ..frozen import field, frozen
from ..tar import TarLimits

_GIB = 1024**3


@frozen(kw_only=True)
class LayerLimits:
    """Limits of one layer; passing one raises `oci.errors.LimitExceeded` with its name.

    Args:
        tar: Entries, and the sizes of paths and extended headers.
        expanded_bytes: The expanded stream.
        ratio: Expanded bytes for each stored one: what gzip can reach, so that it bounds other formats alone.
        ratio_from_bytes: Expanded bytes from which on the ratio counts.
        file_bytes: One file, holes included: what a sparse map claims takes no room, but can be read.
        depth: Components of a path.
        xattrs: Extended attributes of one entry.
        xattr_bytes: One extended attribute's value; the kernel takes no more.
    """

    tar: TarLimits = field(default_factory=lambda: TarLimits(entries=5_000_000))
    expanded_bytes: int = 256 * _GIB
    ratio: int = 1100
    ratio_from_bytes: int = 256 * 1024**2
    file_bytes: int = 256 * _GIB
    depth: int = 255
    xattrs: int = 256
    xattr_bytes: int = 64 * 1024
