"""Single files of an image, without the rest where its layers allow that.

A layer with a table of contents (eStargz, zstd:chunked) is read in parts, each checked by the digests in the
table, and the table by the manifest. Any other layer is read to its end, and checked there, before anything
of it is handed out; unless the caller does without, and the result says so.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from ..content import read_exactly
from ..errors import InvalidValue, Unsupported
from ..frozen import frozen
from ..layers import LayerLimits
from ..layers.index import StreamIndex, TableIndex
from ..layers.seekable import read_table
from ..layers.union import Union
from ..tar import Kind
from ..transports.name import ImageName
from .place import Context, Places
from .unpack import layer_streams, open_image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..content import Source
    from ..layers import LayerStream
    from ..layers.index import LayerIndex
    from ..layers.union import Found
    from ..spec import Descriptor, Platform
    from ..tar import Header


@frozen(kw_only=True)
class FileList:
    """What is in a directory of an image.

    Args:
        path: The directory, once all links were followed; empty for the root.
        entries: What is in it by name, in order; the only entry is the file itself where it is none.
        is_verified: Whether everything was checked against the image's manifest.
    """

    path: str
    entries: dict[str, Header]
    is_verified: bool


class OpenFile:
    """A file of an image.

    Args:
        union: The layers.
        found: The file.
    """

    def __init__(self, union: Union, found: Found) -> None:
        self._union = union
        self._found = found

    @property
    def path(self) -> str:
        """Where it is, once all links were followed."""
        return self._found.path

    @property
    def header(self) -> Header:
        """What its layer says of it."""
        return self._found.header

    @property
    def is_verified(self) -> bool:
        """Whether everything that was read so far was checked against the image's manifest."""
        return self._union.is_verified

    def content(self) -> Iterator[bytes]:
        """Yield its content, each piece verified where `is_verified` is true.

        Raises:
            DigestMismatch: The layer holds something else than was promised.
        """
        return self._union.content(self._found)


def list_files(
    image: str,
    path: str = "/",
    *,
    platform: Platform | None = None,
    allows_unverified: bool = False,
    limits: LayerLimits | None = None,
    context: Context | None = None,
) -> FileList:
    """List a directory of an image.

    Args:
        image: The image's name.
        path: The directory; a file lists itself.
        platform: The platform that the image must be for.
        allows_unverified: Whether layers without a table may be read no further than is needed.
        limits: Bounds of each layer.
        context: Settings, cancelling, limits and warnings.

    Raises:
        NotFound: The image, or the path in it, is not there.
        DigestMismatch: A layer, or its table, is something else than was promised.
    """
    with _opened(image, platform, limits, context, allows_unverified=allows_unverified) as union:
        found = union.find(path)
        if found.header.kind is Kind.DIRECTORY:
            return FileList(
                path=found.path, entries=union.children(found.path), is_verified=union.is_verified
            )
        name = found.path.rpartition("/")[2]
        return FileList(path=found.path, entries={name: found.header}, is_verified=union.is_verified)


@contextmanager
def open_file(
    image: str,
    path: str,
    *,
    platform: Platform | None = None,
    allows_unverified: bool = False,
    limits: LayerLimits | None = None,
    context: Context | None = None,
) -> Iterator[OpenFile]:
    """Open a file of an image for reading.

    Args:
        image: The image's name.
        path: The file; links are followed beneath the image's root.
        platform: The platform that the image must be for.
        allows_unverified: Whether a layer without a table may be read no further than the file.
        limits: Bounds of each layer.
        context: Settings, cancelling, limits and warnings.

    Yields:
        The file, good as long as the context lasts.

    Raises:
        NotFound: The image, or the path in it, is not there.
        InvalidValue: It is no file.
        DigestMismatch: A layer, or its table, is something else than was promised.
    """
    with _opened(image, platform, limits, context, allows_unverified=allows_unverified) as union:
        found = union.find(path)
        if found.header.kind not in {Kind.FILE, Kind.SPARSE, Kind.HARD_LINK}:
            raise InvalidValue(
                f"{path!r} is no file, but a {found.header.kind.name.lower().replace('_', ' ')}"
            )
        yield OpenFile(union, found)


@contextmanager
def _opened(
    image: str,
    platform: Platform | None,
    limits: LayerLimits | None,
    context: Context | None,
    *,
    allows_unverified: bool,
) -> Iterator[Union]:
    limits = limits or LayerLimits()
    with Places(context or Context()) as places, ExitStack() as stack:
        source, found = open_image(places, ImageName.parse(image), platform)
        streams = layer_streams(source, found, limits)
        opener = _Opener(source, places, limits, stack, allows_unverified=allows_unverified)
        yield Union(
            [opener.of(layer, stream) for layer, stream in zip(found.manifest.layers, streams, strict=True)]
        )


class _Opener:
    """Opens layers, by their tables where they have any."""

    def __init__(
        self,
        source: Source,
        places: Places,
        limits: LayerLimits,
        stack: ExitStack,
        *,
        allows_unverified: bool,
    ) -> None:
        self._source = source
        self._scratch = places.settings().scratch_directory
        self._limits = limits
        self._stack = stack
        self._allows_unverified = allows_unverified

    def of(self, layer: Descriptor, stream: LayerStream) -> Callable[[], LayerIndex]:
        """Return what opens a layer."""
        return lambda: self._open(layer, stream)

    def _open(self, layer: Descriptor, stream: LayerStream) -> LayerIndex:
        def reach(offset: int, size: int) -> bytes:
            part = self._source.stream(layer, offset, size)
            try:
                return read_exactly(part, size)
            finally:
                part.close()

        try:
            table = read_table(layer, reach, where=stream.where)
        except Unsupported:  # a place that delivers whole blobs alone
            table = None
        if table is not None:
            return TableIndex(table, reach, limits=self._limits, where=stream.where)
        index = StreamIndex(
            stream, limits=self._limits, stops_early=self._allows_unverified, scratch=self._scratch
        )
        self._stack.callback(index.close)
        return index
