"""Reading an archive that ``docker save``, podman, skopeo, BuildKit, kaniko or another program wrote.

It is read where it lies. Where it also holds the image's own manifest (see `original`), that is what is
given, and layers as they are stored; otherwise a manifest is made (see `synthesis`), and layers come
expanded.
"""

from __future__ import annotations

import re
import threading
from functools import cached_property
from typing import TYPE_CHECKING, Final, Self

from ...content import Listed, MemoryStream, Opened, Traits, VerifiedReader
from ...content.check import check_bytes
from ...errors import InvalidDocument, InvalidValue, NotFound, SizeMismatch, Unsupported
from ...spec import Descriptor, Digest, strict_json
from ..layout.index_file import INDEX_NAME, MARK_NAME, MAX_INDEX_BYTES
from ..layout.listing import Listing
from ..layout.store import check_version
from ..oci_archive.blobs import ArchiveBlobs
from ..oci_archive.opening import opened_in_place, opened_stream
from ..session import Session
from .contents import Contents
from .item import MANIFEST_NAME, MAX_MANIFEST_BYTES, REPOSITORIES_NAME, full_name, parse_items
from .original import Originals
from .part import config_of, layer_offsets, parts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ...content import Attachments, ByteStream, Name
    from ...spec import Manifest
    from ..layout.blob_stream import PositionalFile
    from .item import Item
    from .layer import Layer
    from .original import Root
    from .part import Parts

_POSITION: Final = re.compile(r"@(\d{1,9})", re.ASCII)
_MARK_BYTES: Final = 64 * 1024
_NAMES_IN_HINT: Final = 10


class DockerArchiveSource:
    """The images in an archive; made by `at` or `of_stream`.

    The file is held open: another one that takes its name meanwhile changes nothing here.

    Args:
        contents: The archive's members.
        session: Limits, and what stops the work.
    """

    traits = Traits(preserves=True, closed=False, concurrent=True)

    def __init__(self, contents: Contents, session: Session) -> None:
        self.label = contents.where
        self._contents = contents
        self._session = session
        self._limits = session.limits
        self.items = _items(contents)
        self._turn = threading.RLock()
        self._originals: dict[int, Manifest | None] = {}
        self._parts: dict[int, Parts] = {}
        self._opened: dict[int, Opened] = {}

    @classmethod
    def at(cls, path: Path, session: Session | None = None) -> Self:
        """Open an archive; a compressed one, or a pipe, is copied to a temporary file first.

        Args:
            path: The file.
            session: Limits, where temporary files go, and who is told of them.

        Raises:
            NotFound: It is not there.
            InvalidDocument: It is no such archive.
            Unsupported: Its compression, or its format of before 2016, is not supported.
            LimitExceeded: It asks for more than the limits allow.
            StorageError: It cannot be read.
        """
        session = session or Session()
        return cls._over(opened_in_place(path, session), session)

    @classmethod
    def of_stream(cls, read: Callable[[int], bytes], path: Path, session: Session | None = None) -> Self:
        """Open an archive that comes as a stream, compressed or not; it is copied to a temporary file.

        Args:
            read: Reads up to as many bytes as asked for; nothing only at the end.
            path: What the archive is called in messages.
            session: As for `at`, which raises the same.
        """
        session = session or Session()
        return cls._over(opened_stream(read, path, session), session)

    @classmethod
    def _over(cls, file: PositionalFile, session: Session) -> Self:
        try:
            return cls(Contents(file, where=f"docker-archive:{file.path}"), session)
        except BaseException:
            file.close()
            raise

    def resolve(self, name: Name) -> Descriptor:
        """Find out what a name stands for; see `open`."""
        return self.open(name).descriptor

    def open(self, name: Name) -> Opened:
        """Read an image's manifest, or the index that it was saved with.

        Args:
            name: A reference such as ``alpine:3``; ``@N`` for the image at a position of ``manifest.json``;
                a digest; None for the only image.

        Raises:
            NotFound: There is no such image, or, for None, more than one.
            InvalidDocument: The archive contradicts itself.
            DigestMismatch: A layer is not what its DiffID says.
        """
        if isinstance(name, Digest):
            return self._by_digest(name)
        if name is None:
            return self._only()
        if position := _POSITION.fullmatch(name):
            return self._at(int(position[1]))
        return self._named(name)

    def document(self, descriptor: Descriptor) -> bytes:
        """Read a manifest or an index that is linked by a descriptor; verified."""
        if self._layout is not None and self._layout.exists(descriptor):
            return self._layout.document(descriptor)
        return check_bytes(self._by_digest(descriptor.digest).content, descriptor, where=self.label)

    def exists(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob is there, as it is stored or expanded."""
        if self._layout is not None and self._layout.exists(descriptor):
            return True
        part = self._part(descriptor.digest)
        size = len(part) if isinstance(part, bytes) else part.size if part is not None else None
        return size == descriptor.size

    def stream(self, descriptor: Descriptor, offset: int = 0, length: int | None = None) -> ByteStream:
        """Open a blob's bytes, unverified; raises `Unsupported` for a stretch of a compressed layer."""
        if self._layout is not None and descriptor.digest in self._layout.members:
            return self._layout.stream(descriptor, offset, length)
        part = self._part(descriptor.digest)
        if part is None:
            raise NotFound(f"{self.label} has no content {descriptor.digest}", name=str(descriptor.digest))
        size = len(part) if isinstance(part, bytes) else part.size
        if size != descriptor.size:
            where = f"{self.label}: {descriptor.digest}"
            raise SizeMismatch(expected=descriptor.size, actual=size, where=where)
        if isinstance(part, bytes):
            return MemoryStream(part[offset : None if length is None else offset + length])
        return part.stream(offset, length)

    def fetch(self, descriptor: Descriptor) -> VerifiedReader:
        """Open a blob for reading with its digest and size checked; raises what `stream` does."""
        where = f"{self.label}: {descriptor.digest}"
        return VerifiedReader(self.stream(descriptor), descriptor, where=where)

    def names(self) -> Iterator[str]:
        """Yield the images' names in the archive's order; one without a name is ``@N``."""
        seen = set()
        for number, item in enumerate(self.items):
            for name in item.names:
                if name not in seen:
                    seen.add(name)
                    yield name
            if not item.names and self._root_of(number) is None:
                yield f"@{number}"
        for root in self._layout.roots if self._layout is not None else ():
            if root.name is not None and root.name not in seen:
                seen.add(root.name)
                yield root.name

    def referrers(self, digest: Digest, *, artifact_type: str = "") -> Attachments:
        """Look through what the archive's layout lists, if it has one."""
        if self._layout is None:
            return Listed((), via="scan")
        return self._layout.referrers(digest, artifact_type=artifact_type)

    def close(self) -> None:
        """Close the file; safe to call more than once."""
        self._contents.file.close()

    @property
    def is_layout(self) -> bool:
        """Tell whether all of its images are in a layout, with their names."""
        if self._layout is None:
            return False
        named = {root.name for root in self._layout.roots}
        return all(
            self._original(number) is not None and named.issuperset(item.names)
            for number, item in enumerate(self.items)
        )

    @cached_property
    def _layout(self) -> Originals | None:
        """The layout in the archive; one that cannot be understood is not used."""
        mark = self._contents.read(MARK_NAME, limit=_MARK_BYTES)
        index = self._contents.read(INDEX_NAME, limit=MAX_INDEX_BYTES)
        if mark is None or index is None:
            return None
        try:
            check_version(strict_json.load_object(mark, where=self.label), where=self.label)
            listing = Listing.parse(index, where=f"{self.label}: {INDEX_NAME}")
            blobs = ArchiveBlobs(self._contents.file, self._contents.blobs(), label=self.label)
            return Originals(self.label, blobs, listing, self._limits)
        except (InvalidValue, Unsupported) as error:
            self._session.warn(f"{self.label}: its layout is not used ({error.message})")
            return None

    def _at(self, number: int) -> Opened:
        if number >= len(self.items):
            hint = f"there are {len(self.items)}, counted from @0"
            raise NotFound(f"{self.label} has no image @{number}", name=f"@{number}", hint=hint)
        with self._turn:
            if number not in self._opened:
                self._opened[number] = self._image(number)
            return self._opened[number]

    def _image(self, number: int) -> Opened:
        manifest = self._original(number)
        if manifest is not None:
            return Opened(manifest.descriptor, manifest.raw)
        return self._parts_of(number).manifest()

    def _original(self, number: int) -> Manifest | None:
        """Return an image's own manifest, if the archive holds it."""
        if self._layout is None:
            return None
        with self._turn:
            if number not in self._originals:
                item = self.items[number]
                config = config_of(self._contents, item, limit=self._limits.config_bytes)
                offsets = layer_offsets(self._contents, item)
                self._originals[number] = self._layout.fitting(config, offsets)
            return self._originals[number]

    def _parts_of(self, number: int) -> Parts:
        with self._turn:
            if number not in self._parts:
                item = self.items[number]
                config = config_of(self._contents, item, limit=self._limits.config_bytes)
                checkpoint = self._session.token.raise_if_cancelled
                self._parts[number] = parts_of(self._contents, item, config, checkpoint=checkpoint)
            return self._parts[number]

    def _part(self, digest: Digest) -> bytes | Layer | None:
        """Return the configuration or the layer with a digest, of an image whose manifest was made here."""
        for number in range(len(self.items)):
            if self._original(number) is not None:
                continue
            parts = self._parts_of(number)
            for layer in parts.layers:
                if layer.diff_id == digest:
                    return layer
            if Digest.of(parts.config, digest.algorithm) == digest:
                return parts.config
        return None

    def _named(self, name: str) -> Opened:
        try:
            full = full_name(name)
        except InvalidValue:
            full = name
        root = self._layout.named(full) if self._layout is not None else None
        for number, item in enumerate(self.items):
            if full in item.names:
                opened = self._at(number)
                if root is None:
                    return self._standing_for(number)
                return self._open_root(root) if root.covers(opened.descriptor.digest) else opened
        if root is not None:
            return self._open_root(root)
        raise NotFound(f"{self.label} has no image named {full[:160]!a}", name=name, hint=self._hint())

    def _only(self) -> Opened:
        if not self.items and self._layout is not None:
            return self._layout.open(None)
        found: dict[Digest | int, int] = {}
        for number in range(len(self.items)):
            root = self._root_of(number)
            found.setdefault(number if root is None else root.descriptor.digest, number)
        if len(found) == 1:
            return self._standing_for(next(iter(found.values())))
        if not found:
            raise NotFound(f"{self.label} is empty", name="")
        raise NotFound(f"{self.label} holds {len(found)} images: say which", name="", hint=self._hint())

    def _standing_for(self, number: int) -> Opened:
        root = self._root_of(number)
        return self._at(number) if root is None else self._open_root(root)

    def _root_of(self, number: int) -> Root | None:
        """Return the index that an image was saved with, if it is there with all of its images."""
        manifest = self._original(number)
        if self._layout is None or manifest is None:
            return None
        found = [root for root in self._layout.roots if root.covers(manifest.digest)]
        return found[0] if len(found) == 1 and found[0].descriptor.digest != manifest.digest else None

    def _open_root(self, root: Root) -> Opened:
        assert self._layout is not None
        return self._layout.open(root.descriptor.digest)

    def _by_digest(self, digest: Digest) -> Opened:
        if self._layout is not None and digest in self._layout.members:
            return self._layout.open(digest)
        for number in range(len(self.items)):
            opened = self._at(number)
            if opened.descriptor.digest == digest:
                return opened
        raise NotFound(f"{self.label} has no image {digest}", name=str(digest), hint=self._hint())

    def _hint(self) -> str:
        names = list(self.names())
        shown = ", ".join(names[:_NAMES_IN_HINT])
        return f"names: {shown}{', ...' if len(names) > _NAMES_IN_HINT else ''}" if names else ""


def _items(contents: Contents) -> tuple[Item, ...]:
    raw = contents.read(MANIFEST_NAME, limit=MAX_MANIFEST_BYTES)
    if raw is not None:
        return parse_items(raw, where=f"{contents.where}: {MANIFEST_NAME}")
    if INDEX_NAME in contents:
        raise InvalidDocument(
            f"{contents.where} is not a Docker archive: it has no {MANIFEST_NAME}"
            f"; read it as oci-archive:{contents.file.path}"
        )
    if REPOSITORIES_NAME in contents:
        raise Unsupported(
            f"{contents.where} has no {MANIFEST_NAME}: it is of a Docker from before version 1.10",
            hint="load it into a newer Docker or podman, and save it again",
        )
    raise InvalidDocument(f"{contents.where} is not a Docker archive: it has no {MANIFEST_NAME}")
