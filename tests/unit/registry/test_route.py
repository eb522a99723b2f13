from __future__ import annotations

import pytest

from oci.registry.error import ApiError
from oci.registry.route import Endpoint, Route, parse_route

SESSION = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("v2/", Route(Endpoint.BASE)),
        ("v2", Route(Endpoint.BASE)),
        ("v2/_catalog", Route(Endpoint.CATALOG)),
        ("v2/a/tags/list", Route(Endpoint.TAGS, "a")),
        ("v2/a/b/c/manifests/v1", Route(Endpoint.MANIFEST, "a/b/c", "v1")),
        ("v2/a/b/blobs/sha256:x", Route(Endpoint.BLOB, "a/b", "sha256:x")),
        ("v2/a/b/referrers/sha256:x", Route(Endpoint.REFERRERS, "a/b", "sha256:x")),
        ("v2/a/blobs/uploads/", Route(Endpoint.UPLOADS, "a")),
        ("v2/a/blobs/uploads", Route(Endpoint.UPLOADS, "a")),
        (f"v2/a/blobs/uploads/{SESSION}", Route(Endpoint.UPLOAD, "a", SESSION)),
        # Names may use the protocol's own words: a path is read from its end.
        ("v2/tags/list/manifests/v1", Route(Endpoint.MANIFEST, "tags/list", "v1")),
        ("v2/manifests/tags/list", Route(Endpoint.TAGS, "manifests")),
        ("v2/a/manifests/tags/list", Route(Endpoint.TAGS, "a/manifests")),
        ("v2/uploads/manifests/list", Route(Endpoint.MANIFEST, "uploads", "list")),
    ],
)
def test_paths_are_read_from_their_end(path: str, route: Route) -> None:
    assert parse_route(tuple(path.split("/"))) == route


@pytest.mark.parametrize(
    ("segments", "status", "code"),
    [
        (("",), 404, "UNSUPPORTED"),
        (("v1", "x"), 404, "UNSUPPORTED"),
        (("v2", "a"), 404, "UNSUPPORTED"),
        (("v2", "manifests", "v1"), 404, "UNSUPPORTED"),
        (("v2", "a", "other", "v1"), 404, "UNSUPPORTED"),
        (("v2", "A", "manifests", "v1"), 400, "NAME_INVALID"),
        (("v2", "..", "manifests", "v1"), 400, "NAME_INVALID"),
        (("v2", "", "manifests", "v1"), 400, "NAME_INVALID"),
        (("v2", ".ocitool", "manifests", "v1"), 400, "NAME_INVALID"),
        (("v2", "a/b", "manifests", "v1"), 400, "NAME_INVALID"),
        (("v2", "a", "blobs", "tags", "list"), 400, "NAME_INVALID"),
        (("v2", "index.json", "tags", "list"), 400, "NAME_INVALID"),
        (("v2", "a", "oci-layout", "tags", "list"), 400, "NAME_INVALID"),
        (("v2", "a", "blobs", "uploads", "../x"), 404, "BLOB_UPLOAD_UNKNOWN"),
        (("v2", "a", "blobs", "uploads", SESSION.upper()), 404, "BLOB_UPLOAD_UNKNOWN"),
    ],
)
def test_what_names_nothing_is_refused(segments: tuple[str, ...], status: int, code: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_route(segments)
    assert (caught.value.status, caught.value.code) == (status, code)
