"""Writing an archive: the layout's files in a fixed order with fixed owners, modes and times.

``oci-layout`` and ``index.json`` come first, so that a reader of a stream knows early what it gets; then the
blobs by digest. Equal images give equal bytes, whatever the order in which they arrived. Bodies are copied
by the kernel where it can do that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...tar import END, Header, Kind, encode_header, padding
from ..layout import disk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ...spec import Digest
    from .output import Body, Output


class Assembly:
    """Writes one archive.

    Args:
        output: Takes its bytes.
        modified_s: Every member's modification time, in seconds since the epoch.
    """

    def __init__(self, output: Output, *, modified_s: int) -> None:
        self._output = output
        self._modified_s = modified_s

    def write(
        self, files: Mapping[str, bytes], digests: Iterable[Digest], body_of: Callable[[Digest], Body]
    ) -> None:
        """Write everything, up to the end marker; then it is where the output keeps it.

        Args:
            files: The small files by name, in order.
            digests: The blobs.
            body_of: Opens a blob; its handle is closed here.

        Raises:
            StorageError: The system refused.
        """
        for name, content in files.items():
            self._header(name, len(content))
            self._output.put(content + padding(len(content)))
        self._directory("blobs")
        algorithm = ""
        for digest in sorted(set(digests)):
            if digest.algorithm != algorithm:
                algorithm = digest.algorithm
                self._directory(f"blobs/{algorithm}")
            self._blob(digest, body_of(digest))
        self._output.put(END)
        self._output.end()

    def _header(self, name: str, size: int) -> None:
        header = Header(name=name, size=size, mode=0o644, modified_s=self._modified_s)
        self._output.put(encode_header(header))

    def _directory(self, name: str) -> None:
        header = Header(name=f"{name}/", kind=Kind.DIRECTORY, mode=0o755, modified_s=self._modified_s)
        self._output.put(encode_header(header))

    def _blob(self, digest: Digest, body: Body) -> None:
        with disk.closing(body.handle):
            self._header(f"blobs/{digest.algorithm}/{digest.encoded}", body.size)
            self._output.copy(body, what=str(digest))
            self._output.put(padding(body.size))
