"""The scriptable registry does to a plain HTTP client what it says it does."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import httpx
import pytest

from oci.spec import Digest
from oci.testing import ScriptedRegistry, basic_login, build_artifact, build_image, fault, random_layer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oci.serving import Application, Request, Response

IMAGE = build_image([random_layer(300_000)])
LAYER = IMAGE.leaves[1]
BLOB = f"/v2/app/blobs/{LAYER.descriptor.digest}"
BLOBS = "*/blobs/sha256:*"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[ScriptedRegistry]:
    with ScriptedRegistry(tmp_path / "registry") as server:
        server.put("app", IMAGE, "v1")
        yield server


@pytest.fixture
def client(registry: ScriptedRegistry) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=registry.url, trust_env=False, timeout=60) as made:
        yield made


def test_without_a_script_it_is_a_registry(registry: ScriptedRegistry, client: httpx.Client) -> None:
    answer = client.get("/v2/app/manifests/v1")
    assert answer.content == IMAGE.raw == registry.content("app", "v1")
    assert client.get(BLOB).content == LAYER.data
    assert registry.has_blob("app", LAYER.descriptor.digest)
    assert not registry.has_blob("app", Digest.of(b"other"))


def test_rules_count_and_end(registry: ScriptedRegistry, client: httpx.Client) -> None:
    rule = registry.script(
        fault.answer(429, {"Retry-After": "7"}), method="GET", path=BLOBS, after=1, times=2
    )
    answers = [client.get(BLOB) for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 429, 429, 200]
    assert answers[1].headers["Retry-After"] == "7"
    assert (rule.matches, rule.hits) == (4, 2)
    assert client.get("/v2/app/manifests/v1").status_code == 200
    rule.wait(2)
    with pytest.raises(TimeoutError):
        rule.wait(3, timeout_s=0.01)


def test_all_rules_that_match_apply_and_can_be_taken_out(
    registry: ScriptedRegistry, client: httpx.Client
) -> None:
    registry.script(fault.set_header("Content-Type", "text/html"), path="*/manifests/*")
    rule = registry.script(fault.set_header("Docker-Content-Digest", None), when=lambda r: r.method == "HEAD")
    headers = client.head("/v2/app/manifests/v1").headers
    assert headers["Content-Type"] == "text/html"
    assert "Docker-Content-Digest" not in headers
    registry.unscript(rule)
    assert "Docker-Content-Digest" in client.head("/v2/app/manifests/v1").headers


def test_requests_are_remembered(registry: ScriptedRegistry, client: httpx.Client) -> None:
    client.post("/v2/app/blobs/uploads/?digest=" + str(Digest.of(b"data")), content=b"data")
    client.get(BLOB, headers={"Range": "bytes=5-9"})
    post, get = registry.exchanges
    assert (post.method, post.path, post.status) == ("POST", "/v2/app/blobs/uploads/", 201)
    assert (post.query.get("digest"), post.body, post.received_bytes) == (str(Digest.of(b"data")), b"data", 4)
    assert (get.headers.get("range"), get.status) == ("bytes=5-9", 206)
    assert get.answer_headers.get("Content-Range") == f"bytes 5-9/{len(LAYER.data)}"
    assert registry.asked("GET", BLOBS) == [get]


@pytest.mark.parametrize("by_reset", [False, True])
def test_cut_sends_so_many_bytes(registry: ScriptedRegistry, client: httpx.Client, by_reset: bool) -> None:
    registry.script(fault.cut(100_000, by_reset=by_reset), path=BLOBS)
    received = bytearray()
    with client.stream("GET", BLOB) as answer:
        assert answer.headers["Content-Length"] == str(len(LAYER.data))
        with pytest.raises(httpx.ReadError if by_reset else httpx.RemoteProtocolError):
            for piece in answer.iter_raw():
                received += piece
    assert bytes(received) == LAYER.data[: len(received)]
    assert len(received) == 100_000


def test_reset_comes_before_any_answer(registry: ScriptedRegistry, client: httpx.Client) -> None:
    registry.script(fault.reset(), times=1)
    with pytest.raises(httpx.ReadError):
        client.get("/v2/")
    assert client.get("/v2/").status_code == 200


def test_stall_holds_until_it_is_released(registry: ScriptedRegistry, client: httpx.Client) -> None:
    stalled = fault.stall(1000)
    rule = registry.script(stalled, path=BLOBS)
    contents: list[bytes] = []
    thread = threading.Thread(target=lambda: contents.append(client.get(BLOB).content))
    thread.start()
    rule.wait()
    assert not contents
    stalled.release()
    thread.join(60)
    assert contents == [LAYER.data]


def test_a_stalled_request_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with (
        ScriptedRegistry(tmp_path) as registry,
        httpx.Client(base_url=registry.url, trust_env=False, timeout=60) as client,
    ):
        rule = registry.script(fault.stall())
        failures: list[Exception] = []

        def ask() -> None:
            try:
                client.get("/v2/")
            except httpx.TransportError as error:
                failures.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        rule.wait()
        registry.__exit__(None, None, None)
        thread.join(60)
    assert len(failures) == 1


def test_cut_upload_keeps_what_came_before(registry: ScriptedRegistry, client: httpx.Client) -> None:
    location = client.post("/v2/app/blobs/uploads/").headers["Location"]
    registry.script(fault.cut_upload(100_000), method="PATCH", times=1)
    with pytest.raises(httpx.TransportError):
        client.patch(location, content=LAYER.data)
    status = client.get(location)
    assert (status.status_code, status.headers["Range"]) == (204, "0-99999")


def test_wrong_answers(registry: ScriptedRegistry, client: httpx.Client) -> None:
    registry.script(fault.corrupt(5), path=BLOBS, times=1)
    data = client.get(BLOB).content
    assert (len(data), data[:5], data[6:]) == (len(LAYER.data), LAYER.data[:5], LAYER.data[6:])
    assert data[5] != LAYER.data[5]
    registry.script(fault.replace_body(b"other"), path=BLOBS, times=1)
    assert client.get(BLOB).content == b"other"
    registry.script(fault.state_length(5), path=BLOBS, times=1)
    assert client.get(BLOB).headers["Content-Length"] == "5"
    registry.script(fault.ignore_range(), path=BLOBS, times=1)
    assert client.get(BLOB, headers={"Range": "bytes=1-2"}).status_code == 200
    registry.script(fault.answer_json(200, {"tags": ["../../x"]}), path="*/tags/list")
    assert client.get("/v2/app/tags/list").json() == {"tags": ["../../x"]}


def test_ways_of_registries(registry: ScriptedRegistry, client: httpx.Client) -> None:
    uploads = "/v2/app/blobs/uploads/"
    registry.script(fault.refuse_mount(), method="POST", when=lambda r: "mount" in r.query)
    assert (
        client.post(f"/v2/other/blobs/uploads/?mount={LAYER.descriptor.digest}&from=app").status_code == 202
    )
    registry.script(fault.absolute_location("http://other:1"), method="POST", times=1)
    assert client.post(uploads).headers["Location"].startswith("http://other:1/v2/app/blobs/uploads/")
    registry.script(fault.refuse_large_bodies(10), method="PUT")
    location = client.post(uploads).headers["Location"]
    assert client.put(f"{location}?digest={Digest.of(b'x' * 11)}", content=b"x" * 11).status_code == 413
    registry.script(fault.redirect("http://169.254.169.254/"), path="*/manifests/*")
    assert client.get("/v2/app/manifests/v1").headers["Location"] == "http://169.254.169.254/"


def test_a_registry_may_know_nothing_of_referrers(registry: ScriptedRegistry, client: httpx.Client) -> None:
    artifact = build_artifact("application/x", subject=IMAGE.root)
    registry.put("app", artifact)
    path = f"/v2/app/manifests/{artifact.digest}"
    headers = {"Content-Type": artifact.root.media_type}
    assert client.put(path, content=artifact.raw, headers=headers).headers["OCI-Subject"] == str(IMAGE.digest)
    registry.script(fault.no_referrers())
    assert "OCI-Subject" not in client.put(path, content=artifact.raw, headers=headers).headers
    assert client.get(f"/v2/app/referrers/{IMAGE.digest}").status_code == 404


def test_a_status_may_be_another(registry: ScriptedRegistry, client: httpx.Client) -> None:
    registry.script(fault.set_status(201), method="PATCH")
    location = client.post("/v2/app/blobs/uploads/").headers["Location"]
    answer = client.patch(location, content=b"data")
    assert (answer.status_code, answer.headers["Range"]) == (201, "0-3")


def test_chunks_have_a_minimum(registry: ScriptedRegistry, client: httpx.Client) -> None:
    registry.script(fault.chunk_minimum(1000), path="*/blobs/uploads/*")
    post = client.post("/v2/app/blobs/uploads/")
    assert post.headers["OCI-Chunk-Min-Length"] == "1000"
    location = post.headers["Location"]
    small = client.patch(location, content=b"x" * 999, headers={"Content-Range": "0-998"})
    assert (small.status_code, small.headers["Range"]) == (416, "0-0")
    assert client.patch(location, content=b"x" * 1000, headers={"Content-Range": "0-999"}).status_code == 202
    digest = Digest.of(b"x" * 1001)
    assert (
        client.put(
            f"{location}?digest={digest}", content=b"x", headers={"Content-Range": "1000-1000"}
        ).status_code
        == 201
    )


def test_blobs_can_live_elsewhere(registry: ScriptedRegistry, client: httpx.Client) -> None:
    registry.script(fault.move_blobs(registry.storage.url), method="GET", path=BLOBS)
    moved = client.get(BLOB)
    assert moved.status_code == 307
    assert not moved.headers["Location"].startswith(registry.url)
    assert httpx.get(moved.headers["Location"]).content == LAYER.data
    assert httpx.get(moved.headers["Location"], headers={"Authorization": "Bearer x"}).status_code == 400
    assert [x.status for x in registry.storage.asked("GET")] == [200, 400]


def test_basic_login(registry: ScriptedRegistry, client: httpx.Client) -> None:
    registry.script(basic_login({"ann": "secret"}))
    refused = client.get("/v2/")
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, 'Basic realm="registry.test"')
    assert client.get("/v2/", auth=("ann", "secret")).status_code == 200
    assert client.get("/v2/", auth=("ann", "other")).status_code == 401


def test_a_test_can_bring_its_own_fault(registry: ScriptedRegistry, client: httpx.Client) -> None:
    async def teapot(request: Request, application: Application) -> Response:
        return await fault.answer(418)(request, application)

    registry.script(teapot)
    assert client.get("/v2/").status_code == 418
