"""Bounds on what one layer may ask for, whatever its few bytes claim to hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import InvalidDocument
from ..frozen import field, frozen
from ..tar import TarLimits

if TYPE_CHECKING:
    from collections.abc import Mapping

_OF_TAR: Final = ("entries", "extension_bytes", "extensions", "path_bytes", "sparse_parts")
_OF_LAYER: Final = (
    *("expanded_bytes", "ratio", "ratio_from_bytes", "file_bytes"),
    *("depth", "xattrs", "xattr_bytes"),
)
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

    @property
    def members(self) -> dict[str, int]:
        """All of them by name, to be told to another process; see `of`."""
        own = {name: int(getattr(self, name)) for name in _OF_LAYER}
        return own | {name: int(getattr(self.tar, name)) for name in _OF_TAR}

    @classmethod
    def of(cls, members: Mapping[str, object]) -> LayerLimits:
        """Return limits that were told by name.

        Raises:
            InvalidDocument: One is missing, or no number.
        """
        found = {name: number for name, number in members.items() if type(number) is int}
        if found.keys() != {*_OF_TAR, *_OF_LAYER}:
            raise InvalidDocument("limits of a layer that are not all there")
        tar = TarLimits(**{name: found[name] for name in _OF_TAR})
        return cls(tar=tar, **{name: found[name] for name in _OF_LAYER})
