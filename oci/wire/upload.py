"""An upload session as a state machine (distribution-spec, "Pushing blobs"); `end-N` is the spec's numbering.

An `Upload` says where the registry wants the next bytes. Each answer is turned into a verdict: what to do
next, with the upload as it is then. Nothing is sent here, and no verdict leads to an endless exchange: a
registry that refuses the place that it asked for gets smaller chunks, and after those a new session.

What registries do that the specification does not say, and what is made of it here:

- ECR answers 201 to a PATCH, and its Range stays at the first chunk: what was accepted counts, not the Range.
- GHCR answers 416 to a chunk of more than 4 MiB, others 413: smaller ones are tried before giving up.
- ``Range`` comes as ``0-N`` and as ``bytes=0-N``; ``0-0`` is what distribution says of an empty upload.
- Location is relative or absolute, with a state in its query that must come back unchanged.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from ..errors import DigestMismatch, RegistryError
from ..frozen import frozen, replace
from . import header
from .redact import redacted
from .redirect import next_url
from .retry import is_retryable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..spec import Digest

_MIB: Final = 1024 * 1024

CHUNK_LADDER: Final = (64 * _MIB, 16 * _MIB, 4 * _MIB, 1 * _MIB)
"""Chunk sizes that are tried, one after the other, where a registry refuses larger ones."""

MAX_RENEWALS: Final = 2
"""Sessions that may follow a lost one before the upload of a blob is given up."""

MAX_REFUSALS: Final = 16
"""Refused chunks in one session before it is given up: a registry may not lead us back and forth for ever."""

_ACCEPTED: Final = frozenset({200, 201, 202, 204})
_GONE: Final = frozenset({404, 410})
_NO_STATUS: Final = frozenset({400, 403, 404, 405, 410, 501})
_RANGE: Final = re.compile(r"(?:bytes[=: ]?[ ]?)?0-([0-9]{1,18})", re.IGNORECASE)


@frozen
class Upload:
    """A session, as far as it is known.

    Args:
        url: Where the next request of the session goes; never a shortened or rebuilt one.
        offset: Bytes that the registry has, so that the next one sent is this one.
        min_chunk: Bytes that a chunk must have, unless it is the last one.
        max_chunk: Bytes that a chunk may have; None where no limit is known.
        refused_at: The offset at which the registry refused a chunk since it last accepted one, or None.
        refusals: Chunks that the registry refused in this session.
    """

    url: str
    offset: int = 0
    min_chunk: int = 0
    max_chunk: int | None = None
    refused_at: int | None = None
    refusals: int = 0

    def chunk_length(self, remaining: int, *, preferred: int | None = None) -> int:
        """Return how many bytes the next request should carry.

        Args:
            remaining: Bytes of the blob that are not uploaded yet.
            preferred: Bytes that the caller would like to send at once; None for as many as possible.
        """
        wanted = remaining if preferred is None else preferred
        if self.max_chunk is not None:
            wanted = min(wanted, self.max_chunk)
        return min(remaining, max(wanted, self.min_chunk))

    def patch_fields(self, length: int) -> dict[str, str]:
        """Return the header fields of a PATCH that carries a chunk (end-5), its range inclusive and bare."""
        return {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(length),
            "Content-Range": f"{self.offset}-{self.offset + length - 1}",
        }

    def put_fields(self, length: int) -> dict[str, str]:
        """Return the header fields of the PUT that ends the session, with the last bytes or none (end-6)."""
        if length and self.offset:
            return self.patch_fields(length)
        return {"Content-Type": "application/octet-stream", "Content-Length": str(length)}

    def put_url(self, digest: Digest) -> str:
        """Return the URL of the PUT that ends the session: the newest Location with the digest appended."""
        return f"{self.url}{'&' if '?' in self.url else '?'}digest={digest}"

    def with_smaller_chunks(self, refused: int) -> Upload | None:
        """Return the session with chunks smaller than a refused one, or None where they cannot be smaller."""
        ladder = (*(size for size in CHUNK_LADDER if size > self.min_chunk), self.min_chunk)
        smaller = next((size for size in ladder if 0 < size < refused), None)
        return None if smaller is None else replace(self, max_chunk=smaller)


@frozen
class Proceed:
    """Send the next bytes.

    Args:
        upload: The session, at the offset to go on from.
    """

    upload: Upload


@frozen
class AskStatus:
    """Ask for the session's status with a GET of its URL (end-13) before anything else is sent.

    The same follows when a connection broke before there was an answer.

    Args:
        upload: The session.
    """

    upload: Upload


@frozen
class Finished:
    """The registry has the blob."""


@frozen
class Renew:
    """The session is lost: look whether the blob is there after all, and begin a new one if it is not.

    Args:
        reason: Why, for messages.
        max_chunk: What was learned about the size of chunks; hand it to `after_post`.
    """

    reason: str
    max_chunk: int | None = None


@frozen
class Failed:
    """The answer is a failure that another request will not mend; `error_body.failure` says what it is."""


Verdict: TypeAlias = Proceed | AskStatus | Finished | Renew | Failed


def after_post(
    url: str, status: int, headers: Mapping[str, str], *, digest: Digest, max_chunk: int | None = None
) -> Verdict:
    """Judge the answer to the POST that begins an upload or asks for a mount (end-4, end-11).

    Args:
        url: The URL of the POST.
        status: The answer's status.
        headers: Its header fields.
        digest: The blob's digest.
        max_chunk: What an earlier session taught about the size of chunks.

    Returns:
        `Finished` where the blob was mounted or taken with the POST, `Proceed` with a session (also where a
        mount was declined), else `Failed`; a mount that failed is no more than declined.

    Raises:
        RegistryError: There is a session, but the answer does not say where.
        AddressRefused: The session is at an address that we do not go to.
        DigestMismatch: The registry says that it took another blob.
    """
    if status == 201:
        _check_digest(headers, digest, url)
        return Finished()
    if status != 202:
        return Failed()
    location = header.value(headers, "Location")
    if not location:
        raise RegistryError(
            f"{redacted(url)}: the registry began an upload without saying where",
            status=status,
            method="POST",
            url=redacted(url),
        )
    min_chunk = header.count(headers, "OCI-Chunk-Min-Length") or 0
    return Proceed(Upload(next_url(url, location), min_chunk=min_chunk, max_chunk=max_chunk))


def after_patch(upload: Upload, status: int, headers: Mapping[str, str], *, sent: int) -> Verdict:
    """Judge the answer to a PATCH (end-5).

    Args:
        upload: The session, as it was when the request was made.
        status: The answer's status.
        headers: Its header fields.
        sent: Bytes that the request announced, also where it was refused before all of them had left.

    Raises:
        AddressRefused: The session moved to an address that we do not go to.
    """
    if status in _ACCEPTED:
        return Proceed(replace(_moved(upload, headers), offset=upload.offset + sent, refused_at=None))
    if status in _GONE:
        return Renew(f"the registry has forgotten the upload (status {status})", upload.max_chunk)
    return _after_refusal(upload, status, sent)


def after_put(
    upload: Upload, status: int, headers: Mapping[str, str], *, digest: Digest, sent: int
) -> Verdict:
    """Judge the answer to the PUT that ends a session (end-6).

    Args:
        upload: The session, as it was when the request was made.
        status: The answer's status.
        headers: Its header fields.
        digest: The blob's digest.
        sent: Bytes that the request announced, also where it was refused before all of them had left.

    Raises:
        DigestMismatch: The registry says that it stored another blob.
    """
    if status in {200, 201, 204}:
        _check_digest(headers, digest, upload.url)
        return Finished()
    if status in _GONE:
        return Renew(f"the registry has forgotten the upload (status {status})", upload.max_chunk)
    return _after_refusal(upload, status, sent)


def after_status(upload: Upload, status: int, headers: Mapping[str, str], *, size: int) -> Verdict:
    """Judge the answer to a status request (end-13).

    Args:
        upload: The session, as it was when the request was made.
        status: The answer's status.
        headers: Its header fields.
        size: The blob's size in bytes.

    Raises:
        AddressRefused: The session moved to an address that we do not go to.
    """
    if status in _NO_STATUS:
        return Renew(f"the registry does not tell how far the upload is (status {status})", upload.max_chunk)
    if status not in _ACCEPTED:
        return Failed()
    stated = stated_offset(headers)
    if stated is None or stated > size:
        return Renew("the registry does not say how far the upload is", upload.max_chunk)
    return _realigned(upload, _moved(upload, headers), stated, size)


def stated_offset(headers: Mapping[str, str]) -> int | None:
    """Return how many bytes of an upload the registry says that it has; None where it does not."""
    matched = _RANGE.fullmatch(header.value(headers, "Range") or "")
    if matched is None:
        return None
    last = int(matched[1])
    return last + 1 if last else 0


def reopened(base: str, url: str) -> AskStatus:
    """Take up the session of an earlier process.

    Args:
        base: The registry's base URL.
        url: The session's URL, from wherever it was kept.

    Raises:
        AddressRefused: That is no URL that this registry could have named.
    """
    return AskStatus(Upload(next_url(base, url)))


def _realigned(upload: Upload, moved: Upload, stated: int, size: int) -> Verdict:
    if upload.refused_at is None:
        # Less than was accepted is a Range that sticks; should the bytes be lost, the next chunk is refused.
        return Proceed(replace(moved, offset=max(stated, upload.offset)))
    if upload.refusals > MAX_REFUSALS:
        return Renew("the registry keeps refusing what it asks for", upload.max_chunk)
    if stated != upload.refused_at:
        return Proceed(replace(moved, offset=stated))
    # We agree on the place: it must be the chunk's size.
    smaller = moved.with_smaller_chunks(moved.max_chunk or size - stated)
    if smaller is None:
        return Renew("the registry refuses the place that it asks for", moved.max_chunk)
    return Proceed(smaller)


def _after_refusal(upload: Upload, status: int, sent: int) -> Verdict:
    if is_retryable(status):
        return AskStatus(upload)
    if status == 416:
        return AskStatus(replace(upload, refused_at=upload.offset, refusals=upload.refusals + 1))
    smaller = upload.with_smaller_chunks(sent) if status == 413 else None
    return Failed() if smaller is None else AskStatus(smaller)


def _moved(upload: Upload, headers: Mapping[str, str]) -> Upload:
    location = header.value(headers, "Location")
    return replace(upload, url=next_url(upload.url, location)) if location else upload


def _check_digest(headers: Mapping[str, str], digest: Digest, url: str) -> None:
    # A registry may name the digest by another algorithm than ours; then there is nothing to compare.
    stated = header.value(headers, "Docker-Content-Digest")
    if stated and stated.startswith(f"{digest.algorithm}:") and stated != str(digest):
        raise DigestMismatch(expected=str(digest), actual=stated[:160], where=redacted(url))
