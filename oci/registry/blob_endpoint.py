"""Blobs: get, head, delete (distribution-spec, "Pulling blobs", "Deleting Blobs"; end-2, end-10)."""

from __future__ import annotations

import os
from http import HTTPStatus
from typing import TYPE_CHECKING, BinaryIO

from ..errors import NotFound
from ..serving import FileRegion, Headers, Response
from ..transports.layout import disk
from .backend import Backend, parse_digest
from .byte_range import asked_range
from .error import ApiError

if TYPE_CHECKING:
    from ..serving import Request
    from ..spec import Digest
    from .route import Route

__all__ = ["BlobEndpoint", "blob_unknown"]


def blob_unknown(digest: Digest) -> ApiError:
    """Return the refusal for a blob that is not there."""
    return ApiError(
        HTTPStatus.NOT_FOUND, "BLOB_UNKNOWN", "blob unknown to registry", detail={"digest": str(digest)}
    )


class BlobEndpoint:
    """Answers for finished blobs.

    Args:
        backend: The registry's shared parts.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def get(self, request: Request, route: Route) -> Response:
        """Answer with the blob, or the part of it that is asked for; HEAD takes the same way."""
        digest = parse_digest(route.target)
        file = await self._backend.metadata.open(self._open, route.repository, digest)
        try:
            size = os.fstat(file.fileno()).st_size
            etag = f'"{digest}"'
            fields = [
                ("Content-Type", "application/octet-stream"),
                ("Docker-Content-Digest", str(digest)),
                ("ETag", etag),
                ("Accept-Ranges", "bytes"),
            ]
            if etag in request.headers.all("If-None-Match"):
                file.close()
                return Response(HTTPStatus.NOT_MODIFIED, Headers(fields))
            part = None
            if request.headers.get("If-Range", etag) == etag:
                part = asked_range(request.headers.get("Range"), size)
        except BaseException:
            file.close()
            raise
        if part is None:
            return Response(HTTPStatus.OK, Headers(fields), FileRegion(file, 0, size))
        start, length = part
        fields.append(("Content-Range", f"bytes {start}-{start + length - 1}/{size}"))
        return Response(HTTPStatus.PARTIAL_CONTENT, Headers(fields), FileRegion(file, start, length))

    async def delete(self, _request: Request, route: Route) -> Response:
        """Remove a blob from its repository; manifests that need it are left as they are."""
        digest = parse_digest(route.target)
        await self._backend.metadata.run(self._remove, route.repository, digest)
        return Response(HTTPStatus.ACCEPTED)

    def _open(self, repository: str, digest: Digest) -> BinaryIO:
        path = self._backend.tree.open(repository).blobs.path_of(digest)
        with disk.storage_errors("read", path):
            try:
                return os.fdopen(disk.open_regular(path), "rb", buffering=0)
            except (FileNotFoundError, NotADirectoryError):
                raise blob_unknown(digest) from None

    def _remove(self, repository: str, digest: Digest) -> None:
        store = self._backend.tree.open(repository)
        if store.listing().with_digest(digest):
            raise ApiError(
                HTTPStatus.METHOD_NOT_ALLOWED, "UNSUPPORTED", "this blob is a manifest: delete it as one"
            )
        try:
            store.blobs.remove(digest)
        except NotFound:
            raise blob_unknown(digest) from None
