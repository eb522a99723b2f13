"""Uploads: begin, mount, send, ask, finish, cancel (distribution-spec, "Pushing blobs").

A request that sends to a session takes it over from one that still seems to be sending: after a broken line
the client is back long before the server has noticed, and whoever holds the session's secret name is the
client.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

from ..errors import DigestMismatch, InvalidReference, LimitExceeded, NotFound
from ..serving import Headers, Response
from ..spec.digest import ENCODED_LENGTH
from ..spec.reference import check_repository
from .backend import Backend, parse_digest
from .byte_range import sent_range
from .error import ApiError

if TYPE_CHECKING:
    from ..serving import Request
    from ..spec import Digest
    from .route import Route
    from .upload import Upload

__all__ = ["UploadEndpoint"]

_PIECE_BYTES = 4 * 1024 * 1024


class UploadEndpoint:
    """Answers for blobs on their way in.

    Args:
        backend: The registry's shared parts.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def begin(self, request: Request, route: Route) -> Response:
        """Mount a blob, take one in a single request, or open a session."""
        if mount := request.query.get("mount"):
            wanted = parse_digest(mount)
            source = request.query.get("from")
            if await self._backend.metadata.run(self._mount, route.repository, wanted, source):
                return _created(route.repository, wanted)
        elif whole := request.query.get("digest"):
            return await self._take_whole(request, route, parse_digest(whole))
        algorithm = request.query.get("digest-algorithm") or "sha256"
        if algorithm not in ENCODED_LENGTH:
            raise ApiError(HTTPStatus.BAD_REQUEST, "DIGEST_INVALID", "this digest algorithm is not supported")
        upload = await self._backend.metadata.run(self._backend.uploads.create, route.repository, algorithm)
        return _status(HTTPStatus.ACCEPTED, upload)

    async def send(self, request: Request, route: Route) -> Response:
        """Take in a chunk, or a stream of unknown length."""
        upload = await self._find(route)
        await self._receive(request, upload)
        return _status(HTTPStatus.ACCEPTED, upload)

    async def finish(self, request: Request, route: Route) -> Response:
        """Take in the last chunk, if there is one, and make the blob."""
        given = request.query.get("digest")
        if not given:
            raise ApiError(HTTPStatus.BAD_REQUEST, "DIGEST_INVALID", "the digest parameter is missing")
        digest = parse_digest(given)
        upload = await self._find(route)
        upload.expect(digest.algorithm)
        await self._receive(request, upload)
        return await self._finish(upload, digest)

    async def status(self, _request: Request, route: Route) -> Response:
        """Answer how far a session has come."""
        return _status(HTTPStatus.NO_CONTENT, await self._find(route))

    async def cancel(self, _request: Request, route: Route) -> Response:
        """End a session and forget its bytes."""
        upload = await self._find(route)
        if upload.holder is not None:
            upload.holder.cancel()
        await self._discard(upload)
        return Response(HTTPStatus.NO_CONTENT)

    async def _take_whole(self, request: Request, route: Route, digest: Digest) -> Response:
        upload = await self._backend.metadata.run(
            self._backend.uploads.create, route.repository, digest.algorithm
        )
        try:
            await self._receive(request, upload)
        except BaseException:
            # Nobody knows the session's name, so nobody can continue it.
            await self._discard(upload)
            raise
        return await self._finish(upload, digest)

    async def _find(self, route: Route) -> Upload:
        return await self._backend.metadata.run(self._backend.uploads.find, route.target, route.repository)

    async def _discard(self, upload: Upload) -> None:
        await self._backend.metadata.run(self._backend.uploads.discard, upload)

    def _mount(self, repository: str, digest: Digest, source: str | None) -> bool:
        tree = self._backend.tree
        with suppress(NotFound):
            if tree.open(repository).blobs.size_of(digest) is not None:
                return True
        if source is None:
            origin = tree.find_blob(digest)
        else:
            try:
                origin = tree.open(check_repository(source))
            except (NotFound, InvalidReference):
                origin = None
        if origin is None or origin.blobs.size_of(digest) is None:
            return False
        return tree.create(repository).blobs.link_from(origin.blobs, digest)

    async def _receive(self, request: Request, upload: Upload) -> None:
        """Append the request's body to a session, at its place."""
        former, upload.holder = upload.holder, asyncio.current_task()
        try:
            if former is not None:
                former.cancel()
                await self._backend.bulk.run(upload.settle)
            allowed = self._check_place(request, upload)
            async for piece in request.body.pieces(_PIECE_BYTES):
                if allowed is not None and len(piece) > allowed:
                    raise _size_invalid("the chunk is longer than its Content-Range")
                await self._backend.bulk.run(upload.append, piece)
                allowed = None if allowed is None else allowed - len(piece)
            if allowed:
                raise _size_invalid("the chunk is shorter than its Content-Range")
        except LimitExceeded:
            await self._discard(upload)
            raise
        finally:
            if upload.holder is asyncio.current_task():
                upload.holder = None

    def _check_place(self, request: Request, upload: Upload) -> int | None:
        """Check that a chunk begins where the session ends; return how many bytes it may have."""
        sent = sent_range(request.headers.get("Content-Range"))
        if sent is None:
            return None
        start, length = sent
        if start != upload.offset:
            raise ApiError(
                HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
                "BLOB_UPLOAD_INVALID",
                f"the upload continues at {upload.offset}",
                headers=_place(upload),
            )
        if request.body.length is not None and request.body.length != length:
            raise _size_invalid("Content-Range and Content-Length disagree")
        return length

    async def _finish(self, upload: Upload, digest: Digest) -> Response:
        try:
            await self._backend.commits.run(self._commit, upload, digest)
        except DigestMismatch as error:
            await self._discard(upload)
            raise ApiError(
                HTTPStatus.BAD_REQUEST, "DIGEST_INVALID", error.message, detail={"digest": str(digest)}
            ) from None
        return _created(upload.repository, digest)

    def _commit(self, upload: Upload, digest: Digest) -> None:
        upload.seal(digest)
        try:
            self._backend.tree.create(upload.repository).blobs.adopt(upload.data, digest)
        except BaseException:
            upload.reopen()
            raise
        self._backend.uploads.discard(upload)


def _place(upload: Upload) -> dict[str, str]:
    # An empty session says 0-0, as one with a single byte does: that is what clients are used to.
    return {
        "Location": f"/v2/{upload.repository}/blobs/uploads/{upload.session}",
        "Range": f"0-{max(upload.offset - 1, 0)}",
        "Docker-Upload-UUID": upload.session,
    }


def _status(status: int, upload: Upload) -> Response:
    return Response(status, Headers(_place(upload).items()))


def _created(repository: str, digest: Digest) -> Response:
    fields = [("Location", f"/v2/{repository}/blobs/{digest}"), ("Docker-Content-Digest", str(digest))]
    return Response(HTTPStatus.CREATED, Headers(fields))


def _size_invalid(message: str) -> ApiError:
    return ApiError(HTTPStatus.BAD_REQUEST, "SIZE_INVALID", message)
