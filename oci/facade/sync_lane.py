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
from ..spec.reference import DEFAULT_TAG
from ..transfer.sync import Lane, TagFilter, Target
from ..transports.name import REGISTRY, ImageName
from .admission import Admission, admit, rejects_anything
from .transfer import may_be_sealed

if TYPE_CHECKING:
    from ..content import Name, Sink, Source
    from ..settings import Settings
    from ..transfer import CopyOptions, Selection
    from ..transfer.root import Judge
    from ..transfer.sync.attendant import Attendant
    from .place import Places
    from .sync_seal import Sealing

LAYOUT = "oci"
DIRECTORY = "dir"
DESTINATIONS = (REGISTRY, LAYOUT, DIRECTORY)
"""Transports that images can be synchronised to."""


@frozen(kw_only=True)
class Destination:
    """Where images go.

    Args:
        transport: One of `DESTINATIONS`.
        base: ``HOST[/PREFIX]``, the path of a layout, or the path that directories lie in.
        scoped: Whether names keep the whole name of the source.
        suffix: What is appended to each tag.
    """

    transport: str
    base: str
    scoped: bool = False
    suffix: str = ""

    @classmethod
    def parse(cls, text: str, *, scoped: bool, suffix: str) -> Destination:
        """Read a destination: ``docker://HOST[/PREFIX]``, ``oci:DIRECTORY`` or ``dir:DIRECTORY``.

        Raises:
            InvalidReference: It has none of these forms.
        """
        transport, _, base = text.partition(":")
        if transport == REGISTRY:
            transport, base = (REGISTRY, base[2:]) if base.startswith("//") else ("", "")
        base = base.rstrip("/") or base[:1]
        if transport not in DESTINATIONS or not base:
            raise InvalidReference(
                f"{text[:80]!a} is not a destination",
                hint="write docker://HOST[/PREFIX], oci:DIRECTORY or dir:DIRECTORY",
            )
        return cls(transport=transport, base=base, scoped=scoped, suffix=suffix)

    def kept(self, name: str) -> str:
        """Return what of a source's whole name is kept."""
        return name if self.scoped else posixpath.basename(name)

    def target(self, kept: str, tag: Name) -> Target:
        """Return where an image goes.

        Args:
            kept: What is kept of the source's name.
            tag: The image's tag or digest there.

        Raises:
            InvalidReference: The destination cannot have such a name.
        """
        called = f"{kept}@{tag}" if isinstance(tag, Digest) else f"{kept}:{tag}{self.suffix}"
        if self.transport == LAYOUT:
            return Target(f"oci:{self.base}:{called}", self.base, called, (called,))
        if self.transport == DIRECTORY:
            path = posixpath.join(self.base, called)
            return Target(f"dir:{path}", path, None, ())
        reference = Reference.parse(f"{self.base}/{called}")
        label = f"docker://{reference}"
        if isinstance(tag, Digest):
            return Target(label, reference.name, tag, ())
        return Target(label, reference.name, reference.tag, (reference.tag or DEFAULT_TAG,))

    @property
    def mirrors(self) -> bool:
        """Whether each of its places holds the images of one source, by their own names."""
        return self.transport == REGISTRY and not self.suffix


@frozen(kw_only=True)
class Maker:
    """Makes lanes to one destination.

    Args:
        places: Open what a lane needs.
        destination: Where images go.
        settings: Settings for the destination.
        options: How images are copied.
        sealing: Who signs them, or None.
    """

    places: Places
    destination: Destination
    settings: Settings
    options: CopyOptions
    sealing: Sealing | None = None

    def repository(
        self,
        reference: Reference,
        settings: Settings,
        *,
        kept: str | None = None,
        wanted: TagFilter | None = None,
        names: tuple[str | Digest, ...] | None = None,
        selection: Selection | None = None,
    ) -> Lane:
        """Return the lane of a repository in a registry.

        Args:
            reference: The repository; its tag or digest is the only image where it has one.
            settings: How it is reached.
            kept: What is kept of its name; decided by the destination's rule if None.
            wanted: Which of its tags.
            names: Exactly these.
            selection: Which images of an index, or None for what the options say.

        Raises:
            InvalidReference: The destination cannot have such a name.
        """
        if names is None and (reference.tag or reference.digest):
            names = (reference.target,)
        kept = self.destination.kept(reference.name) if kept is None else kept
        # Whatever is wrong with names at the destination is known before anything moves.
        self.destination.target(kept, DEFAULT_TAG)
        label = f"docker://{reference.name}"
        return Lane(
            label=label,
            open_source=partial(self._source, ImageName(REGISTRY, reference.name), settings),
            open_sink=self._sink,
            target=partial(self.destination.target, kept),
            image_label=partial(_image, label),
            admit=lambda name, source: self._judge(
                ImageName.of_reference(_named(reference, name)), source, settings
            ),
            attend=lambda name, source: self._attend(
                ImageName.of_reference(_named(reference, name)),
                source,
                settings,
                self.destination.target(kept, name),
                name,
            ),
            is_apart=self._is_apart,
            is_guarded=rejects_anything(settings),
            wanted=wanted or TagFilter(),
            names=names,
            selection=selection,
            is_mirror=names is None and self.destination.mirrors,
        )

    def layout(
        self, path: str, kept: str, tags: dict[str, str], settings: Settings, wanted: TagFilter
    ) -> Lane:
        """Return the lane of the images of one repository that lie in a layout.

        Args:
            path: The layout.
            kept: What the repository is called at the destination.
            tags: For each tag, the name in the layout.
            settings: How it is read.
            wanted: By which filter the tags were chosen.
        """
        target = partial(self.destination.target, kept)
        tag_of = {name: tag for tag, name in tags.items()}
        target(DEFAULT_TAG)
        return Lane(
            label=f"oci:{path}:{kept}",
            open_source=partial(self._source, ImageName(LAYOUT, path), settings),
            open_sink=self._sink,
            target=lambda name: target(tag_of.get(str(name), str(name))),
            image_label=lambda name: f"oci:{path}:{name}",
            admit=lambda name, source: self._judge(ImageName(LAYOUT, path, name), source, settings),
            attend=lambda name, source: self._attend(
                ImageName(LAYOUT, path, name),
                source,
                settings,
                target(tag_of.get(str(name), str(name))),
                tag_of.get(str(name)),
            ),
            is_apart=lambda name: self._is_apart(tag_of.get(name, name)),
            is_guarded=rejects_anything(settings),
            wanted=wanted,
            names=tuple(tag_of),
            is_mirror=self.destination.mirrors,
        )

    def directory(self, path: str, called: Reference, settings: Settings) -> Lane:
        """Return the lane of the image in a directory.

        Args:
            path: The directory.
            called: What it is called beneath the destination; its registry and repository are taken together.
            settings: How it is read.
        """
        digest_or_tag = called.digest or called.tag or DEFAULT_TAG
        target = self.destination.target(called.repository, digest_or_tag)
        return Lane(
            label=f"dir:{path}",
            open_source=partial(self._source, ImageName(DIRECTORY, path), settings),
            open_sink=self._sink,
            target=lambda _: target,
            image_label=lambda _: f"dir:{path}",
            admit=lambda _, source: self._judge(ImageName(DIRECTORY, path), source, settings),
            attend=lambda _, source: self._attend(ImageName(DIRECTORY, path), source, settings, target, None),
            is_guarded=rejects_anything(settings),
            names=(None,),
        )

    def _judge(self, image: ImageName, source: Source, settings: Settings) -> Judge | None:
        return admit(image, settings).judge(source, self.places.session(settings))

    def _attend(
        self, image: ImageName, source: Source, settings: Settings, target: Target, tag: Name
    ) -> Attendant | None:
        """Return who sees to an image's signatures; None where there are none to see to."""
        goal = self._image_at(target)
        carries_files = may_be_sealed(image, goal, settings, self.options)
        if not carries_files and self.sealing is None:
            return None
        from .cosign_seal import SignatureTag, signed_digest  # only what is signed, or is to be, needs them
        from .sync_seal import ImageSeals, SealRule

        cosign = None if self.sealing is None else self.sealing.cosign
        digest = signed_digest(tag) if isinstance(tag, str) else None
        if cosign is not None and digest is not None:
            return SignatureTag(digest, source, cosign)
        rule = SealRule(
            sealing=self.sealing,
            options=self.options,
            settings=self.settings,
            carries_files=carries_files,
            carries_tags=self.options.referrers,
        )
        ground = Admission(image, None).ground(source, self.places.session(settings))
        return ImageSeals(ground, goal, rule)

    def _image_at(self, target: Target) -> ImageName:
        if self.destination.transport == REGISTRY:
            return ImageName.parse(target.label)
        return ImageName(self.destination.transport, target.place)

    def _is_apart(self, name: str) -> bool:
        """Tell whether a tag of the source holds signatures that ours have to stay beside."""
        if self.sealing is None or self.sealing.cosign is None:
            return False
        from .cosign_seal import signed_digest

        return signed_digest(name) is not None

    def _source(self, image: ImageName, settings: Settings) -> Source:
        return self.places.open_source(image, settings)

    def _sink(self, target: Target) -> Sink:
        return self.places.open_sink(ImageName(self.destination.transport, target.place), self.settings)


def _image(label: str, name: Name) -> str:
    return f"{label}{'@' if isinstance(name, Digest) else ':'}{name}"


def _named(reference: Reference, name: Name) -> Reference:
    return reference if name is None else reference.at(name)
