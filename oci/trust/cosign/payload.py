"""The document that cosign signs: simple signing's, under a type of its own, with free annotations.

The members stand in the order in which Go writes its structs, which here is the alphabet's. ``optional`` is
``null`` where there is nothing to say.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from ...spec import strict_json
from ..simple.payload import GO_ESCAPES, Payload, parse_payload

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...spec import Digest

KIND: Final = "cosign container image signature"
"""The type of the document."""


def encode(digest: Digest, identity: str, annotations: Mapping[str, object]) -> bytes:
    """Return the bytes to sign.

    Args:
        digest: The image's digest.
        identity: The image's name.
        annotations: What else to say about it.
    """
    document = {
        "critical": {
            "identity": {"docker-reference": identity},
            "image": {"docker-manifest-digest": str(digest)},
            "type": KIND,
        },
        "optional": dict(annotations) or None,
    }
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.translate(GO_ESCAPES).encode()


def parse(raw: bytes, *, where: str) -> tuple[Payload, Mapping[str, object]]:
    """Read a document whose signature holds.

    Args:
        raw: Its bytes, as they were signed.
        where: Where it was found, for messages.

    Returns:
        The document, and all of its annotations.

    Raises:
        InvalidDocument: It breaks a rule.
    """
    payload = parse_payload(raw, kind=KIND, where=where)
    whole = strict_json.load_object(raw, where=where)
    optional = whole["optional"]
    return payload, optional if isinstance(optional, dict) else {}
