"""Pushing blobs (distribution-spec, "Pushing blobs"): in one request, in two, in chunks, by mount."""

from __future__ import annotations

import random
import resource
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from oci.registry import RegistryLimits
from oci.spec import Digest
from tests.integration.registry.server import served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

DATA = random.Random(1).randbytes(3_000_000)
DIGEST = Digest.of(DATA)
UPLOADS = "/v2/a/b/blobs/uploads/"


def begin(client: httpx.Client, query: str = "") -> str:
    answer = client.post(UPLOADS + query)
    assert answer.status_code == 202
    assert answer.headers["Range"] == "0-0"
    return answer.headers["Location"]


def assert_stored(
    client: httpx.Client, data: bytes = DATA, digest: Digest = DIGEST, name: str = "a/b"
) -> None:
    assert client.get(f"/v2/{name}/blobs/{digest}").content == data


def leftovers(folder: Path) -> list[str]:
    uploads = folder / ".ocitool" / "uploads"
    return sorted(path.name for path in uploads.iterdir()) if uploads.exists() else []


def in_chunks(size: int) -> Iterator[bytes]:
    for start in range(0, len(DATA), size):
        yield DATA[start : start + size]


def test_in_one_request(client: httpx.Client, folder: Path) -> None:
    answer = client.post(f"{UPLOADS}?digest={DIGEST}", content=DATA)
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/v2/a/b/blobs/{DIGEST}"
    assert answer.headers["Docker-Content-Digest"] == str(DIGEST)
    assert_stored(client)
    assert leftovers(folder) == []


def test_in_two_requests(client: httpx.Client, folder: Path) -> None:
    answer = client.put(f"{begin(client)}?digest={DIGEST}", content=DATA)
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/v2/a/b/blobs/{DIGEST}")
    assert_stored(client)
    assert leftovers(folder) == []


def test_as_a_stream_of_unknown_length(client: httpx.Client) -> None:
    location = begin(client)
    answer = client.patch(location, content=in_chunks(70_000))
    assert (answer.status_code, answer.headers["Range"]) == (202, f"0-{len(DATA) - 1}")
    assert client.put(f"{answer.headers['Location']}?digest={DIGEST}").status_code == 201
    assert_stored(client)


@pytest.mark.parametrize("last_by", ["PATCH", "PUT"])
def test_in_chunks(client: httpx.Client, last_by: str) -> None:
    location, start, size = begin(client), 0, 700_000
    while start < len(DATA):
        chunk = DATA[start : start + size]
        headers = {"Content-Range": f"{start}-{start + len(chunk) - 1}"}
        start += len(chunk)
        if last_by == "PUT" and start == len(DATA):
            assert (
                client.put(f"{location}?digest={DIGEST}", content=chunk, headers=headers).status_code == 201
            )
        else:
            answer = client.patch(location, content=chunk, headers=headers)
            assert (answer.status_code, answer.headers["Range"]) == (202, f"0-{start - 1}")
            location = answer.headers["Location"]
    if last_by == "PATCH":
        assert client.put(f"{location}?digest={DIGEST}").status_code == 201
    assert_stored(client)


def test_a_chunk_out_of_order_says_where_to_go_on(client: httpx.Client) -> None:
    location = begin(client)
    client.patch(location, content=DATA[:100], headers={"Content-Range": "0-99"})
    for start in (0, 50, 200):
        headers = {"Content-Range": f"{start}-{start + 99}"}
        for answer in (
            client.patch(location, content=DATA[:100], headers=headers),
            client.put(f"{location}?digest={DIGEST}", content=DATA[:100], headers=headers),
        ):
            assert (answer.status_code, answer.headers["Range"]) == (416, "0-99")
            assert answer.headers["Location"] == location
    status = client.get(location)
    assert (status.status_code, status.headers["Range"], status.headers["Location"]) == (
        204,
        "0-99",
        location,
    )
    assert (
        client.patch(
            location, content=DATA[100:], headers={"Content-Range": f"100-{len(DATA) - 1}"}
        ).status_code
        == 202
    )
    assert client.put(f"{location}?digest={DIGEST}").status_code == 201


@pytest.mark.parametrize("field", ["bytes 0-99/100", "0-98", "99-0", "x"])
def test_a_chunk_that_contradicts_itself_is_refused(client: httpx.Client, field: str) -> None:
    location = begin(client)
    assert client.patch(location, content=DATA[:100], headers={"Content-Range": field}).status_code == 400
    assert client.get(location).headers["Range"] == "0-0"


@pytest.mark.parametrize("length", [99, 101])
def test_a_stream_that_contradicts_its_range_is_refused(client: httpx.Client, length: int) -> None:
    location = begin(client)
    answer = client.patch(location, content=iter([DATA[:length]]), headers={"Content-Range": "0-99"})
    assert answer.status_code == 400


def test_cancelled_uploads_are_gone(client: httpx.Client, folder: Path) -> None:
    location = begin(client)
    client.patch(location, content=DATA)
    assert client.delete(location).status_code == 204
    assert leftovers(folder) == []
    for answer in (client.get(location), client.delete(location), client.patch(location, content=b"x")):
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "BLOB_UPLOAD_UNKNOWN")


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_wrong_digests_store_nothing(client: httpx.Client, folder: Path, algorithm: str) -> None:
    wrong = Digest.of(b"other", algorithm)
    for answer in (
        client.post(f"{UPLOADS}?digest={wrong}", content=DATA),
        client.put(f"{begin(client)}?digest={wrong}", content=DATA),
    ):
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "DIGEST_INVALID")
    assert client.head(f"/v2/a/b/blobs/{wrong}").status_code == 404
    assert leftovers(folder) == []


@pytest.mark.parametrize("query", ["", "?digest=", "?digest=sha256:short", "?digest=md5:x"])
def test_an_upload_cannot_end_without_a_digest(client: httpx.Client, query: str) -> None:
    location = begin(client)
    assert client.put(location + query).status_code == 400
    assert client.get(location).status_code == 204


@pytest.mark.parametrize("query", ["", "?digest-algorithm=sha512", "?digest-algorithm=sha256"])
def test_sha512_whatever_the_session_expected(client: httpx.Client, query: str) -> None:
    digest = Digest.of(DATA, "sha512")
    location = begin(client, query)
    client.patch(location, content=DATA)
    assert client.put(f"{location}?digest={digest}").status_code == 201
    assert_stored(client, digest=digest)


def test_unknown_algorithms_are_refused(client: httpx.Client) -> None:
    assert client.post(f"{UPLOADS}?digest-algorithm=md5").status_code == 400


def test_an_empty_blob(client: httpx.Client) -> None:
    empty = Digest.of(b"")
    assert client.post(f"{UPLOADS}?digest={empty}").status_code == 201
    assert_stored(client, b"", empty)


def test_the_same_blob_twice_and_at_once(client: httpx.Client) -> None:
    statuses: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: statuses.append(
                client.post(f"{UPLOADS}?digest={DIGEST}", content=DATA).status_code
            )
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [201] * 4
    assert_stored(client)


def test_a_killed_client_goes_on_where_the_registry_is(client: httpx.Client) -> None:
    location = begin(client)
    break_off(client, location, DATA[:1_200_000], promised=len(DATA))
    offset = int(client.get(location).headers["Range"].removeprefix("0-")) + 1
    # Another request may ask before the last piece is on file: the truth is what a chunk is refused with.
    while (answer := go_on(client, location, offset)).status_code == 416:
        offset = int(answer.headers["Range"].removeprefix("0-")) + 1
    assert answer.status_code == 202
    assert client.put(f"{location}?digest={DIGEST}").status_code == 201
    assert_stored(client)


def test_an_upload_outlives_the_registry(folder: Path) -> None:
    with served(folder) as client:
        location = begin(client)
        client.patch(location, content=DATA[:1_000_000])
    with served(folder) as client:
        assert client.get(location).headers["Range"] == "0-999999"
        assert go_on(client, location, 1_000_000).status_code == 202
    with served(folder) as client:
        assert client.put(f"{location}?digest={DIGEST}").status_code == 201
        assert_stored(client)
    assert leftovers(folder) == []


def test_a_new_request_takes_the_session_over_from_one_that_hangs(client: httpx.Client) -> None:
    location = begin(client)
    host, port = client.base_url.host, client.base_url.port
    with socket.create_connection((host, port), timeout=60) as hanging:
        head = f"PATCH {location} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(DATA)}\r\n\r\n"
        hanging.sendall(head.encode() + DATA[:1_000_000])  # and now the line is dead, without a word
        while client.get(location).headers["Range"] == "0-0":
            pass  # until the registry has begun to receive it
        offset = 0
        while (answer := go_on(client, location, offset)).status_code == 416:
            offset = int(answer.headers["Range"].removeprefix("0-")) + 1
        assert answer.status_code == 202
        assert is_ended(hanging)
    assert client.put(f"{location}?digest={DIGEST}").status_code == 201
    assert_stored(client)


def test_mounts(client: httpx.Client, folder: Path) -> None:
    client.post(f"{UPLOADS}?digest={DIGEST}", content=DATA)
    for number, source in enumerate(("&from=a/b", "")):
        answer = client.post(f"/v2/new{number}/blobs/uploads/?mount={DIGEST}{source}")
        assert (answer.status_code, answer.headers["Location"]) == (201, f"/v2/new{number}/blobs/{DIGEST}")
        assert answer.headers["Docker-Content-Digest"] == str(DIGEST)
        assert_stored(client, name=f"new{number}")
    blob = f"blobs/sha256/{DIGEST.encoded}"
    assert (folder / "a/b" / blob).samefile(folder / "new0" / blob)
    assert client.delete(f"/v2/a/b/blobs/{DIGEST}").status_code == 202
    assert_stored(client, name="new0")


@pytest.mark.parametrize("source", ["&from=absent", "&from=a/b", "&from=../x", ""])
def test_a_mount_of_what_is_not_there_opens_a_session(client: httpx.Client, source: str) -> None:
    answer = client.post(f"/v2/new/blobs/uploads/?mount={DIGEST}{source}")
    assert answer.status_code == 202
    assert client.put(f"{answer.headers['Location']}?digest={DIGEST}", content=DATA).status_code == 201


def test_a_mount_of_what_is_there_already(client: httpx.Client) -> None:
    client.post(f"{UPLOADS}?digest={DIGEST}", content=DATA)
    assert client.post(f"{UPLOADS}?mount={DIGEST}&from=absent").status_code == 201


def test_a_blob_has_a_largest_size(folder: Path) -> None:
    with served(folder, limits=RegistryLimits(blob_bytes=1000)) as client:
        location = begin(client)
        assert client.patch(location, content=b"x" * 1000).status_code == 202
        assert client.patch(location, content=b"x").status_code == 413
        assert client.get(location).status_code == 404
    assert leftovers(folder) == []


def test_sessions_of_other_repositories_are_unknown(client: httpx.Client) -> None:
    location = begin(client)
    assert client.get(location.replace("/a/b/", "/a/c/")).status_code == 404


def test_deleting_blobs(client: httpx.Client) -> None:
    client.post(f"{UPLOADS}?digest={DIGEST}", content=DATA)
    assert client.delete(f"/v2/a/b/blobs/{DIGEST}").status_code == 202
    for answer in (client.get(f"/v2/a/b/blobs/{DIGEST}"), client.delete(f"/v2/a/b/blobs/{DIGEST}")):
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "BLOB_UNKNOWN")


def go_on(client: httpx.Client, location: str, offset: int) -> httpx.Response:
    headers = {"Content-Range": f"{offset}-{len(DATA) - 1}"}
    return client.patch(location, content=DATA[offset:], headers=headers)


def break_off(client: httpx.Client, location: str, data: bytes, *, promised: int) -> None:
    """Send a part of a body and vanish."""
    with socket.create_connection((client.base_url.host, client.base_url.port), timeout=60) as broken:
        head = f"PATCH {location} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {promised}\r\n\r\n"
        broken.sendall(head.encode() + data)


def is_ended(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_a_full_disk_is_said_and_the_upload_goes_on_later(client: httpx.Client) -> None:
    location = begin(client)
    assert client.patch(location, content=DATA[:1_000_000]).status_code == 202
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, limits[1]))  # no file of this process grows further
    try:
        answer = go_on(client, location, 1_000_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert answer.status_code == 507
    offset = int(client.get(location).headers["Range"].removeprefix("0-")) + 1
    assert 1_000_000 <= offset <= 2_000_000
    assert go_on(client, location, offset).status_code == 202
    assert client.put(f"{location}?digest={DIGEST}").status_code == 201
    assert_stored(client)
