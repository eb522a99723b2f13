"""Bounds on what a tar stream may ask for before any of its content is used."""

from __future__ import annotations

from ..frozen import frozen


@frozen(kw_only=True)
class TarLimits:
    """Limits of one stream; passing one raises `oci.errors.LimitExceeded` with its name.

    Args:
        entries: Members.
        extension_bytes: One extended header: a pax header, or a long name of GNU's kind.
        extensions: Extended headers before one member.
        path_bytes: A path, encoded.
        sparse_parts: Parts of a sparse file.
    """

    entries: int = 1_000_000
    extension_bytes: int = 1024 * 1024
    extensions: int = 8
    path_bytes: int = 4096
    sparse_parts: int = 250_000
