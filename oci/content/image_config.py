"""The configuration of an image: read from a source, and held against the platform that was asked for.

An index states what its images are for, and that is believed. Of a name that leads to an image directly, only
the image's own configuration can tell (image-spec, config.md, ``os``, ``architecture``, ``variant``), and not
every one does: artifacts have configurations of their own kinds, and builders mark what is not to be run as
``unknown/unknown``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import PlatformMismatch
from ..frozen import replace
from ..spec import ImageConfig
from ..spec.media_type import CONFIGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..spec import Descriptor, Manifest, Platform
    from .limits import Limits
    from .source import Source


def read_config(source: Source, manifest: Manifest, *, limits: Limits) -> ImageConfig | None:
    """Read a manifest's configuration; None for one that is not of a known kind.

    Raises:
        LimitExceeded: It is larger than the limit.
        InvalidDocument: It is no valid configuration.
    """
    link = manifest.config
    if link.media_type not in CONFIGS:
        return None
    return ImageConfig.parse(read_blob(source, link, limit=limits.config_bytes), where=str(link.digest))


def read_blob(source: Source, link: Descriptor, *, limit: int) -> bytes:
    """Read a small blob whole, verified.

    Raises:
        LimitExceeded: It is larger than the limit.
    """
    with source.fetch(link) as reader:
        return reader.read(limit=limit)


def check_platform(
    wished: Platform, found: Platform | None, *, where: str, warn: Callable[[str], None]
) -> None:
    """Refuse an image that says it is for another platform.

    Args:
        wished: The platform that somebody asked for.
        found: What the image itself says; None where there is nothing of a known kind that could.
        where: The image, for the warning.
        warn: Is told where the image does not say, so that it is taken on trust.

    Raises:
        PlatformMismatch: It is for another platform.
    """
    stated = None if found is None or found.is_unknown else found
    if stated is not None and wished.rank(_completed(stated, wished)) is None:
        raise PlatformMismatch(wished=str(wished), actual=str(stated))
    if stated is None or not (stated.os and stated.architecture):
        warn(f"{where}: nothing tells what platform this is for; it is taken for {wished}")


def _completed(stated: Platform, wished: Platform) -> Platform:
    """Fill in what a configuration leaves open with what was wished for."""
    return replace(
        stated,
        os=stated.os or wished.os,
        architecture=stated.architecture or wished.architecture,
        variant=stated.variant or wished.variant,
        os_features=stated.os_features or wished.os_features,
    )
