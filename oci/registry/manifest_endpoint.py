"""Manifests: get, head, put, delete, by tag and by digest (distribution-spec; end-3, end-7, end-9).

A manifest is taken in when its bytes are what they are said to be (digest, media type, strict JSON) and what
an image needs is there, with the sizes it states: its config and its layers, but for those that may not be
distributed. An index may name images that are absent (sparse indexes are how one platform of many is
mirrored).

What is known by its digest stays known: a manifest that loses its last tag remains listed without a name.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from ..errors import InvalidReference, InvalidValue, NotFound
from ..serving import Headers, Response
from ..spec import Digest, Index, Manifest, media_type, parse_document
from ..spec.reference import check_tag
from .backend import Backend, parse_digest
from .error import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..serving import Request
    from ..spec import Descriptor, Document
    from ..transports.layout.listing import Listing
    from ..transports.layout.store import LayoutStore
    from .route import Route

__all__ = ["ManifestEndpoint"]


class ManifestEndpoint:
    """Answers for manifests and indexes.

    Args:
        backend: The registry's shared parts.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def get(self, request: Request, route: Route) -> Response:
        """Answer with a manifest; HEAD takes the same way."""
        target = _target(route.target)
        descriptor, raw = await self._backend.metadata.run(self._read, route.repository, target)
        etag = f'"{descriptor.digest}"'
        fields = [
            ("Content-Type", descriptor.media_type),
            ("Docker-Content-Digest", str(descriptor.digest)),
            ("ETag", etag),
        ]
        if etag in request.headers.all("If-None-Match"):
            return Response(HTTPStatus.NOT_MODIFIED, Headers(fields))
        return Response(HTTPStatus.OK, Headers(fields), raw)

    async def put(self, request: Request, route: Route) -> Response:
        """Take in a manifest under a tag, under a digest, or under a digest and several tags."""
        target = _target(route.target)
        tags = self._tags(target, request.query.all("tag"))
        raw = await request.body.read(self._backend.limits.manifest_bytes, name="manifest_bytes")
        document = await self._backend.metadata.run(
            self._write, route.repository, target, tags, raw, request.headers
        )
        fields = [
            ("Location", f"/v2/{route.repository}/manifests/{document.digest}"),
            ("Docker-Content-Digest", str(document.digest)),
        ]
        if document.subject is not None:
            fields.append(("OCI-Subject", str(document.subject.digest)))
        if isinstance(target, Digest):
            fields += [("OCI-Tag", tag) for tag in tags]
        return Response(HTTPStatus.CREATED, Headers(fields))

    async def delete(self, _request: Request, route: Route) -> Response:
        """Remove a tag, or a manifest with all of its tags."""
        target = _target(route.target)
        await self._backend.metadata.run(self._remove, route.repository, target)
        return Response(HTTPStatus.ACCEPTED)

    # ── in the metadata pool ──────────────────────────────────────────────────────────────────────

    def _read(self, repository: str, target: str | Digest) -> tuple[Descriptor, bytes]:
        store = self._backend.tree.open(repository)
        try:
            descriptor = store.resolve(target)
            return descriptor, store.document(descriptor)
        except NotFound:
            raise _manifest_unknown(target) from None

    def _write(
        self, repository: str, target: str | Digest, tags: Sequence[str], raw: bytes, headers: Headers
    ) -> Document:
        algorithm = target.algorithm if isinstance(target, Digest) else "sha256"
        try:
            document = parse_document(raw, claimed=headers.get("Content-Type"), algorithm=algorithm)
        except InvalidValue as error:
            raise ApiError(HTTPStatus.BAD_REQUEST, "MANIFEST_INVALID", error.message) from None
        if isinstance(target, Digest) and document.digest != target:
            raise ApiError(
                HTTPStatus.BAD_REQUEST, "DIGEST_INVALID", f"the manifest has digest {document.digest}"
            )
        store = self._backend.tree.create(repository)
        _check_references(store, document)
        covers = _covered(store, document)
        condition = _condition(headers, tags)
        with store.lock():
            condition(store.listing())
            store.blobs.put(document.descriptor, raw)
            store.index.update(lambda listing: _listed(listing, document.descriptor, tags, covers))
        return document

    def _remove(self, repository: str, target: str | Digest) -> None:
        store = self._backend.tree.open(repository)
        try:
            if isinstance(target, Digest):
                store.delete(target)
            else:
                store.index.update(lambda listing: _without_tag(listing, target))
        except NotFound:
            raise _manifest_unknown(target) from None

    def _tags(self, target: str | Digest, more: list[str]) -> list[str]:
        if len(more) > self._backend.limits.tags_per_push:
            raise ApiError(HTTPStatus.REQUEST_URI_TOO_LONG, "UNSUPPORTED", "too many tags in one request")
        tags = [_tag(tag) for tag in more]
        return list(dict.fromkeys(tags if isinstance(target, Digest) else [target, *tags]))


def _target(text: str) -> str | Digest:
    return parse_digest(text) if ":" in text else _tag(text)


def _tag(text: str) -> str:
    try:
        return check_tag(text)
    except InvalidReference as error:
        raise ApiError(HTTPStatus.BAD_REQUEST, "TAG_INVALID", error.message) from None


def _manifest_unknown(target: str | Digest) -> ApiError:
    return ApiError(
        HTTPStatus.NOT_FOUND,
        "MANIFEST_UNKNOWN",
        "manifest unknown to registry",
        detail={"reference": str(target)},
    )


def _check_references(store: LayoutStore, document: Document) -> None:
    """Refuse an image whose parts are not here, or are of another size than it says."""
    if not isinstance(document, Manifest):
        return
    for part in document.children:
        size = store.blobs.size_of(part.digest)
        if size is None and not (part.urls or media_type.is_foreign_layer(part.media_type)):
            raise ApiError(
                HTTPStatus.NOT_FOUND,
                "MANIFEST_BLOB_UNKNOWN",
                "the manifest needs a blob that is not in this repository",
                detail={"digest": str(part.digest)},
            )
        if size is not None and size != part.size:
            raise ApiError(
                HTTPStatus.BAD_REQUEST,
                "SIZE_INVALID",
                f"the manifest states {part.size} bytes for a blob of {size}",
                detail={"digest": str(part.digest)},
            )


def _covered(store: LayoutStore, document: Document) -> list[Digest]:
    """Name the images that an index keeps, so that they need no entry of their own.

    One that refers to a subject keeps its entry, by which it is found as a referrer.
    """
    if not isinstance(document, Index):
        return []
    listing = store.listing()
    return [
        child.digest
        for child in document.manifests
        if listing.with_digest(child.digest) and not _has_subject(store, child.digest)
    ]


def _has_subject(store: LayoutStore, digest: Digest) -> bool:
    try:
        raw = store.document(store.resolve(digest))
    except NotFound:
        return False
    return parse_document(raw, algorithm=digest.algorithm).subject is not None


def _listed(listing: Listing, new: Descriptor, tags: Sequence[str], covers: Sequence[Digest]) -> Listing:
    displaced = [entry.descriptor for tag in tags if (entry := listing.named(tag)) is not None]
    after = listing.put(new, tags, covers=covers)
    for old in displaced:
        after = after.put(old)
    return after


def _without_tag(listing: Listing, tag: str) -> Listing:
    entry = listing.named(tag)
    if entry is None:
        raise _manifest_unknown(tag)
    return listing.without_name(tag).put(entry.descriptor)


def _condition(headers: Headers, tags: Sequence[str]) -> Callable[[Listing], None]:
    """Read ``If-Match`` and ``If-None-Match``: a tag is only moved from where the client saw it."""
    matches, absent = headers.get("If-Match"), headers.get("If-None-Match") == "*"

    def check(listing: Listing) -> None:
        for tag in tags:
            entry = listing.named(tag)
            if (absent and entry is not None) or (
                matches and (entry is None or matches not in {"*", f'"{entry.digest_text}"'})
            ):
                raise ApiError(HTTPStatus.PRECONDITION_FAILED, "DENIED", f"the tag {tag} is not what it was")

    return check
