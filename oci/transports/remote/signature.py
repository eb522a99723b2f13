"""Signatures that a registry keeps beside its images: containers/image's extension of the protocol.

signature-protocols.md ("X-Registry-Supports-Signatures"). A registry that says so in its answer to ``/v2/``
lists and takes signatures at ``/extensions/v2/<name>/signatures/<digest>``. One that does not say so is not
asked; one that says so and then fails has said nothing about what it has.
"""

from __future__ import annotations

import base64
import binascii
import json
import threading
from typing import TYPE_CHECKING, Final

from ...errors import InvalidDocument
from ...spec import strict_json
from ...wire import endpoint

if TYPE_CHECKING:
    from ...net.answer import Answer
    from ...spec import Digest
    from .exchange import Exchange

HEADER: Final = "X-Registry-Supports-Signatures"
"""The field by which a registry says that it has the extension."""

MAX_LIST_BYTES: Final = 4 * 1024 * 1024
"""Bytes that a list of signatures may have."""

_VERSION: Final = 2
_ATOMIC: Final = "atomic"
_TELLING: Final = frozenset({200, 401, 403})
"""Statuses of answers to ``/v2/`` that tell what a registry can do."""


class Signatures:
    """Lists and adds the signatures of the images of one repository.

    Args:
        exchange: The repository's connection.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._lock = threading.Lock()
        self._is_supported: bool | None = None

    def list(self, digest: Digest) -> tuple[bytes, ...] | None:
        """Return the signatures of an image; None where the registry does not have the extension.

        Raises:
            InvalidDocument: The list cannot be understood.
            LimitExceeded: It is too large.
            OciError: The registry could not be asked.
        """
        if not self._supported():
            return None
        url = self._exchange.urls.signatures(digest)
        answer = self._exchange.ask("GET", url, limit=MAX_LIST_BYTES, limit_name="signature_list")
        if answer.status == 404:
            return ()
        if answer.status != 200:
            raise self._exchange.failure(answer, method="GET", what=self._what(digest))
        return _listed(answer, self._what(digest))

    def add(self, digest: Digest, name: str, content: bytes) -> None:
        """Add a signature.

        Args:
            digest: The image.
            name: What the signature is called: 32 hexadecimal digits that nobody else has used.
            content: The signature.

        Raises:
            OciError: The registry refused.
        """
        document = {
            "schemaVersion": _VERSION,
            "name": f"{digest}@{name}",
            "type": _ATOMIC,
            "content": base64.b64encode(content).decode("ascii"),
        }
        answer = self._exchange.ask(
            "PUT",
            self._exchange.urls.signatures(digest),
            fields={"Content-Type": "application/json"},
            body=json.dumps(document, separators=(",", ":")).encode("ascii"),
        )
        if answer.status not in {200, 201}:
            raise self._exchange.failure(answer, method="PUT", what=self._what(digest))

    def _what(self, digest: Digest) -> str:
        return f"signatures of {self._exchange.label}@{digest}"

    def _supported(self) -> bool:
        with self._lock:
            if self._is_supported is None:
                answer = self._exchange.ask("GET", endpoint.ping(self._exchange.registry.base))
                if answer.status not in _TELLING and answer.status != 404:
                    raise self._exchange.failure(answer, method="GET", what=self._exchange.label)
                self._is_supported = answer.headers.get(HEADER) == "1"
            return self._is_supported


def _listed(answer: Answer, where: str) -> tuple[bytes, ...]:
    document = strict_json.loads(answer.body, where=where)
    entries = document.get("signatures") if isinstance(document, dict) else None
    if entries is None and isinstance(document, dict) and "signatures" in document:
        return ()
    if not isinstance(entries, list):
        raise InvalidDocument(f"{where}: there is no list of signatures in the answer")
    found = []
    for entry in entries:
        if not isinstance(entry, dict):
            raise InvalidDocument(f"{where}: an entry is no object")
        if (entry.get("schemaVersion"), entry.get("type")) != (_VERSION, _ATOMIC):
            # Of a kind that others have put there, and that is none of ours.
            continue
        found.append(_content(entry.get("content"), where))
    return tuple(found)


def _content(text: object, where: str) -> bytes:
    try:
        return base64.b64decode(text if isinstance(text, str) else "!", validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidDocument(f"{where}: an entry's content is not base64") from error
