"""Layers written by Python's own tarfile, applied to a directory, and an independent walk of the result."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import tarfile
from typing import TYPE_CHECKING

from oci.content import MemoryStream, VerifiedReader
from oci.layers import LayerLimits, LayerStream, Ownership, apply_layers
from oci.spec import Descriptor, Digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from oci.layers import Applied, Descent

Member = tuple[tarfile.TarInfo, bytes]

LAYER = "application/vnd.oci.image.layer.v1.tar"
WHEN = 1_700_000_000


def member(
    name: str,
    kind: bytes = tarfile.REGTYPE,
    content: bytes = b"",
    *,
    link: str = "",
    mode: int = 0o644,
    owner: tuple[int, int] = (0, 0),
    mtime: float = WHEN,
    device: tuple[int, int] = (0, 0),
    records: Mapping[str, str] | None = None,
) -> Member:
    """Make a member of any kind."""
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname, info.mode, info.mtime = kind, len(content), link, mode, mtime
    info.uid, info.gid = owner
    info.devmajor, info.devminor = device
    info.pax_headers = dict(records or {})
    return info, content


def file(name: str, content: bytes = b"content", *, mode: int = 0o644) -> Member:
    """Make a file."""
    return member(name, content=content, mode=mode)


def folder(name: str, *, mode: int = 0o755, mtime: float = WHEN) -> Member:
    """Make a directory."""
    return member(name, tarfile.DIRTYPE, mode=mode, mtime=mtime)


def symlink(name: str, target: str) -> Member:
    """Make a symbolic link."""
    return member(name, tarfile.SYMTYPE, link=target, mode=0o777)


def hard_link(name: str, target: str) -> Member:
    """Make a hard link."""
    return member(name, tarfile.LNKTYPE, link=target)


def tar(*members: Member) -> bytes:
    """Write an archive."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def layer(
    stored: bytes, expanded: bytes | None = None, *, limits: LayerLimits | None = None, where: str = "layer"
) -> LayerStream:
    """Make a stream of a layer at hand; its DiffID is that of the expanded bytes, or of the stored ones."""
    descriptor = Descriptor.of(stored, LAYER)
    return LayerStream(
        lambda: VerifiedReader(MemoryStream(stored), descriptor, where=where),
        Digest.parse("sha256:" + hashlib.sha256(stored if expanded is None else expanded).hexdigest()),
        limits=limits or LayerLimits(),
        where=where,
    )


def owned_by_us() -> Ownership:
    """Return how owners are treated by whoever runs the tests."""
    return Ownership(keeps_owners=os.geteuid() == 0)


def apply(
    target: Path,
    *layers: bytes | LayerStream,
    ownership: Ownership | None = None,
    limits: LayerLimits | None = None,
    listener: Callable[[int, Applied], None] | None = None,
    descent: Descent | None = None,
) -> tuple[Applied, ...]:
    """Apply layers, one on the other, to a directory, which is made where there is none."""
    target.mkdir(exist_ok=True)
    root = os.open(target, os.O_RDONLY | os.O_DIRECTORY)
    streams = [
        layer(each, where=f"layer {number}") if isinstance(each, bytes) else each
        for number, each in enumerate(layers)
    ]
    try:
        return apply_layers(
            streams,
            root,
            ownership=ownership or owned_by_us(),
            limits=limits or LayerLimits(),
            listener=listener,
            descent=descent,
        )
    finally:
        os.close(root)


def listing(root: Path) -> dict[str, tuple[object, ...]]:
    """Walk a tree by other means than the library's, and tell everything of every entry in it."""
    found: dict[str, tuple[object, ...]] = {}
    first_names: dict[int, str] = {}
    for above, directories, files in os.walk(root):
        directories.sort()
        for name in ["."] * (above == str(root)) + sorted(directories + files):
            path = os.path.join(above, name)  # noqa: PTH118 - names that Path would change
            status = os.lstat(path)
            shown = os.path.relpath(path, root)
            first = first_names.setdefault(status.st_ino, shown)
            found[shown] = (
                stat.filemode(status.st_mode),
                status.st_uid,
                status.st_gid,
                status.st_mtime_ns,
                status.st_rdev,
                first,
                _content(path, status),
                tuple((key, os.getxattr(path, key, follow_symlinks=False)) for key in _xattrs(path)),
            )
    return found


def _xattrs(path: str) -> list[str]:
    return sorted(os.listxattr(path, follow_symlinks=False))


def _content(path: str, status: os.stat_result) -> str:
    if stat.S_ISLNK(status.st_mode):
        return os.readlink(path)  # noqa: PTH115 - as above
    if stat.S_ISREG(status.st_mode):
        with open(path, "rb") as stream:  # noqa: PTH123 - as above
            return hashlib.file_digest(stream, "sha256").hexdigest()
    return ""


def names(root: Path) -> list[str]:
    """Name everything beneath a directory."""
    return [name for name in listing(root) if name != "."]
