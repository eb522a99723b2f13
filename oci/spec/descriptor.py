"""Descriptors: the typed, sized, digested links of which every image is made (image-spec, descriptor.md)."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from ..errors import InvalidDocument
from ..frozen import field, frozen
from . import field as member
from .digest import Digest
from .media_type import is_document
from .platform import Platform

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_SIZE: Final = 2**53
"""Bytes that a descriptor may promise: far above any layer, exact in every JSON reader."""

MAX_MEDIA_TYPE: Final = 255
"""Characters that a media type may have: 127 on either side of the slash (RFC 6838, section 4.2)."""

_KNOWN: Final = frozenset(
    {"mediaType", "digest", "size", "urls", "annotations", "data", "platform", "artifactType"}
)


@frozen
class Descriptor:
    """A link to content: its type, digest and size, all of which are checked when the content is read.

    Two descriptors are equal when they link to the same content as the same type; the rest is description.

    Args:
        media_type: The content's media type.
        digest: The content's digest.
        size: The content's size in bytes.
        urls: Where else the content may be found (foreign layers).
        annotations: Free-form properties of the link.
        data: The content itself, where it is embedded.
        platform: The platform of the image behind the link, in an index.
        artifact_type: The kind of artifact behind the link.
        other: Members that this version of the specification does not know; kept when the link is written.

    Raises:
        InvalidDocument: The size is negative or absurd, or the media type could not stand in a header field.
    """

    media_type: str
    digest: Digest
    size: int
    urls: tuple[str, ...] = field(default=(), compare=False)
    annotations: Mapping[str, str] = field(default_factory=dict, compare=False)
    data: bytes | None = field(default=None, compare=False, repr=False)
    platform: Platform | None = field(default=None, compare=False)
    artifact_type: str = field(default="", compare=False)
    other: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_SIZE:
            raise InvalidDocument(f"descriptor of {self.digest}: size {self.size} is out of range")
        if len(self.media_type) > MAX_MEDIA_TYPE or not (
            self.media_type.isascii() and self.media_type.isprintable()
        ):
            raise InvalidDocument(f"descriptor of {self.digest}: {self.media_type[:80]!r} is no media type")

    def __str__(self) -> str:
        return f"{self.digest} ({self.size} bytes, {self.media_type})"

    @classmethod
    def of(cls, content: bytes, media_type: str, algorithm: str = "sha256") -> Descriptor:
        """Describe bytes at hand.

        Args:
            content: The bytes.
            media_type: Their media type.
            algorithm: The digest algorithm to use.
        """
        return cls(media_type=media_type, digest=Digest.of(content, algorithm), size=len(content))

    @classmethod
    def from_json(cls, members: Mapping[str, object], *, where: str) -> Descriptor:
        """Read a descriptor out of a parsed document.

        Raises:
            InvalidDocument: A member is missing or of the wrong type.
            InvalidDigest: The digest is malformed.
        """
        size = member.integer(members, "size", where=where)
        if size is None:
            raise InvalidDocument(f"{where}: a descriptor has no size")
        platform = member.mapping(members, "platform", where=where)
        return cls(
            media_type=member.text(members, "mediaType", where=where),
            digest=Digest.parse(member.text(members, "digest", where=where)),
            size=size,
            urls=member.texts(members, "urls", where=where),
            annotations=member.text_map(members, "annotations", where=where) or {},
            data=_embedded(member.text(members, "data", where=where), where),
            platform=None if platform is None else Platform.from_json(platform, where=where),
            artifact_type=member.text(members, "artifactType", where=where),
            other={key: value for key, value in members.items() if key not in _KNOWN},
        )

    def to_json(self) -> dict[str, object]:
        """Return the members to write into a document, in the specification's order, without empty ones."""
        members: dict[str, object] = {
            "mediaType": self.media_type,
            "digest": str(self.digest),
            "size": self.size,
        }
        if self.urls:
            members["urls"] = list(self.urls)
        if self.annotations:
            members["annotations"] = dict(self.annotations)
        if self.data is not None:
            members["data"] = base64.b64encode(self.data).decode("ascii")
        if self.platform is not None:
            members["platform"] = self.platform.to_json()
        if self.artifact_type:
            members["artifactType"] = self.artifact_type
        members.update(self.other)
        return members

    @property
    def is_document(self) -> bool:
        """Tell whether the content is a manifest or an index, so that it has children of its own."""
        return is_document(self.media_type)

    def bare(self) -> Descriptor:
        """Return the link alone: type, digest and size."""
        return Descriptor(self.media_type, self.digest, self.size)


def _embedded(text: str, where: str) -> bytes | None:
    if not text:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidDocument(f"{where}: a descriptor's data is not base64") from error
