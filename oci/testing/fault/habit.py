"""Habits of registries: what some of them do, refuse, or do not know."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from ...frozen import replace
from ...serving import Headers, Query, Response

if TYPE_CHECKING:
    from ...serving import Application, Request
    from ..script import Fault

__all__ = [
    "absolute_location",
    "chunk_minimum",
    "move_blobs",
    "no_referrers",
    "refuse_large_bodies",
    "refuse_mount",
    "state_quota",
]


def refuse_mount() -> Fault:
    """Answer a mount with 202 and a new upload session, as registries do that cannot mount.

    Returns:
        The fault.
    """

    async def fault(request: Request, application: Application) -> Response:
        return await application(replace(request, query=Query()))

    return fault


def no_referrers() -> Fault:
    """Know nothing of referrers: 404 to who asks for them, no ``OCI-Subject`` to who pushes one.

    Returns:
        The fault; put it on all requests.
    """

    async def fault(request: Request, application: Application) -> Response:
        if request.segments[-2:-1] == ("referrers",):
            return Response(HTTPStatus.NOT_FOUND)
        response = await application(request)
        return replace(response, headers=response.headers.replacing("OCI-Subject", None))

    return fault


def absolute_location(base: str) -> Fault:
    """Make a relative ``Location`` absolute.

    Args:
        base: ``http://host:port``, of this registry or of another.

    Returns:
        The fault.
    """

    async def fault(request: Request, application: Application) -> Response:
        response = await application(request)
        location = response.headers.get("Location")
        if not location.startswith("/"):
            return response
        return replace(response, headers=response.headers.replacing("Location", base + location))

    return fault


def chunk_minimum(length: int) -> Fault:
    """Ask for chunks of a minimum length, and refuse smaller ones with 416; only the last may be smaller.

    Args:
        length: The minimum, in bytes.

    Returns:
        The fault; put it on ``*/blobs/uploads/*``.
    """

    async def fault(request: Request, application: Application) -> Response:
        size = request.body.length
        if request.method == "PATCH" and size is not None and size < length:
            response = await application(replace(request, method="GET"))
            return replace(response, status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        response = await application(request)
        if request.method != "POST":
            return response
        return replace(response, headers=response.headers.replacing("OCI-Chunk-Min-Length", str(length)))

    return fault


def refuse_large_bodies(bytes_max: int) -> Fault:
    """Answer 413 to requests whose body is, or says it is, larger.

    Args:
        bytes_max: The largest body that passes.

    Returns:
        The fault.
    """

    async def fault(request: Request, application: Application) -> Response:
        if request.body.length is None or request.body.length > bytes_max:
            return Response(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return await application(request)

    return fault


def move_blobs(storage_url: str) -> Fault:
    """Redirect a blob to a storage host, with a signature in the query as object stores have it.

    Args:
        storage_url: Where; see `ScriptedRegistry.storage`.

    Returns:
        The fault; put it on ``GET */blobs/*``.
    """

    async def fault(request: Request, application: Application) -> Response:
        response = await application(replace(request, method="HEAD"))
        if response.status >= HTTPStatus.BAD_REQUEST:
            return response
        response.close()
        location = f"{storage_url}/{'/'.join(request.segments[1:])}?X-Signature=secret"
        return Response(HTTPStatus.TEMPORARY_REDIRECT, Headers([("Location", location)]))

    return fault


def state_quota(limit: int, remaining: int, window_s: int) -> Fault:
    """State how many requests are left, as Docker Hub does; they do not become fewer by themselves.

    Args:
        limit: Requests per window.
        remaining: Requests that are left.
        window_s: Seconds that a window has.

    Returns:
        The fault.
    """

    async def fault(request: Request, application: Application) -> Response:
        response = await application(request)
        headers = response.headers.replacing("RateLimit-Limit", f"{limit};w={window_s}")
        headers = headers.replacing("RateLimit-Remaining", f"{remaining};w={window_s}")
        return replace(response, headers=headers)

    return fault
