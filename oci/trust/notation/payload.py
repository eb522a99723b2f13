"""The payload: the descriptor of the image that was signed (signature specification, "Payload").

To be read only when the signature over it has been found to hold.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from ...errors import InvalidDocument
from ...spec import Descriptor, parse_document, strict_json
from .attribute import PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..signature import Subject

_WHAT: Final = "payload"
_TARGET: Final = "targetArtifact"


def read_payload(raw: bytes) -> Descriptor:
    """Read which image was signed.

    Raises:
        InvalidDocument: It breaks a rule, or has members that nobody knows.
        InvalidDigest: The digest is malformed.
    """
    whole = strict_json.load_object(raw, where=_WHAT)
    target = whole.get(_TARGET)
    if not isinstance(target, dict):
        raise InvalidDocument(f"{_WHAT}: there is no {_TARGET}")
    if len(whole) != 1:
        raise InvalidDocument(f"{_WHAT}: there is more in it than the {_TARGET}")
    found = Descriptor.from_json(target, where=f"{_WHAT}: {_TARGET}")
    if found.other:
        raise InvalidDocument(f"{_WHAT}: the member {min(found.other)[:80]!a} is not known")
    return found


def target_of(subject: Subject) -> Descriptor:
    """Return the descriptor of an image, as it is signed.

    Raises:
        InvalidDocument: Its bytes are no manifest and no index.
    """
    media_type = parse_document(subject.content, where="image").media_type
    return Descriptor(media_type, subject.digest, len(subject.content))


def write_payload(target: Descriptor, metadata: Mapping[str, str]) -> bytes:
    """Return the bytes to sign.

    Args:
        target: The image.
        metadata: What to say of it besides.

    Raises:
        InvalidDocument: A name in the metadata belongs to the specification.
    """
    for name in metadata:
        if name.startswith(PREFIX.rstrip(".")):
            raise InvalidDocument(
                f"{name[:80]!a} cannot be signed: names with {PREFIX} belong to the specification"
            )
    members: dict[str, object] = {
        "mediaType": target.media_type,
        "digest": str(target.digest),
        "size": target.size,
    }
    if metadata:
        members["annotations"] = dict(metadata)
    return json.dumps({_TARGET: members}, separators=(",", ":"), ensure_ascii=False).encode()
