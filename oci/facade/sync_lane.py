"""Lanes made of names that people write: where images are taken from, and what they are called where they go.

Names at the destination follow skopeo-sync(1): the last component of the source's name, or all of it where
images are kept apart by their source (*scoped*), beneath the destination, with an optional suffix at the tag.
"""

from __future__ import annotations

import posixpath
from functools import partial
from typing import TYPE_CHECKING

from ..errors import InvalidReference
from ..frozen import frozen
from ..spec import Digest, Reference
from ..transfer.sync import Lane, TagFilter, Target
from ..transports.name import ImageName
from .admission import admit

if TYPE_CHECKING:
    from ..content import Name, Sink, Source
    from ..settings import Settings
    from .place import Places

LAYOUT = "oci"
REGISTRY = "docker"


@frozen(kw_only=True)
class Destination:
    """Where images go.

    Args:
        transport: ``docker`` or ``oci``.
        base: ``HOST[/PREFIX]``, or the path of a layout.
        scoped: Whether names keep the whole name of the source.
        suffix: What is appended to each tag.
    """

    transport: str
    base: str
    scoped: bool = False
    suffix: str = ""

    def target(self, name: str, tag: Name) -> Target:
        """Return where an image goes.

        Args:
            name: The source's name: host and repository, or a path without a slash at its beginning.
            tag: The image's tag or digest there.

        Raises:
            InvalidReference: The destination cannot have such a name.
        """
        kept = name if self.scoped else posixpath.basename(name)
        if self.transport == LAYOUT:
            called = f"{kept}@{tag}" if isinstance(tag, Digest) else f"{kept}:{tag}{self.suffix}"
            return Target(f"oci:{self.base}:{called}", self.base, called, (called,))
        repository = Reference.parse(f"{self.base.rstrip('/')}/{kept}")
        if repository.tag is not None or repository.digest is not None:
            raise InvalidReference(f"{self.base[:80]!a}: a destination has no tag and no digest")
        if isinstance(tag, Digest):
            return Target(f"docker://{repository.name}@{tag}", repository.name, tag, ())
        called = repository.at(f"{tag}{self.suffix}").tag or ""
        return Target(f"docker://{repository.name}:{called}", repository.name, called, (called,))

    @property
    def holds_one_source(self) -> bool:
        """Whether each place holds the images of one source alone."""
        return self.transport == REGISTRY and not self.suffix


@frozen(kw_only=True)
class Maker:
    """Makes lanes to one destination.

    Args:
        places: Open what a lane needs.
        destination: Where images go.
        settings: Settings for the destination.
    """

    places: Places
    destination: Destination
    settings: Settings

    def repository(
        self,
        reference: Reference,
        settings: Settings,
        *,
        wanted: TagFilter | None = None,
        names: tuple[str | Digest, ...] | None = None,
    ) -> Lane:
        """Return the lane of a repository.

        Args:
            reference: The repository; its tag or digest is the only image where it has one.
            settings: How it is reached.
            wanted: Which of its tags.
            names: Exactly these.
        """
        if names is None and (reference.tag or reference.digest):
            names = (reference.target,)
        location = ImageName(REGISTRY, reference.name)
        # Whatever is wrong with names at the destination is known before anything moves.
        self.destination.target(reference.name, "latest")
        return Lane(
            label=f"docker://{reference.name}",
            open_source=partial(self._source, location, settings),
            open_sink=self._sink,
            target=partial(self.destination.target, reference.name),
            image_label=partial(_image, reference),
            admit=partial(_admit, reference, settings),
            wanted=wanted or TagFilter(),
            names=names,
            is_mirror=names is None and self.destination.holds_one_source,
        )

    def _source(self, image: ImageName, settings: Settings) -> Source:
        return self.places.open_source(image, settings)

    def _sink(self, target: Target) -> Sink:
        return self.places.open_sink(ImageName(self.destination.transport, target.place), self.settings)


def _admit(reference: Reference, settings: Settings, name: Name) -> None:
    admit(ImageName.of_reference(reference if name is None else reference.at(name)), settings)


def _image(reference: Reference, name: Name) -> str:
    separator = "@" if isinstance(name, Digest) else ":"
    return f"docker://{reference.name}{separator}{name}"
