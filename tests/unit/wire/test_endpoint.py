"""The URLs of the protocol, against the endpoint table of the specification."""

from __future__ import annotations

import pytest

from oci.errors import InvalidReference
from oci.spec import Digest
from oci.wire.endpoint import RepositoryUrls, base_url, catalog, host_of, ping

DIGEST = Digest("sha256", "a" * 64)
URLS = RepositoryUrls("https://r.example:5000", "team/app")
ROOT = "https://r.example:5000/v2/team/app"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (ping("https://r"), "https://r/v2/"),
        (URLS.blob(DIGEST), f"{ROOT}/blobs/{DIGEST}"),
        (URLS.manifest("v1"), f"{ROOT}/manifests/v1"),
        (URLS.manifest(DIGEST), f"{ROOT}/manifests/{DIGEST}"),
        (URLS.manifest(DIGEST, tags=["a", "b"]), f"{ROOT}/manifests/{DIGEST}?tag=a&tag=b"),
        (URLS.uploads(), f"{ROOT}/blobs/uploads/"),
        (URLS.uploads(digest=DIGEST), f"{ROOT}/blobs/uploads/?digest={DIGEST}"),
        (URLS.uploads(algorithm="sha512"), f"{ROOT}/blobs/uploads/?digest-algorithm=sha512"),
        (URLS.mount(DIGEST, origin="o/p"), f"{ROOT}/blobs/uploads/?mount={DIGEST}&from=o/p"),
        (URLS.mount(DIGEST), f"{ROOT}/blobs/uploads/?mount={DIGEST}"),
        (URLS.tags(), f"{ROOT}/tags/list"),
        (URLS.tags(page_size=100, last="v1"), f"{ROOT}/tags/list?n=100&last=v1"),
        (URLS.tags(page_size=0), f"{ROOT}/tags/list?n=0"),
        (URLS.referrers(DIGEST), f"{ROOT}/referrers/{DIGEST}"),
        (
            URLS.referrers(DIGEST, artifact_type="application/x+json&y"),
            f"{ROOT}/referrers/{DIGEST}?artifactType=application/x%2Bjson%26y",
        ),
        (catalog("https://r", page_size=5, last="a/b"), "https://r/v2/_catalog?n=5&last=a/b"),
    ],
)
def test_each_endpoint_has_its_url(url: str, expected: str) -> None:
    assert url == expected


@pytest.mark.parametrize(
    ("registry", "host"),
    [
        ("docker.io", "registry-1.docker.io"),
        ("index.docker.io", "registry-1.docker.io"),
        ("quay.io", "quay.io"),
        ("localhost:5000", "localhost:5000"),
        ("[::1]:5000", "[::1]:5000"),
    ],
)
def test_a_registry_is_found_at_its_host(registry: str, host: str) -> None:
    assert host_of(registry) == host
    assert base_url(registry) == f"https://{host}"
    assert base_url(registry, plain_http=True) == f"http://{host}"


@pytest.mark.parametrize("registry", ["", "a/b", "user@host", "h:0", "h:99999", "a b", "h?x", "..", "h#"])
def test_what_is_no_host_gets_no_url(registry: str) -> None:
    with pytest.raises(InvalidReference):
        base_url(registry)


@pytest.mark.parametrize("name", ["..", "a/../b", "A", "", "a?b", "a%2fb", "a//b", "/a"])
def test_only_repository_names_become_part_of_a_url(name: str) -> None:
    with pytest.raises(InvalidReference):
        RepositoryUrls("https://r", name)
    with pytest.raises(InvalidReference):
        URLS.mount(DIGEST, origin=name or "..")


@pytest.mark.parametrize("tag", ["..", "a/b", "", "a?b", "-x", "a:b", "x" * 129])
def test_only_tags_become_part_of_a_url(tag: str) -> None:
    with pytest.raises(InvalidReference):
        URLS.manifest(tag)
    with pytest.raises(InvalidReference):
        URLS.manifest(DIGEST, tags=[tag])
