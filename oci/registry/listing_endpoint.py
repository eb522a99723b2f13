"""Listings: tags, referrers, repositories (distribution-spec, "Content Discovery"; end-8, end-12)."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from ..content import Unknown
from ..errors import InvalidReference, NotFound
from ..serving import Response, json_response
from ..spec import media_type
from ..spec.reference import check_tag
from .backend import Backend, parse_digest
from .error import ApiError
from .page import next_link, page_of

if TYPE_CHECKING:
    from ..serving import Request
    from ..spec import Descriptor, Digest
    from .route import Route

__all__ = ["ListingEndpoint"]


class ListingEndpoint:
    """Answers for lists.

    Args:
        backend: The registry's shared parts.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def tags(self, request: Request, route: Route) -> Response:
        """Answer with a page of a repository's tags."""
        names = await self._backend.metadata.run(self._tags, route.repository)
        page, has_more = page_of(names, request.query, entries_max=self._backend.limits.page_entries)
        path = f"/v2/{route.repository}/tags/list"
        headers = _link_headers(request, path, page) if has_more else {}
        return json_response(HTTPStatus.OK, {"name": route.repository, "tags": page}, headers=headers)

    async def catalog(self, request: Request, _route: Route) -> Response:
        """Answer with a page of the repositories' names."""
        names = await self._backend.metadata.run(lambda: list(self._backend.tree.names()))
        page, has_more = page_of(names, request.query, entries_max=self._backend.limits.page_entries)
        headers = _link_headers(request, "/v2/_catalog", page) if has_more else {}
        return json_response(HTTPStatus.OK, {"repositories": page}, headers=headers)

    async def referrers(self, request: Request, route: Route) -> Response:
        """Answer with a page of what refers to a digest; empty where nothing does or nothing is known."""
        digest = parse_digest(route.target)
        wanted = request.query.get("artifactType") or ""
        found = await self._backend.metadata.run(self._referrers, route.repository, digest, wanted)
        entries, last = self._page_of_referrers(found, request.query.get("last") or "")
        headers = {"OCI-Filters-Applied": "artifactType"} if wanted else {}
        if last:
            path = f"/v2/{route.repository}/referrers/{digest}"
            headers["Link"] = next_link(path, artifactType=wanted, last=last)
        index = {"schemaVersion": 2, "mediaType": media_type.OCI_INDEX, "manifests": entries}
        return json_response(HTTPStatus.OK, index, headers=headers, media_type=media_type.OCI_INDEX)

    def _tags(self, repository: str) -> list[str]:
        names = self._backend.tree.open(repository).listing().names()
        return [name for name in names if _is_tag(name)]

    def _referrers(self, repository: str, digest: Digest, wanted: str) -> list[Descriptor]:
        try:
            store = self._backend.tree.open(repository)
        except NotFound:
            return []
        attached = store.referrers(digest, artifact_type=wanted)
        if isinstance(attached, Unknown):
            message = f"the referrers of {digest} cannot be read"
            raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "UNKNOWN", message) from attached.reason
        return sorted(attached.descriptors, key=lambda descriptor: str(descriptor.digest))

    def _page_of_referrers(self, found: list[Descriptor], last: str) -> tuple[list[object], str]:
        """Cut a page by its size in bytes; return it with the last digest in it, if more follows."""
        entries: list[object] = []
        size, previous = 0, ""
        for descriptor in found:
            if str(descriptor.digest) <= last:
                continue
            entry = descriptor.to_json()
            size += len(json.dumps(entry))
            if entries and size > self._backend.limits.referrers_page_bytes:
                return entries, previous
            entries.append(entry)
            previous = str(descriptor.digest)
        return entries, ""


def _link_headers(request: Request, path: str, page: list[str]) -> dict[str, str]:
    return {"Link": next_link(path, n=request.query.get("n") or "", last=page[-1])}


def _is_tag(name: str) -> bool:
    try:
        check_tag(name)
    except InvalidReference:
        return False
    return True
