"""``experimental-image-proxy`` as a process, at the other end of a real socket."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from oci.spec import Digest, media_type
from oci.testing import build_image, build_index, fault, layer, random_layer
from tests.proxy_client import ProxyClient, ProxyFailure, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oci.testing import Content, ScriptedRegistry

PLAIN = "--tls-verify=false"
COMMAND = (sys.executable, "-m", "ocitool", "experimental-image-proxy", PLAIN)
LARGE = 3_000_000


@contextmanager
def proxy(*options: str) -> Iterator[ProxyClient]:
    """Return a client of a proxy that is initialized."""
    with ProxyClient([*COMMAND, *options]) as client:
        assert client.value("Initialize") == "0.2.8"
        yield client


@pytest.fixture
def client() -> Iterator[ProxyClient]:
    with proxy() as client:
        yield client


@pytest.fixture(scope="module")
def large() -> Content:
    """Return an image whose layer fits into no pipe."""
    return build_image([random_layer(LARGE, seed=4)])


def opened(client: ProxyClient, registry: ScriptedRegistry, image: Content, tag: str = "1") -> object:
    registry.put("app", image, tag)
    return client.value("OpenImage", f"docker://{registry.host}/app:{tag}")


def test_a_client_fetches_an_image_as_bootc_does(
    client: ProxyClient, registry: ScriptedRegistry, image: Content
) -> None:
    number = opened(client, registry, image)
    digest, manifest = client.content("GetManifest", number)
    assert (digest, manifest) == (str(image.digest), image.raw)
    document = json.loads(manifest)
    _, config = client.content("GetFullConfig", number)
    assert json.loads(config)["config"]["Labels"] == {"who": "<me>"}
    for link in document["layers"]:
        size, content = client.content("GetBlob", number, link["digest"], link["size"])
        assert size == len(content) == link["size"]
        assert image.blobs[Digest.parse(link["digest"])] == content
        assert client.raw_blob(number, link["digest"]) == (link["size"], content, b"")
    assert client.value("CloseImage", number) is None
    assert client.shut_down() == (0, "")


def test_layers_are_told_inline_and_through_a_pipe(
    client: ProxyClient, registry: ScriptedRegistry, image: Content
) -> None:
    number = opened(client, registry, image)
    expected = [
        {"digest": link["digest"], "size": link["size"], "media_type": link["mediaType"]}
        for link in json.loads(image.raw)["layers"]
    ]
    assert client.value("GetLayerInfo", number) == expected
    assert json.loads(client.content("GetLayerInfoPiped", number)[1]) == expected


def test_the_part_of_the_config_that_older_clients_ask_for(
    client: ProxyClient, registry: ScriptedRegistry, image: Content
) -> None:
    number = opened(client, registry, image)
    whole = json.loads(client.content("GetFullConfig", number)[1])
    assert json.loads(client.content("GetConfig", number)[1]) == whole["config"]


def test_more_layers_than_fit_into_a_packet(client: ProxyClient, registry: ScriptedRegistry) -> None:
    many = build_image([layer({"a": b"%d" % number}) for number in range(300)])
    number = opened(client, registry, many)
    with pytest.raises(ProxyFailure, match="GetLayerInfoPiped"):
        client.value("GetLayerInfo", number)
    assert len(json.loads(client.content("GetLayerInfoPiped", number)[1])) == 300


def test_a_docker_manifest_arrives_as_ocis(client: ProxyClient, registry: ScriptedRegistry) -> None:
    docker = build_image([random_layer(1000, seed=5)], docker=True)
    number = opened(client, registry, docker)
    digest, content = client.content("GetManifest", number)
    assert digest == str(docker.digest)
    manifest = json.loads(content)
    assert manifest["mediaType"] == media_type.OCI_MANIFEST
    assert [link["mediaType"] for link in manifest["layers"]] == [media_type.OCI_LAYER_GZIP]
    config = client.content("GetFullConfig", number)[1]
    assert manifest["config"]["size"] == len(config)
    (link,) = manifest["layers"]
    assert len(client.content("GetBlob", number, link["digest"], link["size"])[1]) == link["size"]


def test_the_platform_is_chosen_from_an_index(registry: ScriptedRegistry, index: Content) -> None:
    with proxy("--override-arch", "arm64", "--override-os=linux") as client:
        number = opened(client, registry, index)
        _, config = client.content("GetFullConfig", number)
        assert json.loads(config)["architecture"] == "arm64"
        digest, _ = client.content("GetManifest", number)
        assert digest == json.loads(index.raw)["manifests"][1]["digest"]
        assert digest != str(index.digest)


def test_several_images_and_pipes_at_once(
    client: ProxyClient, registry: ScriptedRegistry, image: Content, large: Content
) -> None:
    one, two = opened(client, registry, image, "1"), opened(client, registry, large, "2")
    assert one != two
    (link,) = json.loads(large.raw)["layers"]
    first = client.call("GetBlob", two, link["digest"], link["size"])
    second = client.call("GetBlob", two, link["digest"], link["size"])
    # The large blob is under way, and the proxy answers still.
    assert client.content("GetManifest", one)[1] == image.raw
    late, early = Reading(second.descriptors[0]), Reading(first.descriptors[0])
    client.value("FinishPipe", second.pipe)
    client.value("FinishPipe", first.pipe)
    assert late.result() == early.result()
    assert len(early.result()) == link["size"]


def test_an_image_that_is_not_there(client: ProxyClient, registry: ScriptedRegistry, image: Content) -> None:
    registry.put("app", image, "1")
    missing = f"docker://{registry.host}/app:none"
    assert client.value("OpenImageOptional", missing) == 0
    with pytest.raises(ProxyFailure) as caught:
        client.value("OpenImage", missing)
    assert caught.value.code == "other"
    assert client.value("OpenImageOptional", f"docker://{registry.host}/app:1") == 1


def test_a_registry_that_fails_is_worth_another_try(registry: ScriptedRegistry, image: Content) -> None:
    registry.script(fault.answer(503), path="/v2/app/manifests/*")
    with proxy("--retry-times=0") as client, pytest.raises(ProxyFailure) as caught:
        opened(client, registry, image)
    assert caught.value.code == "retryable"


def test_wrong_bytes_are_told_of_at_the_end(
    client: ProxyClient, registry: ScriptedRegistry, image: Content
) -> None:
    number = opened(client, registry, image)
    link = json.loads(image.raw)["layers"][0]
    registry.script(fault.answer(200, body=b"x" * link["size"]), path="/v2/app/blobs/*", method="GET")
    answered = client.call("GetBlob", number, link["digest"], link["size"])
    content = Reading(answered.descriptors[0])
    with pytest.raises(ProxyFailure, match="digest"):
        client.value("FinishPipe", answered.pipe)
    assert content.result() == b"x" * link["size"]
    size, _, report = client.raw_blob(number, link["digest"])
    assert size == link["size"]
    assert json.loads(report)["code"] == "other"
    assert "digest" in json.loads(report)["message"]


def test_a_blob_survives_a_broken_connection(
    client: ProxyClient, registry: ScriptedRegistry, large: Content
) -> None:
    number = opened(client, registry, large)
    (link,) = json.loads(large.raw)["layers"]
    rule = registry.script(fault.cut(LARGE // 2), path="/v2/app/blobs/*", method="GET", times=1)
    assert len(client.content("GetBlob", number, link["digest"], link["size"])[1]) == link["size"]
    assert rule.hits == 1


@pytest.mark.parametrize("method", ["GetBlob", "GetRawBlob"])
def test_a_client_that_stops_reading_is_told_so(
    client: ProxyClient, registry: ScriptedRegistry, large: Content, method: str
) -> None:
    number = opened(client, registry, large)
    (link,) = json.loads(large.raw)["layers"]
    words = [link["digest"], link["size"]] if method == "GetBlob" else [link["digest"]]
    answered = client.call(method, number, *words)
    os.close(answered.descriptors[0])
    if method == "GetBlob":
        with pytest.raises(ProxyFailure) as caught:
            client.value("FinishPipe", answered.pipe)
        assert caught.value.code == "EPIPE"
    else:
        assert json.loads(Reading(answered.descriptors[1]).result())["code"] == "EPIPE"
    assert client.shut_down() == (0, "")


def test_closing_an_image_ends_its_pipes(
    client: ProxyClient, registry: ScriptedRegistry, large: Content
) -> None:
    number = opened(client, registry, large)
    (link,) = json.loads(large.raw)["layers"]
    answered = client.call("GetBlob", number, link["digest"], link["size"])
    client.value("CloseImage", number)
    with pytest.raises(ProxyFailure, match="cancelled"):
        client.value("FinishPipe", answered.pipe)
    os.close(answered.descriptors[0])


def test_a_client_that_goes_away_in_the_middle_is_the_end(registry: ScriptedRegistry, large: Content) -> None:
    with proxy() as client:
        number = opened(client, registry, large)
        (link,) = json.loads(large.raw)["layers"]
        answered = client.call("GetBlob", number, link["digest"], link["size"])
        client.send("FinishPipe", answered.pipe)  # waits, since nobody reads
        client.socket.close()
        assert client.process.wait(60) == 0
        os.close(answered.descriptors[0])


def test_a_client_that_goes_away_while_the_registry_is_silent(
    registry: ScriptedRegistry, image: Content
) -> None:
    with proxy() as client:
        rule = registry.script(fault.stall(), path="/v2/app/manifests/*")
        registry.put("app", image, "1")
        client.send("OpenImage", f"docker://{registry.host}/app:1")
        rule.wait()
        client.socket.close()
        assert client.process.wait(60) == 0


def test_a_signal_ends_it(registry: ScriptedRegistry) -> None:
    with proxy() as client:
        client.process.send_signal(signal.SIGTERM)
        assert client.process.wait(60) == 143


def test_the_time_limit_ends_it() -> None:
    with ProxyClient([*COMMAND, "--command-timeout", "1s"]) as client:
        assert client.process.wait(60) == 124


@pytest.mark.parametrize(
    ("packet", "message"),
    [
        (b"{", "not acceptable JSON"),
        (b"[]", "request"),
        (b'{"method": "Nonsense"}', "unknown method: Nonsense"),
        (b'{"method": "OpenImage", "args": []}', "has 0 arguments, 1 are needed"),
        (b'{"method": "OpenImage", "args": [7]}', "not a text"),
        (b'{"method": "OpenImage", "args": {}}', "OpenImage: has 0 arguments"),
        (b'{"method": "OpenImage", "args": "x"}', "args is not a list"),
        (b'{"method": "OpenImage", "args": ["://"]}', "is not supported"),
        (b'{"method": "GetManifest", "args": [0]}', "there is no image 0"),
        (b'{"method": "GetManifest", "args": [-1]}', "not a number"),
        (b'{"method": "GetManifest", "args": [true]}', "not a number"),
        (b'{"method": "GetManifest", "args": [1e300]}', "not a number"),
        (b'{"method": "GetManifest", "args": [1.0]}', "there is no image 1"),
        (b'{"method": "FinishPipe", "args": [3]}', "there is no pipe 3"),
        (b'{"method": "Initialize"}', "already initialized"),
        (b'{"method": "x", "args": ["' + b"y" * 40_000 + b'"]}', "larger than 32768 bytes"),
    ],
)
def test_what_makes_no_sense_is_refused_and_the_next_call_is_answered(
    client: ProxyClient, tmp_path: Path, image: Content, packet: bytes, message: str
) -> None:
    client.send_packet(packet)
    with pytest.raises(ProxyFailure) as caught:
        client.receive()
    assert message in caught.value.message
    assert caught.value.code == "other"
    image.write_to(tmp_path / "layout", "1")
    assert client.value("OpenImage", f"oci:{tmp_path}/layout:1") == 1


def test_before_anything_else_it_is_initialized() -> None:
    with ProxyClient(COMMAND) as client:
        with pytest.raises(ProxyFailure, match="must invoke Initialize"):
            client.value("OpenImage", "docker://localhost/x")
        assert client.value("Initialize") == "0.2.8"


@pytest.mark.parametrize("words", [[], ["--sockfd", "77"]])
def test_without_a_socket_it_says_what_it_is_for(words: list[str]) -> None:
    done = subprocess.run(
        [*COMMAND, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 9
    assert "is no socket" in done.stderr
    assert "bootc" in done.stderr


def test_a_blob_of_another_image_is_not_delivered_raw(
    client: ProxyClient, registry: ScriptedRegistry, image: Content, large: Content
) -> None:
    number = opened(client, registry, image)
    registry.put("app", large, "2")
    (link,) = json.loads(large.raw)["layers"]
    with pytest.raises(ProxyFailure, match="no blob of this image"):
        client.value("GetRawBlob", number, link["digest"])


def test_an_index_within_a_layout(client: ProxyClient, tmp_path: Path, image: Content) -> None:
    build_index({"linux/amd64": image}).write_to(tmp_path / "layout", "1")
    number = client.value("OpenImage", f"oci:{tmp_path}/layout:1")
    assert client.content("GetManifest", number) == (str(image.digest), image.raw)
