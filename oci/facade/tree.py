"""The picture of an image: an index with its platforms, their layers, and everything that is attached.

A document that is linked twice is drawn out once; what the others share with it is told by its digest.
"""

from __future__ import annotations

import enum
from collections import Counter
from typing import TYPE_CHECKING, Final

from ..content.graph import children_of
from ..content.image_config import read_config
from ..frozen import field, frozen, replace
from ..spec import Index, Manifest, media_type
from ..transports.name import ImageName
from .place import Context, Places
from .survey import Survey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..content import Limits, Source
    from ..errors import OciError
    from ..spec import Descriptor, Digest, Document, Platform

PARALLEL: Final = 6
"""Documents that are asked for at once."""


class Kind(enum.StrEnum):
    """What a branch is."""

    INDEX = "index"
    IMAGE = "image"
    ARTIFACT = "artifact"
    CONFIG = "config"
    LAYER = "layer"
    BLOB = "blob"
    UNKNOWN = "unknown"


class State(enum.StrEnum):
    """Whether a branch is drawn out, and why it is not."""

    WHOLE = ""
    MISSING = "missing"
    """It is linked, and not there: a sparse index has such entries."""
    REPEATED = "repeated"
    """It is drawn out elsewhere."""
    CUT = "cut"
    """It lies deeper than was asked for."""


@frozen(kw_only=True)
class Branch:
    """A document or a blob, with what is beneath it and what is attached to it.

    Args:
        kind: What it is.
        descriptor: The link to it.
        platform: The platform of an image, or None.
        artifact_type: The kind of an artifact, or an empty string.
        names: The tags by which it was found; only for what is attached.
        state: Whether it is drawn out.
        children: What it links.
        attached: What refers to it.
        unknown: Why nobody could say what is attached to it, or None.
    """

    kind: Kind
    descriptor: Descriptor
    platform: Platform | None = None
    artifact_type: str = ""
    names: tuple[str, ...] = ()
    state: State = State.WHOLE
    children: tuple[Branch, ...] = ()
    attached: tuple[Branch, ...] = ()
    unknown: OciError | None = None

    @property
    def size_bytes(self) -> int:
        """Bytes of it and of everything beneath it, each digest once; what is attached does not count."""
        return sum(_sizes(self, {}).values())


@frozen(kw_only=True)
class Tree:
    """The picture.

    Args:
        name: The image's name, as it was asked for.
        root: What the name stands for.
        uses: How many documents link each blob.
    """

    name: str
    root: Branch
    uses: Mapping[Digest, int] = field(default_factory=dict)


def tree(
    image: str, *, depth: int | None = None, attached: bool = True, context: Context | None = None
) -> Tree:
    """Find out what an image is made of, and what is attached to it.

    Each document is read once, several at a time; blobs are not read.

    Args:
        image: The image's name.
        depth: Links to follow from the root at most; None for all of them.
        attached: Whether to look for what is attached: referrers and cosign's tags, and what is attached to
            those.
        context: Settings, cancelling, limits and warnings.

    Raises:
        NotFound: The image is not there.
        LimitExceeded: It is larger or deeper than the limits allow.
    """
    name, context = ImageName.parse(image), context or Context()
    with Places(context) as places:
        source = places.source(name)
        root = source.open(name.name)
        survey = Survey(source, context.limits, depth=depth, looks_for_attached=attached)
        survey.take(root, parallel=PARALLEL, token=places.token)
        platform = _platform_of(survey.documents.get(root.descriptor.digest), source, context.limits)
    drawn = _Drawing(survey, depth).root(root.descriptor, platform)
    uses = Counter(digest for document in survey.documents.values() for digest in _blobs_of(document))
    return Tree(name=image, root=drawn, uses=dict(uses))


class _Drawing:
    """Makes branches of what a survey has found.

    Args:
        survey: What there is.
        depth: Links to follow from the root at most, or None.
    """

    def __init__(self, survey: Survey, depth: int | None) -> None:
        self._survey = survey
        self._depth = depth
        self._drawn: set[Digest] = set()

    def document(self, bare: Branch, *, depth: int) -> Branch:
        """Draw a document with what is beneath it and attached to it.

        Args:
            bare: The branch without those.
            depth: Links between the root and it.
        """
        digest = bare.descriptor.digest
        if digest in self._survey.missing:
            return replace(bare, state=State.MISSING)
        if digest in self._drawn:
            return replace(bare, state=State.REPEATED)
        if digest not in self._survey.documents or (self._depth is not None and depth >= self._depth):
            return replace(bare, state=State.CUT)
        self._drawn.add(digest)
        document = self._survey.documents[digest]
        return replace(
            bare,
            children=tuple(
                self.document(self._bare(link), depth=depth + 1) if is_document else _blob(link, document)
                for link, is_document in (children_of(document) if document else ())
            ),
            attached=tuple(
                self.document(self._bare(found.descriptor, found.names), depth=depth + 1)
                for found in self._survey.attached.get(digest, ())
            ),
            unknown=self._survey.unknown.get(digest),
        )

    def root(self, link: Descriptor, platform: Platform | None) -> Branch:
        """Draw everything."""
        return self.document(replace(self._bare(link), platform=platform), depth=0)

    def _bare(self, link: Descriptor, names: tuple[str, ...] = ()) -> Branch:
        document = self._survey.documents.get(link.digest)
        # What cosign stores under a tag looks like an image; its layers say what it is.
        kind = Kind.ARTIFACT if names else _kind_of(link, document)
        artifact_type = ""
        if kind is Kind.ARTIFACT:
            artifact_type = _content_type(document) if names else _artifact_type(link, document)
        return Branch(
            kind=kind, descriptor=link, platform=link.platform, artifact_type=artifact_type, names=names
        )


def _artifact_type(link: Descriptor, document: Document | None) -> str:
    return document.kind_of_artifact if document else link.artifact_type


def _content_type(document: Document | None) -> str:
    layers = document.layers if isinstance(document, Manifest) else ()
    return layers[0].media_type if layers else ""


def _blob(link: Descriptor, document: Document | None) -> Branch:
    if not isinstance(document, Manifest):
        kind = Kind.BLOB
    elif link is document.config:
        kind = Kind.CONFIG
    else:
        kind = Kind.LAYER if document.is_image else Kind.BLOB
    return Branch(kind=kind, descriptor=link)


def _kind_of(link: Descriptor, document: Document | None) -> Kind:
    if isinstance(document, Index) or (document is None and link.media_type in media_type.INDEXES):
        return Kind.INDEX
    if isinstance(document, Manifest):
        is_image = document.is_image and not link.artifact_type and document.subject is None
        return Kind.IMAGE if is_image else Kind.ARTIFACT
    if document is None and link.media_type in media_type.MANIFESTS:
        return Kind.ARTIFACT if link.artifact_type else Kind.IMAGE
    return Kind.UNKNOWN


def _blobs_of(document: Document | None) -> set[Digest]:
    if document is None:
        return set()
    return {link.digest for link, is_document in children_of(document) if not is_document}


def _platform_of(document: Document | None, source: Source, limits: Limits) -> Platform | None:
    """Ask the config of an image that no index speaks for."""
    config = read_config(source, document, limits=limits) if isinstance(document, Manifest) else None
    return config.platform if config else None


def _sizes(branch: Branch, found: dict[Digest, int]) -> dict[Digest, int]:
    if branch.state is not State.MISSING:
        found[branch.descriptor.digest] = branch.descriptor.size
    for child in branch.children:
        _sizes(child, found)
    return found
