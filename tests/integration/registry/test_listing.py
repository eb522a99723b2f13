"""Tags, referrers, repositories (distribution-spec, "Listing Tags", "Listing Referrers")."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oci.registry import RegistryLimits
from oci.spec import Digest, media_type
from oci.spec.attachment import fallback_tag
from oci.testing import build_artifact, build_image, build_index, layer
from tests.integration.registry.server import served

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

IMAGE = build_image([layer({"a": b"1"})])
SIGNATURE = build_artifact("application/x.sig", b"1", subject=IMAGE.root, annotations={"by": "ann"})
BILL = build_artifact("application/x.sbom", b"2", subject=IMAGE.root)


def all_pages(client: httpx.Client, path: str, key: str) -> tuple[list[object], int]:
    found: list[object] = []
    for count in range(1, 100):
        answer = client.get(path)
        assert answer.status_code == 200
        found += answer.json()[key]
        if "next" not in answer.links:
            return found, count
        path = answer.links["next"]["url"]
    raise AssertionError("the pages have no end")


def test_tags_are_sorted_and_paged(client: httpx.Client, folder: Path) -> None:
    names = [f"v{n}" for n in range(25)]
    IMAGE.write_to(folder / "a", *names, "not/a+tag")
    answer = client.get("/v2/a/tags/list")
    assert answer.json() == {"name": "a", "tags": sorted(names)}
    assert "Link" not in answer.headers
    assert all_pages(client, "/v2/a/tags/list?n=10", "tags") == (sorted(names), 3)
    assert client.get("/v2/a/tags/list?n=2&last=v10").json()["tags"] == ["v11", "v12"]
    assert client.get("/v2/a/tags/list?n=0").json()["tags"] == []
    assert client.get("/v2/a/tags/list?n=x").status_code == 400


def test_pages_are_never_larger_than_the_limit(folder: Path) -> None:
    names = [f"v{n}" for n in range(7)]
    IMAGE.write_to(folder / "a", *names)
    with served(folder, limits=RegistryLimits(page_entries=3)) as client:
        assert all_pages(client, "/v2/a/tags/list", "tags") == (names, 3)
        assert all_pages(client, "/v2/a/tags/list?n=5", "tags") == (names, 3)


def test_repositories_are_listed(client: httpx.Client, folder: Path) -> None:
    assert client.get("/v2/_catalog").json() == {"repositories": []}
    for name in ("b", "a/x", "a"):
        IMAGE.write_to(folder / name) if name != "a" else client.post(
            f"/v2/a/blobs/uploads/?digest={Digest.of(b'')}"
        )
    assert client.get("/v2/_catalog").json() == {"repositories": ["a", "a/x", "b"]}
    assert all_pages(client, "/v2/_catalog?n=1", "repositories") == (["a", "a/x", "b"], 3)


def test_referrers(client: httpx.Client, folder: Path) -> None:
    for content in (IMAGE, SIGNATURE, BILL):
        content.write_to(folder / "a")
    answer = client.get(f"/v2/a/referrers/{IMAGE.digest}")
    assert answer.headers["Content-Type"] == media_type.OCI_INDEX
    assert "OCI-Filters-Applied" not in answer.headers
    index = answer.json()
    assert (index["schemaVersion"], index["mediaType"]) == (2, media_type.OCI_INDEX)
    found = {entry["digest"]: entry for entry in index["manifests"]}
    assert set(found) == {str(SIGNATURE.digest), str(BILL.digest)}
    assert found[str(SIGNATURE.digest)] == {
        "mediaType": media_type.OCI_MANIFEST,
        "digest": str(SIGNATURE.digest),
        "size": SIGNATURE.root.size,
        "annotations": {"by": "ann"},
        "artifactType": "application/x.sig",
    }


def test_referrers_of_one_type(client: httpx.Client, folder: Path) -> None:
    for content in (IMAGE, SIGNATURE, BILL):
        content.write_to(folder / "a")
    answer = client.get(f"/v2/a/referrers/{IMAGE.digest}", params={"artifactType": "application/x.sbom"})
    assert answer.headers["OCI-Filters-Applied"] == "artifactType"
    assert [entry["digest"] for entry in answer.json()["manifests"]] == [str(BILL.digest)]


def test_referrers_of_nothing_are_an_empty_list(client: httpx.Client, folder: Path) -> None:
    IMAGE.write_to(folder / "a")
    for name in ("a", "absent"):
        answer = client.get(f"/v2/{name}/referrers/{IMAGE.digest}")
        assert (answer.status_code, answer.json()["manifests"]) == (200, [])


@pytest.mark.parametrize("page_bytes", [1, 500, 2000])
def test_referrers_are_paged_by_size(folder: Path, page_bytes: int) -> None:
    artifacts = [build_artifact("application/x", b"%d" % n, subject=IMAGE.root) for n in range(9)]
    for artifact in artifacts:
        artifact.write_to(folder / "a")
    with served(folder, limits=RegistryLimits(referrers_page_bytes=page_bytes)) as client:
        found, pages = all_pages(
            client, f"/v2/a/referrers/{IMAGE.digest}?artifactType=application/x", "manifests"
        )
    digests = [entry["digest"] for entry in found if isinstance(entry, dict)]
    assert digests == sorted(str(artifact.digest) for artifact in artifacts)
    assert pages > 1 or page_bytes == 2000


def test_referrers_that_other_tools_list_under_the_fallback_tag(client: httpx.Client, folder: Path) -> None:
    """What a client without the API left in a layout is answered by the API."""
    listed = build_index([SIGNATURE])
    listed.write_to(folder / "a", fallback_tag(IMAGE.digest))
    found = client.get(f"/v2/a/referrers/{IMAGE.digest}").json()["manifests"]
    assert [entry["digest"] for entry in found] == [str(SIGNATURE.digest)]
