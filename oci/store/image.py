"""The images in a store as people know them: with names, and an ID, the digest of the configuration."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..errors import InvalidReference, InvalidValue, NotFound, OciError
from ..frozen import frozen
from ..spec import Reference
from ..spec.media_type import INDEXES
from .catalogue import CONFIG

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..spec import Digest, ImageConfig
    from .catalogue import Record
    from .store import ImageStore

LOCAL: Final = "localhost"
"""The registry of images that were made here."""

_ID: Final = re.compile(r"(?:sha256:)?([0-9a-f]{3,64})", re.ASCII)


@frozen(kw_only=True)
class LocalImage:
    """An image in the store.

    Args:
        record: What is known of its document.
        config: Its configuration; None for an index, or where that is missing.
        size_bytes: Bytes of its layers' archives, and of its documents; of the layers as they came where they
            are not unpacked.
        shared_bytes: Bytes of those layers' archives that other images have as well.
        is_unpacked: Whether all of its layers are.
    """

    record: Record
    config: ImageConfig | None
    size_bytes: int
    shared_bytes: int
    is_unpacked: bool

    @property
    def image_id(self) -> Digest:
        """What people call the image: the digest of its configuration, or of an index."""
        return self.record.config or self.record.descriptor.digest

    @property
    def digest(self) -> Digest:
        """The digest of its manifest, or of an index."""
        return self.record.descriptor.digest

    @property
    def tags(self) -> tuple[str, ...]:
        """Its names that have a tag."""
        return tuple(name for name in self.record.names if "@" not in name)

    @property
    def repo_digests(self) -> tuple[str, ...]:
        """Its names by digest: where it was pulled from, and what it was there."""
        return tuple(name for name in self.record.names if "@" in name)

    @property
    def is_dangling(self) -> bool:
        """Whether it has lost all of its tags."""
        return not self.tags


def list_images(store: ImageStore, *, also_inner: bool = False) -> list[LocalImage]:
    """Return the images and indexes that are kept for their own sake, the newest first.

    Artifacts, such as signatures, are none.

    Args:
        store: The store.
        also_inner: Whether to return those as well that are kept because an index links them.
    """
    records = store.catalogue.documents() if also_inner else store.catalogue.roots()
    return [
        local_image(store, record)
        for record in records
        if record.is_image or record.descriptor.media_type in INDEXES
    ]


def local_image(store: ImageStore, record: Record) -> LocalImage:
    """Return an image with what its configuration says."""
    config = None
    archives = None
    chains = store.catalogue.chains(record.descriptor.digest)
    if record.is_image:
        try:
            config = store.config(store.manifest(record.descriptor.digest))
        except OciError:
            config = None  # said by the check of the store; a list shows the rest
        archives = store.snapshots.expanded_bytes(chains)
    documents = record.descriptor.size
    for _, kind, size in store.catalogue.children(record.descriptor.digest):
        documents += size if kind == CONFIG or archives is None else 0
    return LocalImage(
        record=record,
        config=config,
        size_bytes=documents + (archives or 0),
        shared_bytes=store.snapshots.shared_bytes(chains),
        is_unpacked=archives is not None,
    )


def find_image(store: ImageStore, text: str) -> tuple[LocalImage, str | None]:
    """Find an image as people call it: by a name, a short one too, by its ID or the beginning of it.

    Args:
        store: The store.
        text: ``alpine``, ``host/app:1``, ``0a1b2c3d4e5f``, ``sha256:...``, ``host/app@sha256:...``.

    Returns:
        The image, and the name that it was found by; None where that was its ID.

    Raises:
        NotFound: There is none.
        InvalidReference: Several images may be meant.
    """
    text = text.removeprefix("store:").removeprefix("@")
    for name in _names(text, store.names()):
        found = store.catalogue.named(name)
        if found is not None:
            record = store.catalogue.record(found.digest)
            assert record is not None
            return local_image(store, record), name
    matched = _ID.fullmatch(text)
    if matched is not None:
        candidates = [
            image
            for image in list_images(store)
            if image.image_id.encoded.startswith(matched[1])
            or (image.digest.encoded.startswith(matched[1]) and len(matched[1]) == len(image.digest.encoded))
        ]
        if len({image.digest for image in candidates}) > 1:
            raise InvalidReference(f"{text} is the beginning of several IDs", hint="write more of it")
        if candidates:
            return candidates[0], None
    raise NotFound(f"{text[:160]}: image not known", name=text, hint="ocitool images lists what is there")


def _names(text: str, known: Iterable[str]) -> list[str]:
    """Return what a text may be short for, the likeliest first."""
    try:
        reference = Reference.parse(text).tagged()
    except InvalidValue:
        return []
    found = [str(reference)]
    if reference.digest is not None and reference.tag is not None:
        found = [str(reference.at(reference.digest))]
    first, slash, _ = text.partition("/")
    if not slash or not ("." in first or ":" in first or first == LOCAL):
        tail = (
            text if reference.tag is None or text.endswith(f":{reference.tag}") else f"{text}:{reference.tag}"
        )
        found.append(f"{LOCAL}/{tail}")
        endings = [name for name in known if name.endswith(f"/{tail}")]
        if len(endings) == 1:
            found += endings
    return found
