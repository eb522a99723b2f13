"""Pulling (distribution-spec, "Pulling blobs", "Pulling manifests") from layouts that others wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oci.spec import Digest, media_type
from oci.testing import build_image, build_index, layer, random_layer
from tests.integration.registry.server import served

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

IMAGE = build_image([random_layer(500_000)])
INDEX = build_index(
    {"linux/amd64": IMAGE, "linux/arm64": build_image([layer({"b": b"2"})], platform="linux/arm64")}
)
LAYER = IMAGE.leaves[1]
BLOB = f"/v2/a/b/blobs/{LAYER.descriptor.digest}"


@pytest.fixture(autouse=True)
def content(folder: Path) -> None:
    INDEX.write_to(folder / "a" / "b", "v1")


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


def test_ping(client: httpx.Client) -> None:
    for path in ("/v2/", "/v2"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()) == (200, {})
        assert answer.headers["Docker-Distribution-API-Version"] == "registry/2.0"


def test_manifests_by_tag_and_digest_keep_their_bytes_and_type(client: httpx.Client) -> None:
    for name, part in (("v1", INDEX), (str(INDEX.digest), INDEX), (str(IMAGE.digest), IMAGE)):
        answer = client.get(f"/v2/a/b/manifests/{name}")
        assert answer.content == part.raw
        assert answer.headers["Content-Type"] == part.root.media_type
        assert answer.headers["Docker-Content-Digest"] == str(part.digest)
        head = client.head(f"/v2/a/b/manifests/{name}")
        assert (head.content, head.headers["Content-Length"]) == (b"", str(len(part.raw)))
        assert head.headers["Docker-Content-Digest"] == str(part.digest)


def test_blobs(client: httpx.Client) -> None:
    answer = client.get(BLOB)
    assert answer.content == LAYER.data
    assert answer.headers["Docker-Content-Digest"] == str(LAYER.descriptor.digest)
    assert answer.headers["Accept-Ranges"] == "bytes"
    head = client.head(BLOB)
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (
        200,
        b"",
        str(len(LAYER.data)),
    )


def test_percent_encoded_digests(client: httpx.Client) -> None:
    assert client.get(BLOB.replace(":", "%3A")).content == LAYER.data


def test_parts_of_blobs(client: httpx.Client) -> None:
    size = len(LAYER.data)
    answer = client.get(BLOB, headers={"Range": "bytes=300000-400000"})
    assert (answer.status_code, answer.content) == (206, LAYER.data[300_000:400_001])
    assert answer.headers["Content-Range"] == f"bytes 300000-400000/{size}"
    head = client.head(BLOB, headers={"Range": "bytes=-5"})
    assert (head.status_code, head.headers["Content-Length"]) == (206, "5")
    beyond = client.get(BLOB, headers={"Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{size}")


def test_conditions(client: httpx.Client) -> None:
    etag = client.get(BLOB).headers["ETag"]
    assert client.get(BLOB, headers={"If-None-Match": etag}).status_code == 304
    part = {"Range": "bytes=0-1"}
    assert client.get(BLOB, headers={**part, "If-Range": etag}).status_code == 206
    assert client.get(BLOB, headers={**part, "If-Range": '"other"'}).status_code == 200
    manifest = client.get("/v2/a/b/manifests/v1").headers["ETag"]
    assert client.get("/v2/a/b/manifests/v1", headers={"If-None-Match": manifest}).status_code == 304


def test_what_is_not_there(client: httpx.Client) -> None:
    absent = Digest.of(b"absent")
    assert code(client.get(f"/v2/a/b/blobs/{absent}")) == (404, "BLOB_UNKNOWN")
    assert code(client.get(f"/v2/a/b/manifests/{absent}")) == (404, "MANIFEST_UNKNOWN")
    assert code(client.get("/v2/a/b/manifests/v2")) == (404, "MANIFEST_UNKNOWN")
    assert code(client.get("/v2/other/manifests/v1")) == (404, "NAME_UNKNOWN")
    assert code(client.get("/v2/other/tags/list")) == (404, "NAME_UNKNOWN")
    assert client.head(f"/v2/a/b/blobs/{absent}").status_code == 404
    assert code(client.get(f"/v2/a/blobs/{LAYER.descriptor.digest}")) == (404, "NAME_UNKNOWN")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v2/a/b/blobs/sha256:short", "DIGEST_INVALID"),
        ("/v2/a/b/blobs/md5:d41d8cd98f00b204e9800998ecf8427e", "DIGEST_INVALID"),
        ("/v2/a/b/manifests/sha256:%2e%2e%2fx", "DIGEST_INVALID"),
        ("/v2/a/b/manifests/-tag", "TAG_INVALID"),
        (f"/v2/a/b/manifests/{'t' * 129}", "TAG_INVALID"),
        ("/v2/a/b/referrers/latest", "DIGEST_INVALID"),
        ("/v2/A/tags/list", "NAME_INVALID"),
        (f"/v2/{'a/' * 130}b/tags/list", "NAME_INVALID"),
    ],
)
def test_malformed_names(client: httpx.Client, path: str, expected: str) -> None:
    assert code(client.get(path))[1] == expected


def test_nothing_outside_of_the_registry_can_be_read(client: httpx.Client, folder: Path) -> None:
    (folder.parent / "secret").write_text("swordfish")
    for path in (
        "/v2/../secret",
        "/v2/%2e%2e/secret",
        "/v2/..%2fsecret/tags/list",
        "/v2/a/b/blobs/..%2f..%2fsecret",
    ):
        answer = client.get(f"{client.base_url}{path}")
        assert answer.status_code in {400, 404}
        assert b"swordfish" not in answer.content


def test_a_symbolic_link_is_not_a_blob(client: httpx.Client, folder: Path) -> None:
    secret = folder.parent / "secret"
    secret.write_text("secret")
    digest = Digest.of(b"secret")
    (folder / "a/b/blobs/sha256" / digest.encoded).symlink_to(secret)
    assert client.get(f"/v2/a/b/blobs/{digest}").status_code == 500


def test_a_damaged_manifest_is_not_served(client: httpx.Client, folder: Path) -> None:
    path = folder / "a/b/blobs/sha256" / IMAGE.digest.encoded
    path.write_bytes(path.read_bytes()[:-1] + b" ")
    assert client.get(f"/v2/a/b/manifests/{IMAGE.digest}").status_code == 500


def test_methods_that_do_not_exist(client: httpx.Client) -> None:
    answer = client.post("/v2/a/b/manifests/v1")
    assert code(answer) == (405, "UNSUPPORTED")
    assert answer.headers["Allow"] == "DELETE, GET, HEAD, PUT"
    assert client.request("PROPFIND", "/v2/").status_code == 405


def test_a_layout_is_served_under_its_own_name(folder: Path) -> None:
    with served(folder / "a" / "b") as client:
        assert client.get("/v2/b/manifests/v1").content == INDEX.raw
        assert client.get("/v2/_catalog").json() == {"repositories": ["b"]}
        assert code(client.get("/v2/c/manifests/v1")) == (404, "NAME_UNKNOWN")
        assert code(client.post(f"/v2/c/blobs/uploads/?digest={Digest.of(b'')}")) == (404, "NAME_UNKNOWN")
        assert client.post(f"/v2/b/blobs/uploads/?digest={Digest.of(b'')}").status_code == 201


def test_what_another_tool_writes_is_served_at_once(client: httpx.Client, folder: Path) -> None:
    other = build_image([layer({"new": b"1"})])
    other.write_to(folder / "a" / "b", "v2")
    assert client.get("/v2/a/b/manifests/v2").content == other.raw
    assert client.get("/v2/a/b/tags/list").json()["tags"] == ["v1", "v2"]
    other.write_to(folder / "fresh", "v1")
    assert client.get("/v2/fresh/manifests/v1").headers["Content-Type"] == media_type.OCI_MANIFEST
