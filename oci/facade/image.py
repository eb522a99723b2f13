"""Looking at images, and deleting them: names in the form people write them, typed results out.

Where a function is given no settings, it asks this host for them: logins, certificates and proxies are found
where skopeo and Docker would look for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..content import Deletes, ListsNames, rate_limit_of
from ..content.image_config import read_blob
from ..errors import LimitExceeded, Unsupported
from ..frozen import frozen, replace
from ..spec import Digest, ImageConfig, Platform
from ..spec.media_type import CONFIGS
from ..transports.name import ImageName
from . import inspection
from .inspection import Wish
from .place import Context, Places

if TYPE_CHECKING:
    from ..content import Source
    from ..settings import Settings
    from ..spec import Descriptor
    from .inspection import Inspection, PlatformEntry

_ANYTHING: Final = Platform("linux", "amd64")


@frozen
class TagList:
    """The tags of a repository.

    Args:
        repository: Host and repository; empty for a place that has no such name.
        tags: The tags, in the order in which the place lists them.
    """

    repository: str
    tags: tuple[str, ...]


def inspect(
    image: str, *, platform: Platform | None = None, tags: bool = False, context: Context | None = None
) -> Inspection:
    """Look at an image without moving its layers.

    Args:
        image: The image's name.
        platform: The platform that the image must be for. Where there is none, the one that the settings
            wish for is chosen from an index, and an image without an index is taken as it is.
        tags: Whether to list the repository's tags too; that takes further requests.
        context: Settings, cancelling, limits and warnings.

    Raises:
        NotFound: The image is not there, or not for this platform (`oci.errors.PlatformMismatch`).
    """
    name, context = ImageName.parse(image), context or Context()
    with Places(context) as places:
        settings = places.settings()
        source = places.source(name, settings)
        found = inspection.inspect_source(
            source,
            name.name,
            _wish(platform, settings, context),
            limits=context.limits,
            shown_name=name.location if name.transport == "docker" else "",
            shown_tag=name.names[0] if name.names else "",
        )
        if not tags:
            return found
        found_tags = _tags_of(source, context)
        return replace(found, repo_tags=found_tags, rate_limit=rate_limit_of(source))


def inspect_all(image: str, *, context: Context | None = None) -> tuple[PlatformEntry, ...]:
    """Look at the image of every platform: its manifest, its configuration, its layers."""
    name, context = ImageName.parse(image), context or Context()
    with Places(context) as places:
        source = places.source(name)
        return inspection.list_platforms(source, source.open(name.name), limits=context.limits)


def resolve(image: str, *, context: Context | None = None) -> Descriptor:
    """Find out what a name stands for now: digest, media type and size."""
    name = ImageName.parse(image)
    with Places(context or Context()) as places:
        return places.source(name).resolve(name.name)


def raw_manifest(image: str, *, context: Context | None = None) -> bytes:
    """Return the exact bytes of what a name stands for: an index, or a manifest."""
    name = ImageName.parse(image)
    with Places(context or Context()) as places:
        return places.source(name).open(name.name).content


def raw_config(image: str, *, platform: Platform | None = None, context: Context | None = None) -> bytes:
    """Return the exact bytes of the configuration of the image for a platform; see `inspect`."""
    name, context = ImageName.parse(image), context or Context()
    with Places(context) as places:
        settings = places.settings()
        source = places.source(name, settings)
        wish = _wish(platform, settings, context)
        root = source.open(name.name)
        manifest = inspection.find_manifest(source, root, wish.platform, limits=context.limits)
        raw = read_blob(source, manifest.config, limit=context.limits.config_bytes)
        if wish.is_explicit:
            # Looked into for this alone: who wants the bytes may want them because they are no good.
            config = ImageConfig.parse(raw) if manifest.config.media_type in CONFIGS else None
            wish.check(root, manifest, config, where=source.label)
        return raw


def list_tags(repository: str, *, context: Context | None = None) -> TagList:
    """List the names in a place: the tags of a repository, the names in a layout or an archive.

    Args:
        repository: The place, without a tag or digest.
        context: Settings, cancelling, limits and warnings.

    Raises:
        Unsupported: The place has no list of names.
    """
    name, context = ImageName.parse(repository), context or Context()
    with Places(context) as places:
        tags = _tags_of(places.source(name), context)
        return TagList(name.location if name.transport == "docker" else "", tags)


def delete(image: str, *, only_tag: bool = False, context: Context | None = None) -> Descriptor:
    """Delete an image by its digest, with all of its tags, as skopeo does; or one tag alone.

    Args:
        image: The image's name.
        only_tag: Remove the name and leave the image; not every registry does that.
        context: Settings, cancelling, limits and warnings.

    Returns:
        What the name stood for.

    Raises:
        Unsupported: Nothing can be deleted in this place.
    """
    name = ImageName.parse(image)
    with Places(context or Context()) as places:
        settings = places.settings()
        # Not opened for writing, which would make a layout where there is none; and never in another place.
        rules = settings.registries_conf().as_named() if name.transport == "docker" else None
        place = places.source(name, settings if rules is None else replace(settings, registries=rules))
        if not isinstance(place, Deletes):
            raise Unsupported(f"{place.label}: nothing can be deleted here")
        if only_tag or isinstance(name.name, Digest):
            return place.delete(name.name)
        return place.delete(place.resolve(name.name).digest)


def _wish(platform: Platform | None, settings: Settings, context: Context) -> Wish:
    wished = platform or settings.platform or _ANYTHING
    return Wish(wished, is_explicit=platform is not None, warn=context.warn)


def _tags_of(source: Source, context: Context) -> tuple[str, ...]:
    if not isinstance(source, ListsNames):
        raise Unsupported(f"{source.label}: has no list of names")
    tags: list[str] = []
    for tag in source.names():
        tags.append(tag)
        if len(tags) > context.limits.names:
            raise LimitExceeded(limit="names", allowed=context.limits.names, where=source.label)
    return tuple(tags)
