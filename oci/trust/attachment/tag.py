"""Cosign's tags: ``sha256-HEX.sig``, ``.att`` and ``.sbom``, one manifest with a layer for each thing.

cosign, specs/SIGNATURE_SPEC.md, "Tag-based discovery". The configuration is that of an image whose layers are
not compressed; some registries insist on one.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ...content.revision import revise, reviser_of
from ...errors import Cancelled, InvalidDocument, NotFound, OciError
from ...frozen import field, frozen
from ...spec import Descriptor, Manifest, parse_document, strict_json
from ...spec.attachment import cosign_tag
from ...spec.media_type import OCI_CONFIG, OCI_MANIFEST
from ...spec.reference import check_tag
from ..verdict import Absent
from .blob import store_blob
from .gathering import AttachmentLimits, check_total, each_of, fetch_layer, gathered, outcome_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...content import Opened, Sink, Source
    from ...spec import Digest
    from .gathering import Gathering

_UNKNOWN_TIME = "0001-01-01T00:00:00Z"


@frozen(kw_only=True)
class NewLayer:
    """A thing to attach.

    Args:
        content: Its bytes.
        media_type: What they are.
        annotations: What is said about it.
    """

    content: bytes = field(repr=False)
    media_type: str
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def descriptor(self) -> Descriptor:
        """Its link, as it stands in the manifest."""
        bare = Descriptor.of(self.content, self.media_type)
        return Descriptor(bare.media_type, bare.digest, bare.size, annotations=self.annotations)


def read_tag(
    source: Source, digest: Digest, suffix: str, limits: AttachmentLimits | None = None
) -> Gathering:
    """Read what lies under one of cosign's tags.

    Args:
        source: Where to look.
        digest: The document's digest.
        suffix: Which tag: ``sig``, ``att`` or ``sbom``.
        limits: Bounds on what is read.
    """
    limits = limits or AttachmentLimits()
    tag = cosign_tag(digest, suffix)
    place = f"{source.label}:{tag}"
    if digest.algorithm != "sha256":
        # Such a tag would be too long, so that cosign cannot have made it.
        return Absent(place)
    try:
        manifest = _manifest(source.open(tag), place)
        check_total([layer.size for layer in manifest.layers], limits, where=place)
    except NotFound:
        return Absent(place)
    except Cancelled:
        raise
    except OciError as error:
        return gathered(place, [outcome_of(place, error)])
    return gathered(
        place,
        each_of(
            [(layer, f"{place}#{number}") for number, layer in enumerate(manifest.layers, 1)],
            lambda pair: fetch_layer(source, manifest, pair[0], limits, found_at=pair[1]),
            limits,
        ),
    )


def append_layers(sink: Sink, digest: Digest, suffix: str, layers: Sequence[NewLayer]) -> str:
    """Attach things by one of cosign's tags; what is there stays.

    Args:
        sink: Where.
        digest: The document's digest.
        suffix: Which tag: ``sig``, ``att`` or ``sbom``.
        layers: What to attach; what is there already with the same annotations is left out.

    Returns:
        The tag.

    Raises:
        InvalidDocument: There is something else under the tag; it is left alone.
        InvalidReference: The digest is too long for such a tag.
        Locked: Others keep replacing what is there.
        OciError: Reading or writing failed.
    """
    tag = check_tag(cosign_tag(digest, suffix))
    for layer in layers:
        store_blob(sink, layer.descriptor, layer.content)

    def amended(opened: Opened | None) -> tuple[Descriptor, bytes] | None:
        present = () if opened is None else _manifest(opened, f"{sink.label}:{tag}").layers
        missing = _missing(present, [layer.descriptor for layer in layers])
        return _written(sink, opened, (*present, *missing)) if missing else None

    revise(reviser_of(sink), tag, amended)
    return tag


def publish_beside(sink: Sink, tag: str, added: Opened) -> Descriptor:
    """Set one of cosign's tags to a manifest, exactly, or add its layers to what others have attached there.

    Args:
        sink: Where; the layers are there already.
        tag: The tag.
        added: The manifest.

    Returns:
        The link to what the tag stands for: the manifest, or one that has its layers too.

    Raises:
        InvalidDocument: What is there and what is added cannot be put together; what is there is left alone.
        Locked: Others keep replacing what is there.
        OciError: Reading or writing failed.
    """
    latest = added.descriptor

    def amended(opened: Opened | None) -> tuple[Descriptor, bytes] | None:
        nonlocal latest
        wanted = _merged(sink, opened, added, f"{sink.label}:{tag}")
        if wanted is not None:
            latest = wanted[0]
        elif opened is not None:
            latest = opened.descriptor
        return wanted

    revise(reviser_of(sink), tag, amended)
    return latest


def is_within(added: Opened, present: Opened, *, where: str) -> bool:
    """Tell whether a manifest attaches all that another one does; False where one of them is none."""
    try:
        links = _manifest(present, where).layers, _manifest(added, where).layers
    except InvalidDocument:
        return False
    return not _missing(*links)


def _merged(sink: Sink, opened: Opened | None, added: Opened, place: str) -> tuple[Descriptor, bytes] | None:
    if opened is None:
        return added.descriptor, added.content
    if opened.descriptor.digest == added.descriptor.digest:
        return None
    present, wanted = _manifest(opened, place).layers, _manifest(added, place).layers
    missing = _missing(present, wanted)
    if not missing:
        return None
    if not _missing(wanted, present):
        # Nothing of what is there would be lost, and bytes are kept where they can be.
        return added.descriptor, added.content
    return _written(sink, opened, (*present, *missing))


def _missing(present: Sequence[Descriptor], wanted: Sequence[Descriptor]) -> list[Descriptor]:
    known = {_identity(layer) for layer in present}
    return [layer for layer in wanted if _identity(layer) not in known]


def _manifest(opened: Opened, place: str) -> Manifest:
    document = parse_document(opened.content, claimed=opened.descriptor.media_type, where=place)
    if not isinstance(document, Manifest):
        raise InvalidDocument(f"{place}: an index, where a manifest of attached things was expected")
    return document


def _identity(layer: Descriptor) -> tuple[Descriptor, tuple[tuple[str, str], ...]]:
    return layer.bare(), tuple(sorted(layer.annotations.items()))


def _written(sink: Sink, opened: Opened | None, layers: Sequence[Descriptor]) -> tuple[Descriptor, bytes]:
    """Return the manifest to write, with all that the old one has; its configuration is stored."""
    config = _config(layers)
    link = Descriptor.of(config, OCI_CONFIG)
    store_blob(sink, link, config)
    members: dict[str, object] = (
        {"schemaVersion": 2, "mediaType": OCI_MANIFEST}
        if opened is None
        else strict_json.load_object(opened.content, where=sink.label)
    )
    members |= {"config": link.to_json(), "layers": [layer.to_json() for layer in layers]}
    content = _compact(members)
    media_type = OCI_MANIFEST if opened is None else opened.descriptor.media_type
    return Descriptor.of(content, media_type), content


def _config(layers: Sequence[Descriptor]) -> bytes:
    return _compact(
        {
            "architecture": "",
            "created": _UNKNOWN_TIME,
            "history": [{"created": _UNKNOWN_TIME} for _ in layers],
            "os": "",
            "rootfs": {"type": "layers", "diff_ids": [str(layer.digest) for layer in layers]},
            "config": {},
        }
    )


def _compact(members: Mapping[str, object]) -> bytes:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()
