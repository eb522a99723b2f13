"""Pushing and deleting manifests (distribution-spec, "Pushing Manifests", "Deleting tags")."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from oci.frozen import replace
from oci.registry import RegistryLimits
from oci.spec import Descriptor, Digest, media_type
from oci.testing import Content, build_artifact, build_image, build_index, layer
from oci.transports.layout.store import LayoutStore
from tests.integration.registry.server import served

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

IMAGE = build_image([layer({"a": b"1"})])
OTHER = build_image([layer({"b": b"2"})])
INDEX = build_index({"linux/amd64": IMAGE, "linux/arm64": OTHER})


def push_blobs(client: httpx.Client, *contents: Content) -> None:
    for content in contents:
        for document in content.documents:
            for blob in document.leaves:
                digest = blob.descriptor.digest
                assert (
                    client.post(f"/v2/app/blobs/uploads/?digest={digest}", content=blob.data).status_code
                    == 201
                )


def put(
    client: httpx.Client, content: Content, name: str | Digest, kind: str | None = None, **headers: str
) -> httpx.Response:
    fields = {"Content-Type": content.root.media_type if kind is None else kind, **headers}
    return client.put(
        f"/v2/app/manifests/{name}",
        content=content.raw,
        headers={k.replace("_", "-"): v for k, v in fields.items()},
    )


def push(client: httpx.Client, content: Content, *names: str | Digest) -> None:
    push_blobs(client, content)
    for part in content.parts:
        assert put(client, part, part.digest).status_code == 201
    for name in names:
        assert put(client, content, name).status_code == 201


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


def tags(client: httpx.Client) -> list[str]:
    found: list[str] = client.get("/v2/app/tags/list").json()["tags"]
    return found


def test_by_tag_and_by_digest(client: httpx.Client) -> None:
    push_blobs(client, IMAGE)
    for name in ("v1", IMAGE.digest):
        answer = put(client, IMAGE, name)
        assert answer.status_code == 201
        assert answer.headers["Location"] == f"/v2/app/manifests/{IMAGE.digest}"
        assert answer.headers["Docker-Content-Digest"] == str(IMAGE.digest)
        assert "OCI-Subject" not in answer.headers
        assert client.get(answer.headers["Location"]).content == IMAGE.raw
    assert tags(client) == ["v1"]


def test_what_was_pushed_is_an_image_layout(client: httpx.Client, folder: Path) -> None:
    push(client, INDEX, "v1")
    store = LayoutStore.at(folder / "app")
    assert store.open("v1").content == INDEX.raw
    assert [entry.name for entry in store.listing().entries] == ["v1"]  # what the index links has no entry


def test_several_tags_with_one_digest(client: httpx.Client) -> None:
    push_blobs(client, IMAGE)
    answer = client.put(
        f"/v2/app/manifests/{IMAGE.digest}?tag=v1&tag=v2&tag=v1",
        content=IMAGE.raw,
        headers={"Content-Type": IMAGE.root.media_type},
    )
    assert answer.status_code == 201
    assert answer.headers.get_list("OCI-Tag") == ["v1", "v2"]
    assert tags(client) == ["v1", "v2"]


def test_tags_of_one_push_are_checked_and_counted(folder: Path) -> None:
    with served(folder, limits=RegistryLimits(tags_per_push=2)) as client:
        push_blobs(client, IMAGE)
        path = f"/v2/app/manifests/{IMAGE.digest}"
        headers = {"Content-Type": IMAGE.root.media_type}
        assert client.put(f"{path}?tag=a&tag=b&tag=c", content=IMAGE.raw, headers=headers).status_code == 414
        assert client.put(f"{path}?tag=a&tag=-b", content=IMAGE.raw, headers=headers).status_code == 400
        assert client.get(path).status_code == 404


def test_sha512(client: httpx.Client) -> None:
    image = build_image([layer({"a": b"1"}, algorithm="sha512")], algorithm="sha512")
    push(client, image, image.digest)
    assert client.get(f"/v2/app/manifests/{image.digest}").headers["Docker-Content-Digest"] == str(
        image.digest
    )


def test_moving_a_tag_keeps_the_old_image(client: httpx.Client) -> None:
    push(client, IMAGE, "v1")
    push(client, OTHER, "v1")
    assert client.get("/v2/app/manifests/v1").content == OTHER.raw
    assert client.get(f"/v2/app/manifests/{IMAGE.digest}").content == IMAGE.raw


def test_a_referrer_stays_one_when_its_tag_moves_or_goes(client: httpx.Client) -> None:
    first, second = (build_artifact("application/x", data, subject=IMAGE.root) for data in (b"1", b"2"))
    push(client, first, "sig")
    push(client, second, "sig")
    assert client.delete("/v2/app/manifests/sig").status_code == 202
    listed = client.get(f"/v2/app/referrers/{IMAGE.digest}").json()["manifests"]
    assert {entry["digest"] for entry in listed} == {str(first.digest), str(second.digest)}


@pytest.mark.parametrize(
    ("raw", "kind", "expected"),
    [
        (b"", "", "MANIFEST_INVALID"),
        (b"not json", media_type.OCI_MANIFEST, "MANIFEST_INVALID"),
        (b"{}", media_type.OCI_MANIFEST, "MANIFEST_INVALID"),
        (IMAGE.raw, media_type.OCI_INDEX, "MANIFEST_INVALID"),
        (IMAGE.raw, media_type.DOCKER_MANIFEST, "MANIFEST_INVALID"),
        (INDEX.raw, media_type.OCI_MANIFEST, "MANIFEST_INVALID"),
        (IMAGE.raw.replace(b"{", b'{"config":null,', 1), media_type.OCI_MANIFEST, "MANIFEST_INVALID"),
        (b'{"schemaVersion":1,"fsLayers":[]}', media_type.DOCKER_SCHEMA1, "MANIFEST_INVALID"),
        (b"[" * 1000, media_type.OCI_MANIFEST, "MANIFEST_INVALID"),
        (IMAGE.raw.replace(b'"size":', b'"size":-'), media_type.OCI_MANIFEST, "MANIFEST_INVALID"),
        (IMAGE.raw.replace(b"sha256:", b"md5:"), media_type.OCI_MANIFEST, "MANIFEST_INVALID"),
    ],
)
def test_what_is_no_manifest_is_refused(client: httpx.Client, raw: bytes, kind: str, expected: str) -> None:
    push_blobs(client, IMAGE)
    answer = client.put("/v2/app/manifests/v1", content=raw, headers={"Content-Type": kind})
    assert code(answer) == (400, expected)
    assert client.head("/v2/app/manifests/v1").status_code == 404


def test_media_types_may_have_parameters_or_be_absent(client: httpx.Client) -> None:
    push_blobs(client, IMAGE)
    for kind in (f"{media_type.OCI_MANIFEST}; charset=utf-8", "application/json", ""):
        assert put(client, IMAGE, "v1", kind).status_code == 201
        assert client.get("/v2/app/manifests/v1").headers["Content-Type"] == media_type.OCI_MANIFEST


def test_a_digest_that_is_not_the_manifests(client: httpx.Client) -> None:
    push_blobs(client, IMAGE)
    assert code(put(client, IMAGE, OTHER.digest)) == (400, "DIGEST_INVALID")
    assert code(put(client, IMAGE, "sha256:bad")) == (400, "DIGEST_INVALID")


def test_an_image_needs_its_parts(client: httpx.Client) -> None:
    push_blobs(client, OTHER)
    answer = put(client, IMAGE, "v1")
    assert code(answer) == (404, "MANIFEST_BLOB_UNKNOWN")
    assert answer.json()["errors"][0]["detail"]["digest"] in {
        str(leaf.descriptor.digest) for leaf in IMAGE.leaves
    }


def test_an_image_needs_them_with_the_sizes_it_states(client: httpx.Client) -> None:
    push_blobs(client, IMAGE)
    size = IMAGE.leaves[1].descriptor.size
    raw = IMAGE.raw.replace(f'"size":{size}'.encode(), f'"size":{size + 1}'.encode())
    answer = client.put(
        "/v2/app/manifests/v1", content=raw, headers={"Content-Type": media_type.OCI_MANIFEST}
    )
    assert code(answer) == (400, "SIZE_INVALID")


def test_layers_that_may_not_be_distributed_may_be_absent(client: httpx.Client) -> None:
    absent = Descriptor(media_type.OCI_LAYER_NONDISTRIBUTABLE, Digest.of(b"x"), 5)
    located = Descriptor(media_type.OCI_LAYER, Digest.of(b"y"), 5, urls=("https://store.example/y",))
    push_blobs(client, IMAGE)
    members = IMAGE.document
    members["layers"] = [absent.to_json(), located.to_json()]
    raw = json.dumps(members).encode()
    answer = client.put(
        "/v2/app/manifests/v1", content=raw, headers={"Content-Type": media_type.OCI_MANIFEST}
    )
    assert answer.status_code == 201


def test_an_index_may_be_sparse(client: httpx.Client) -> None:
    push(client, IMAGE, IMAGE.digest)
    assert put(client, INDEX, "v1").status_code == 201
    assert client.get(f"/v2/app/manifests/{OTHER.digest}").status_code == 404


def test_manifests_have_a_largest_size(folder: Path) -> None:
    with served(folder, limits=RegistryLimits(manifest_bytes=len(IMAGE.raw))) as client:
        push_blobs(client, IMAGE)
        assert put(client, IMAGE, "v1").status_code == 201
        larger = replace(IMAGE, raw=IMAGE.raw + b" ")
        assert code(put(client, larger, "v2")) == (413, "SIZE_INVALID")


def test_subjects_are_confirmed(client: httpx.Client) -> None:
    artifact = build_artifact("application/x", subject=IMAGE.root)
    push_blobs(client, artifact)
    assert put(client, artifact, artifact.digest).headers["OCI-Subject"] == str(IMAGE.digest)


def test_tags_are_moved_only_from_where_they_were_seen(client: httpx.Client) -> None:
    push_blobs(client, IMAGE, OTHER)
    assert put(client, IMAGE, "v1", If_Match="*").status_code == 412
    assert put(client, IMAGE, "v1", If_None_Match="*").status_code == 201
    assert put(client, OTHER, "v1", If_None_Match="*").status_code == 412
    assert put(client, OTHER, "v1", If_Match=f'"{OTHER.digest}"').status_code == 412
    assert client.get("/v2/app/manifests/v1").content == IMAGE.raw
    assert put(client, OTHER, "v1", If_Match=f'"{IMAGE.digest}"').status_code == 201
    assert client.get("/v2/app/manifests/v1").content == OTHER.raw


def test_deleting_a_tag_keeps_the_manifest(client: httpx.Client) -> None:
    push(client, IMAGE, "v1", "v2")
    assert client.delete("/v2/app/manifests/v1").status_code == 202
    assert tags(client) == ["v2"]
    assert client.delete("/v2/app/manifests/v2").status_code == 202
    assert code(client.delete("/v2/app/manifests/v2")) == (404, "MANIFEST_UNKNOWN")
    assert client.get(f"/v2/app/manifests/{IMAGE.digest}").content == IMAGE.raw


def test_deleting_a_manifest_takes_its_tags_along(client: httpx.Client) -> None:
    push(client, IMAGE, "v1", "v2")
    push(client, OTHER, "v3")
    assert client.delete(f"/v2/app/manifests/{IMAGE.digest}").status_code == 202
    assert tags(client) == ["v3"]
    for name in ("v1", IMAGE.digest):
        assert code(client.get(f"/v2/app/manifests/{name}")) == (404, "MANIFEST_UNKNOWN")
        assert code(client.delete(f"/v2/app/manifests/{name}")) == (404, "MANIFEST_UNKNOWN")


def test_a_part_of_an_index_can_be_deleted(client: httpx.Client) -> None:
    push(client, INDEX, "v1")
    assert client.delete(f"/v2/app/manifests/{IMAGE.digest}").status_code == 202
    assert client.head(f"/v2/app/manifests/{IMAGE.digest}").status_code == 404
    assert client.get("/v2/app/manifests/v1").content == INDEX.raw


def test_a_manifest_is_not_deleted_as_a_blob(client: httpx.Client) -> None:
    push(client, IMAGE, "v1")
    assert client.delete(f"/v2/app/blobs/{IMAGE.digest}").status_code == 405
    assert client.get("/v2/app/manifests/v1").content == IMAGE.raw


def test_writers_of_both_kinds_lose_nothing(client: httpx.Client, folder: Path) -> None:
    """The registry and another tool write tags into one layout at once."""
    push_blobs(client, IMAGE)
    failures: list[object] = []

    def by_protocol(worker: int) -> None:
        for number in range(8):
            answer = put(client, IMAGE, f"http-{worker}-{number}")
            if answer.status_code != 201:
                failures.append(answer.text)

    def by_file() -> None:
        store = LayoutStore.at(folder / "app")
        for number in range(8):
            store.publish(IMAGE.root, IMAGE.raw, [f"file-{number}"])

    threads = [threading.Thread(target=by_protocol, args=(n,)) for n in range(2)] + [
        threading.Thread(target=by_file)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    expected = [f"http-{w}-{n}" for w in range(2) for n in range(8)] + [f"file-{n}" for n in range(8)]
    assert tags(client) == sorted(expected)
