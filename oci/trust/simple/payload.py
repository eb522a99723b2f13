"""What a simple signature says: strict in what decides, lenient in what is optional.

containers-signature(5). Read it only after the signature around it has been verified. Unknown members are
refused everywhere but in ``optional``. cosign signs the same document under another type.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from ...errors import InvalidDocument, OciError
from ...frozen import frozen
from ...spec import Digest, strict_json

if TYPE_CHECKING:
    from collections.abc import Mapping

ATOMIC: Final = "atomic container signature"
"""The type of a document that is signed with GPG."""

GO_ESCAPES: Final = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
"""Characters that Go writes in another way, so that JSON can stand in HTML."""


@frozen(kw_only=True)
class Payload:
    """The document that is signed.

    Args:
        kind: The type, such as `ATOMIC`.
        digest: The image's digest.
        identity: The image's name.
        creator: The program that made it, or an empty string.
        timestamp_s: When, in seconds since 1970, or None.
    """

    kind: str = ATOMIC
    digest: Digest
    identity: str
    creator: str = ""
    timestamp_s: int | None = None

    def encode(self) -> bytes:
        """Return the bytes to sign: compact, with sorted keys, as Go would write them."""
        optional: dict[str, object] = {"creator": self.creator} if self.creator else {}
        if self.timestamp_s is not None:
            optional["timestamp"] = self.timestamp_s
        document = {
            "critical": {
                "identity": {"docker-reference": self.identity},
                "image": {"docker-manifest-digest": str(self.digest)},
                "type": self.kind,
            },
            "optional": optional,
        }
        text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return text.translate(GO_ESCAPES).encode()


def parse_payload(raw: bytes, *, kind: str = ATOMIC, where: str) -> Payload:
    """Read a signed document.

    Args:
        raw: Its bytes, as they were signed.
        kind: The type that it must have.
        where: Where it was found, for messages.

    Raises:
        InvalidDocument: It breaks a rule.
    """
    whole = _members(strict_json.loads(raw, where=where), {"critical", "optional"}, where)
    critical = _members(whole["critical"], {"identity", "image", "type"}, where)
    image = _members(critical["image"], {"docker-manifest-digest"}, where)
    identity = _members(critical["identity"], {"docker-reference"}, where)
    if critical["type"] != kind:
        raise InvalidDocument(f"{where}: critical.type is not {kind!r}")
    optional = {} if whole["optional"] is None else whole["optional"]
    if not isinstance(optional, dict):
        raise InvalidDocument(f"{where}: optional is no object")
    try:
        digest = Digest.parse(_text(image, "docker-manifest-digest", where))
    except OciError as error:
        raise InvalidDocument(f"{where}: {error.message}") from error
    return Payload(
        kind=kind,
        digest=digest,
        identity=_text(identity, "docker-reference", where),
        creator=_text(optional, "creator", where) if "creator" in optional else "",
        timestamp_s=_whole_number(optional["timestamp"], where) if "timestamp" in optional else None,
    )


def _members(value: object, names: set[str], where: str) -> Mapping[str, object]:
    if not isinstance(value, dict) or set(value) != names:
        raise InvalidDocument(
            f"{where}: an object with {', '.join(sorted(names))} and nothing else is needed"
        )
    return value


def _text(members: Mapping[str, object], name: str, where: str) -> str:
    value = members[name]
    if not isinstance(value, str):
        raise InvalidDocument(f"{where}: {name} is no string")
    return value


def _whole_number(value: object, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise InvalidDocument(f"{where}: optional.timestamp is no whole number")
    return int(value)
