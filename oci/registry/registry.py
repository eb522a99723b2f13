"""The registry as an application: paths and methods to endpoints, refusals to answers."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from ..errors import ConnectionBroken, InvalidValue, OciError, Stalled
from ..frozen import replace
from ..serving import json_response
from .backend import Backend
from .blob_endpoint import BlobEndpoint
from .error import ApiError, to_api_error
from .listing_endpoint import ListingEndpoint
from .manifest_endpoint import ManifestEndpoint
from .route import Endpoint, parse_route
from .upload_endpoint import UploadEndpoint

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from ..serving import Request, Response
    from .limit import RegistryLimits
    from .route import Route

    Handler = Callable[[Request, Route], Awaitable[Response]]

__all__ = ["Registry"]

_READING = frozenset({"GET", "HEAD"})
_API_VERSION = ("Docker-Distribution-API-Version", "registry/2.0")


class Registry:
    """An application that serves a directory of image layouts as a registry (distribution-spec 1.1).

    Args:
        folder: Holds one image layout per repository, or is itself one.
        is_read_only: Refuse everything but GET and HEAD.
        limits: What clients are allowed.
        single_name: The repository's name when the folder is itself a layout; its base name by default.

    Example:
        >>> from pathlib import Path
        >>> from oci.serving import running
        >>> with running(Registry(Path("images"))) as server:
        ...     server.url
        'http://127.0.0.1:...'
    """

    def __init__(
        self,
        folder: Path,
        *,
        is_read_only: bool = False,
        limits: RegistryLimits | None = None,
        single_name: str = "",
    ) -> None:
        self._backend = backend = Backend(folder, limits=limits, single_name=single_name)
        self._is_read_only = is_read_only
        blobs, uploads = BlobEndpoint(backend), UploadEndpoint(backend)
        manifests, listings = ManifestEndpoint(backend), ListingEndpoint(backend)
        self._handlers: dict[Endpoint, dict[str, Handler]] = {
            Endpoint.BASE: {"GET": _base},
            Endpoint.CATALOG: {"GET": listings.catalog},
            Endpoint.TAGS: {"GET": listings.tags},
            Endpoint.REFERRERS: {"GET": listings.referrers},
            Endpoint.MANIFEST: {"GET": manifests.get, "PUT": manifests.put, "DELETE": manifests.delete},
            Endpoint.BLOB: {"GET": blobs.get, "DELETE": blobs.delete},
            Endpoint.UPLOADS: {"POST": uploads.begin},
            Endpoint.UPLOAD: {
                "GET": uploads.status,
                "PATCH": uploads.send,
                "PUT": uploads.finish,
                "DELETE": uploads.cancel,
            },
        }

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        try:
            response = await self._answer(request)
        except (ConnectionBroken, Stalled):
            raise
        except ApiError as error:
            response = error.response()
        except OciError as error:
            if type(error) is InvalidValue:  # a body that is not framed as HTTP wants it
                raise
            response = to_api_error(error).response()
        return replace(response, headers=response.headers.replacing(*_API_VERSION))

    @property
    def single_name(self) -> str | None:
        """The repository's name when the folder is itself a layout; None for a tree of repositories."""
        return self._backend.tree.single_name or None

    def close(self) -> None:
        """Release the threads; call it when the server has stopped."""
        self._backend.close()

    async def _answer(self, request: Request) -> Response:
        route = parse_route(request.segments)
        handlers = self._handlers[route.endpoint]
        handler = handlers.get("GET" if request.method == "HEAD" else request.method)
        if handler is None or (self._is_read_only and request.method not in _READING):
            allowed = sorted({*handlers, "HEAD"} if "GET" in handlers else handlers)
            raise ApiError(
                HTTPStatus.METHOD_NOT_ALLOWED,
                "UNSUPPORTED",
                "this registry is read-only" if handler else "this method is not supported here",
                headers={"Allow": ", ".join(m for m in allowed if not self._is_read_only or m in _READING)},
            )
        return await handler(request, route)


async def _base(_request: Request, _route: Route) -> Response:
    return json_response(HTTPStatus.OK, {})
