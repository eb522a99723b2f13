"""Cosign's signatures as numbered files, which an image directory (``dir:``) has in place of tags.

The form is that of containers/image (internal/signature/sigstore.go): JSON with the layer that the signature
is in a registry, behind a few bytes that `simple.shelf` knows. Annotations that nobody here reads go along,
so that a signature comes out of a directory as it went in.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from ...errors import InvalidDocument, InvalidValue, LimitExceeded
from ...frozen import frozen
from ...spec import field as member
from ...spec import strict_json
from ..attachment import Gathered, NewLayer, append_layers, read_tag
from ..base64_text import decoded
from ..signature import Family, Signature
from ..simple.packet import MAX_BYTES
from ..simple.payload import GO_ESCAPES
from ..simple.shelf import DirectoryShelf
from ..verdict import Absent, Found, Refusal, Unasked, refusal_of
from .layer import layer_of, signature_of
from .shelf import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from ...content import Sink, Source
    from ..signature import Subject
    from ..verdict import Reading


@frozen
class FileShelf:
    """The signatures of cosign's kind in an image directory; implements `Shelf` and `Keeper`.

    Args:
        directory: The directory.
    """

    directory: Path

    def read(self, subject: Subject) -> Reading:
        """Look for the signatures of an image; see `oci.trust.family.Shelf`."""
        reading = DirectoryShelf(self.directory).read(subject)
        if not isinstance(reading, Found):
            return reading
        read = [_signature(each) for each in reading.signatures if each.family is Family.COSIGN]
        if not read:
            return Absent(reading.place)
        return Found(
            reading.place,
            tuple(each for each in read if isinstance(each, Signature)),
            refused=tuple(each for each in read if isinstance(each, Refusal)),
        )

    def add(self, subject: Subject, signatures: Sequence[Signature]) -> str:
        """Add signatures of an image; see `oci.trust.family.Keeper`."""
        files = [_file(layer_of(each), each.found_at) for each in signatures]
        return DirectoryShelf(self.directory).add(subject, files)


@frozen
class TagFiles:
    """The signatures under cosign's tag, as the files that they are to become.

    Args:
        source: Where the tag is.
    """

    source: Source

    def read(self, subject: Subject) -> Reading:
        """Look for the signatures of an image; one that cannot be had is never left out."""
        found = read_tag(self.source, subject.digest, SUFFIX)
        if not isinstance(found, Gathered):
            return found
        lost = [*found.unread, *(Unasked(each.found_at, each.reason) for each in found.flawed)]
        if lost:
            return lost[0]
        layers = [(each.layer, each.content, each.found_at) for each in found.attached]
        return Found(
            found.place,
            tuple(
                _file(NewLayer(content=content, media_type=link.media_type, annotations=link.annotations), at)
                for link, content, at in layers
            ),
        )


@frozen
class TagKeeper:
    """Puts what was in files under cosign's tag; implements `oci.trust.family.OpenKeeper`.

    Args:
        place: Returns where the image is, or None while that is not there.
    """

    place: Callable[[], Sink | None]

    def read(self, subject: Subject) -> Reading:
        """Look for the signatures of an image; see `TagFiles`."""
        sink = self.place()
        return Absent("") if sink is None else TagFiles(sink).read(subject)

    def add(self, subject: Subject, signatures: Sequence[Signature]) -> str:
        """Add signatures of an image; see `oci.trust.family.Keeper`."""
        sink = self.place()
        assert sink is not None
        layers = [layer_in(each.envelope, where=each.found_at) for each in signatures]
        return f"{sink.label}:{append_layers(sink, subject.digest, SUFFIX, layers)}"


def layer_in(raw: bytes, *, where: str) -> NewLayer:
    """Read what a file holds behind its first bytes.

    Args:
        raw: The JSON.
        where: The file, for messages.

    Raises:
        InvalidDocument: It is something else.
        LimitExceeded: It is too large.
    """
    if len(raw) > MAX_BYTES:
        raise LimitExceeded(limit="signature", allowed=MAX_BYTES, where=where)
    members = strict_json.load_object(raw, where=where)
    said = member.mapping(members, "annotations", where=where) or {}
    if not all(isinstance(value, str) for value in said.values()):
        raise InvalidDocument(f"{where}: an annotation is no text")
    return NewLayer(
        content=decoded(member.text(members, "payload", where=where), where),
        media_type=member.text(members, "mimeType", where=where),
        annotations={name: str(value) for name, value in said.items()},
    )


def encode(layer: NewLayer) -> bytes:
    """Return the JSON of a file, as Go would write it."""
    document = {
        "mimeType": layer.media_type,
        "payload": base64.b64encode(layer.content).decode("ascii"),
        "annotations": dict(sorted(layer.annotations.items())),
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text.translate(GO_ESCAPES).encode()


def _file(layer: NewLayer, found_at: str) -> Signature:
    return Signature(family=Family.COSIGN, envelope=encode(layer), found_at=found_at)


def _signature(file: Signature) -> Signature | Refusal:
    try:
        layer = layer_in(file.envelope, where=file.found_at)
    except (InvalidValue, LimitExceeded) as error:
        return refusal_of(file, error)
    return signature_of(layer, found_at=file.found_at)
