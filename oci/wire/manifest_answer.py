"""Judging the answer to a request for a manifest: the bytes are believed, never what a header says of them.

A document asked for by digest is hashed and compared with *that* digest (GHSA-qv35-3gw6-8q4j is a client
that compared with the answer's header). The header is needed for one thing only: to know a tag's digest
without the document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import DigestMismatch, LimitExceeded, UnsupportedMediaType
from ..frozen import frozen
from ..spec import Descriptor, Digest, parse_document
from ..spec.document import MAX_BYTES
from ..spec.media_type import SCHEMA1, bare, is_document
from ..spec.schema1 import Schema1, payload_digest
from . import header

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..spec import Document

DIGEST_FIELD: Final = "Docker-Content-Digest"

_NO_KIND: Final = frozenset({"", "application/json", "application/octet-stream", "text/plain", "text/html"})


@frozen
class ManifestAnswer:
    """A document that is what was asked for.

    Args:
        descriptor: Its media type, digest and size. The digest has the algorithm that was asked for.
        content: The exact bytes.
        document: The parsed document; None for one that was sent as a kind this library does not know, and
            for a schema 1 manifest.
    """

    descriptor: Descriptor
    content: bytes
    document: Document | None


def check_length(headers: Mapping[str, str], *, limit: int = MAX_BYTES, where: str) -> None:
    """Refuse a document that is too large, before its body is read.

    Args:
        headers: The answer's header fields.
        limit: Bytes that a document may have.
        where: What was asked for, for error messages.

    Raises:
        LimitExceeded: The answer announces more.
    """
    announced = header.count(headers, "Content-Length")
    if announced is not None and announced > limit:
        raise LimitExceeded(limit="manifest_bytes", allowed=limit, where=where)


def judge(headers: Mapping[str, str], body: bytes, *, asked: str | Digest, where: str) -> ManifestAnswer:
    """Judge a complete answer with status 200.

    Args:
        headers: Its header fields.
        body: Its exact body, without any content encoding.
        asked: The tag or digest that was asked for.
        where: The same for error messages.

    Raises:
        DigestMismatch: It is another document than the one asked for, or than its own header says.
        InvalidDigest: Its header has no valid digest.
        InvalidDocument: It is no valid document, or not what Content-Type calls it.
        UnsupportedMediaType: It is JSON that nobody called a manifest of any kind.
    """
    kind = bare(header.value(headers, "Content-Type") or "")
    stated = _stated_digest(headers)
    wanted = asked if isinstance(asked, Digest) else stated
    algorithm = wanted.algorithm if wanted else "sha256"
    # The signatures that a schema 1 manifest may carry are no part of its digest.
    digest = payload_digest(body, algorithm) if kind in SCHEMA1 else Digest.of(body, algorithm)
    if wanted is not None and digest != wanted:
        raise DigestMismatch(expected=str(wanted), actual=str(digest), where=where)
    if kind in SCHEMA1:
        Schema1.parse(body, algorithm=algorithm, where=where)
        return ManifestAnswer(Descriptor(kind, digest, len(body)), body, None)
    document = _parse(body, kind, digest, where)
    return ManifestAnswer(
        Descriptor(document.media_type if document else kind, digest, len(body)), body, document
    )


def judge_head(headers: Mapping[str, str], *, asked: str | Digest, where: str) -> Descriptor | None:
    """Judge an answer to HEAD with status 200.

    Args:
        headers: Its header fields.
        asked: The tag or digest that was asked for.
        where: The same for error messages.

    Returns:
        What the name stands for, as the registry says; None where it does not say it all, or in a way that
        leaves
        doubt: then the document itself has to be asked for.

    Raises:
        DigestMismatch: Asked for one digest, the registry answers with another one.
        InvalidDigest: The header has no valid digest.
    """
    stated = _stated_digest(headers)
    if isinstance(asked, Digest):
        if stated is not None and stated.algorithm == asked.algorithm and stated != asked:
            raise DigestMismatch(expected=str(asked), actual=str(stated), where=where)
        stated = asked
    kind = bare(header.value(headers, "Content-Type") or "")
    size = header.count(headers, "Content-Length")
    # A length of encoded content says nothing about the document's size.
    is_plain = (header.value(headers, "Content-Encoding") or "identity").lower() == "identity"
    if stated is None or not size or not is_document(kind) or not is_plain:
        return None
    if size > MAX_BYTES:
        raise LimitExceeded(limit="manifest_bytes", allowed=MAX_BYTES, where=where)
    return Descriptor(kind, stated, size)


def _stated_digest(headers: Mapping[str, str]) -> Digest | None:
    text = header.value(headers, DIGEST_FIELD)
    return Digest.parse(text) if text else None


def _parse(body: bytes, kind: str, digest: Digest, where: str) -> Document | None:
    try:
        return parse_document(body, claimed=kind, algorithm=digest.algorithm, where=where)
    except UnsupportedMediaType:
        if kind in _NO_KIND or b'"fsLayers"' in body:
            raise
        return None
