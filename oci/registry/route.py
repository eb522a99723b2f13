"""From a path to what it names (distribution-spec, "Endpoints"). No I/O.

A repository's name may have any number of components, so a path is read from its end. Every name, tag and
digest is checked here, before anything looks at a file.
"""

from __future__ import annotations

import enum
import re
from http import HTTPStatus

from ..errors import InvalidReference
from ..frozen import frozen
from ..spec.reference import check_repository
from .error import ApiError

__all__ = ["RESERVED", "Endpoint", "Route", "parse_route"]

RESERVED = frozenset({"blobs", "index.json", "oci-layout"})
"""Components that no repository may have: a repository is an image layout, and these are its entries."""

_SESSION = re.compile(r"[0-9a-f]{32}")


class Endpoint(enum.Enum):
    """What a path is about."""

    BASE = "base"
    CATALOG = "catalog"
    TAGS = "tags"
    REFERRERS = "referrers"
    MANIFEST = "manifest"
    BLOB = "blob"
    UPLOADS = "uploads"
    UPLOAD = "upload"


_BY_WORD = {"referrers": Endpoint.REFERRERS, "manifests": Endpoint.MANIFEST, "blobs": Endpoint.BLOB}


@frozen
class Route:
    """A parsed path.

    Args:
        endpoint: What it is about.
        repository: The repository's name, checked; empty for the registry as a whole.
        target: The tag, digest or session, not yet checked but for the session.
    """

    endpoint: Endpoint
    repository: str = ""
    target: str = ""


def parse_route(segments: tuple[str, ...]) -> Route:
    """Parse a request's path.

    Args:
        segments: The decoded segments of the path.

    Returns:
        What it names.

    Raises:
        ApiError: 404 for a path that names nothing, 400 for a repository name that breaks the rules.

    Example:
        >>> parse_route(("v2", "library", "alpine", "tags", "list"))
        Route(endpoint=<Endpoint.TAGS: 'tags'>, repository='library/alpine', target='')
    """
    match segments:
        case ("v2",) | ("v2", ""):
            return Route(Endpoint.BASE)
        case ("v2", "_catalog"):
            return Route(Endpoint.CATALOG)
        case ("v2", _, *_, "tags", "list"):
            return Route(Endpoint.TAGS, _repository(segments[1:-2]))
        case ("v2", _, *_, "blobs", "uploads") | ("v2", _, *_, "blobs", "uploads", ""):
            return Route(Endpoint.UPLOADS, _repository(segments[1 : segments.index("blobs", 2)]))
        case ("v2", _, *_, "blobs", "uploads", session):
            if not _SESSION.fullmatch(session):
                raise ApiError(HTTPStatus.NOT_FOUND, "BLOB_UPLOAD_UNKNOWN", "no such upload")
            return Route(Endpoint.UPLOAD, _repository(segments[1:-3]), session)
        case ("v2", _, *_, "referrers" | "manifests" | "blobs", target):
            return Route(_BY_WORD[segments[-2]], _repository(segments[1:-2]), target)
        case _:
            raise ApiError(HTTPStatus.NOT_FOUND, "UNSUPPORTED", "there is no such endpoint")


def _repository(components: tuple[str, ...]) -> str:
    name = "/".join(components)
    if any("/" in component for component in components):
        raise ApiError(HTTPStatus.BAD_REQUEST, "NAME_INVALID", "an encoded slash in a repository's name")
    check_name(name)
    return name


def check_name(name: str) -> None:
    """Check that a name can be a repository's here.

    Args:
        name: The name.

    Raises:
        ApiError: 400, it breaks the grammar or has a reserved component.
    """
    try:
        check_repository(name)
    except InvalidReference as error:
        raise ApiError(HTTPStatus.BAD_REQUEST, "NAME_INVALID", error.message) from None
    if taken := RESERVED.intersection(name.split("/")):
        message = f"no component of a repository's name may be {min(taken)!r} here"
        raise ApiError(HTTPStatus.BAD_REQUEST, "NAME_INVALID", message)
