"""Looking at an image without moving it: its documents, and what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..content import Opened, rate_limit_of, served_by
from ..content.graph import parse_known
from ..content.image_config import check_platform, read_config
from ..errors import LimitExceeded, UnsupportedMediaType
from ..frozen import frozen
from ..spec import Descriptor, Index, Manifest
from ..spec.schema1 import is_schema1

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..content import Limits, Name, Source
    from ..spec import Digest, ImageConfig, Platform
    from ..wire.rate_limit import RateLimit


@frozen(kw_only=True)
class Inspection:
    """What an image is.

    Args:
        name: Host and repository, for an image in a registry; else an empty string.
        tag: The tag that was asked for, or an empty string.
        root: What the name stands for: an index, or the manifest itself.
        manifest: The manifest for the platform.
        config: Its configuration; None for an artifact that has none of the known kinds.
        repo_tags: All tags of the repository; None where nobody asked for them.
        served_by: The mirror, or the other place, that served it; empty where that is the one that was named.
        rate_limit: What the registry said last about the requests that it still answers, or None.
    """

    name: str
    tag: str
    root: Opened
    manifest: Manifest
    config: ImageConfig | None
    repo_tags: tuple[str, ...] | None = None
    served_by: str = ""
    rate_limit: RateLimit | None = None

    @property
    def digest(self) -> Digest:
        """The digest of what the name stands for."""
        return self.root.descriptor.digest

    @property
    def opened(self) -> Opened:
        """The manifest as it was found, by its digest."""
        manifest = self.manifest
        if manifest.digest == self.digest:
            return self.root
        return Opened(Descriptor(manifest.media_type, manifest.digest, len(manifest.raw)), manifest.raw)

    @property
    def layers(self) -> tuple[Descriptor, ...]:
        """The layers, lowest first."""
        return self.manifest.layers

    @property
    def created(self) -> str:
        """When the image was made, as its configuration writes it, or an empty string."""
        return self.config.created if self.config else ""

    @property
    def docker_version(self) -> str:
        """The Docker version that made it, or an empty string."""
        return self.config.docker_version if self.config else ""

    @property
    def labels(self) -> Mapping[str, str] | None:
        """The image's labels, or None where it has none."""
        return self.config.labels if self.config else None

    @property
    def architecture(self) -> str:
        """The processor that the image is for, or an empty string."""
        return self.config.platform.architecture if self.config else ""

    @property
    def os(self) -> str:
        """The operating system that the image is for, or an empty string."""
        return self.config.platform.os if self.config else ""

    @property
    def env(self) -> tuple[str, ...] | None:
        """The environment, ``NAME=value``, or None where it has none."""
        return self.config.env if self.config else None


@frozen(kw_only=True)
class PlatformEntry:
    """One image of an index.

    Args:
        platform: What it is for; None where neither the index nor the configuration says so.
        manifest: The link to its manifest.
        config: The link to its configuration.
        layers: The links to its layers.
    """

    platform: Platform | None
    manifest: Descriptor
    config: Descriptor
    layers: tuple[Descriptor, ...]

    @property
    def size_bytes(self) -> int:
        """Bytes of the manifest, the configuration and the layers together."""
        return self.manifest.size + self.config.size + sum(layer.size for layer in self.layers)


@frozen
class Wish:
    """The platform that an image is wanted for.

    Args:
        platform: The platform.
        is_explicit: Whether somebody asked for it, so that an image for another one is refused.
        warn: Is told where nothing tells what an image is for.
    """

    platform: Platform
    is_explicit: bool
    warn: Callable[[str], None]

    def check(self, root: Opened, manifest: Manifest, config: ImageConfig | None, *, where: str) -> None:
        """Refuse an image for another platform, where no index has spoken for it.

        Raises:
            PlatformMismatch: It is for another platform.
        """
        if self.is_explicit and root.descriptor.digest == manifest.digest:
            found = None if config is None else config.platform
            check_platform(self.platform, found, where=f"{where}@{manifest.digest}", warn=self.warn)


def inspect_source(
    source: Source, name: Name, wish: Wish, *, limits: Limits, shown_name: str = "", shown_tag: str = ""
) -> Inspection:
    """Read an image's documents from an open source.

    Args:
        source: Where the image is.
        name: Its name there.
        wish: The platform to choose.
        limits: Bounds on depth and sizes.
        shown_name: What the result calls the image.
        shown_tag: The tag that was asked for.

    Raises:
        NotFound: The image, or the platform in it, is not there.
        PlatformMismatch: The image is for another platform.
        UnsupportedMediaType: The name stands for something that is no image.
    """
    root = source.open(name)
    manifest = find_manifest(source, root, wish.platform, limits=limits)
    config = read_config(source, manifest, limits=limits)
    wish.check(root, manifest, config, where=source.label)
    return Inspection(
        name=shown_name,
        tag=shown_tag,
        root=root,
        manifest=manifest,
        config=config,
        served_by=served_by(source),
        rate_limit=rate_limit_of(source),
    )


def find_manifest(source: Source, root: Opened, wished: Platform, *, limits: Limits) -> Manifest:
    """Follow an index, or indexes within indexes, to the manifest for a platform."""
    opened = root
    for _ in range(limits.index_depth):
        document = parse_known(opened, where=source.label)
        if isinstance(document, Manifest):
            return document
        if document is None and is_schema1(opened.descriptor.media_type, opened.content):
            raise UnsupportedMediaType(
                f"{source.label}@{opened.descriptor.digest}: a schema 1 manifest, which is not inspected",
                media_type=opened.descriptor.media_type,
                hint="ocitool copy --format oci (or v2s2) converts it; --raw shows it as it is",
            )
        if not isinstance(document, Index):
            raise UnsupportedMediaType(
                f"{source.label}@{opened.descriptor.digest}: neither a manifest nor an index",
                media_type=opened.descriptor.media_type,
            )
        entry = document.select(wished)
        opened = type(root)(entry, source.document(entry))
    raise LimitExceeded(limit="index_depth", allowed=limits.index_depth, where=source.label)


def list_platforms(source: Source, root: Opened, *, limits: Limits) -> tuple[PlatformEntry, ...]:
    """Read the manifest of every image beneath a document, in document order.

    Artifacts that builders put into an index (attestations, for platform unknown/unknown) are among them.
    """
    found: list[PlatformEntry] = []
    _collect(source, root, None, found, depth=0, limits=limits)
    return tuple(found)


def _collect(
    source: Source,
    opened: Opened,
    platform: Platform | None,
    found: list[PlatformEntry],
    *,
    depth: int,
    limits: Limits,
) -> None:
    if depth > limits.index_depth:
        raise LimitExceeded(limit="index_depth", allowed=limits.index_depth, where=source.label)
    document = parse_known(opened, where=source.label)
    if isinstance(document, Manifest):
        if platform is None and (config := read_config(source, document, limits=limits)) is not None:
            platform = config.platform
        found.append(
            PlatformEntry(
                platform=platform,
                manifest=opened.descriptor,
                config=document.config,
                layers=document.layers,
            )
        )
    elif isinstance(document, Index):
        for entry in document.manifests:
            child = type(opened)(entry, source.document(entry))
            _collect(source, child, entry.platform or platform, found, depth=depth + 1, limits=limits)
