"""One client, two proxies: ours answers as Debian's skopeo does, in the calls that its protocol has."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from oci.testing import build_image, build_index, layer, random_layer
from tests.proxy_client import ProxyClient, ProxyFailure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.interop.client import Ours
    from tests.interop.conftest import Registries

pytestmark = pytest.mark.interop

CONFIG: dict[str, object] = {
    "User": "me",
    "Env": ["PATH=/bin", "WORD=<&>"],
    "Entrypoint": ["/bin/app"],
    "Cmd": None,
    "ExposedPorts": {"80/tcp": {}},
    "Labels": {"b": "2", "a": "1"},
    "Healthcheck": {"Test": ["NONE"]},
}
OCI = build_image([layer({"etc/os-release": b"ID=test\n"}), random_layer(200_000, seed=6)], config=CONFIG)
DOCKER = build_image([random_layer(3000, seed=7)], config=CONFIG, docker=True)
INDEX = build_index({"linux/amd64": OCI, "linux/arm64": build_image([], platform="linux/arm64")})
OPTIONS = ("experimental-image-proxy", "--tls-verify=false", "--override-os=linux", "--override-arch=amd64")


@pytest.fixture(scope="module")
def place(registries: Registries, ours: Ours, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a repository with an image of each kind."""
    folder = tmp_path_factory.mktemp("image-proxy")
    repository = f"{registries.address('docker-registry')}/proxy/app"
    for name, content in (("oci", OCI), ("docker", DOCKER), ("index", INDEX)):
        content.write_to(folder / "layout", name)
        ours.push(folder / "layout", name, f"{repository}:{name}")
    return f"docker://{repository}"


@pytest.fixture
def theirs(tool: Callable[[str], Path], home: Path) -> Iterator[ProxyClient]:
    """Return a client of Debian's skopeo."""
    words = ["--insecure-policy", *OPTIONS]
    env = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    with ProxyClient([tool("skopeo"), *words], env=env) as client:
        assert str(client.value("Initialize")).startswith("0.2.")
        yield client


@pytest.fixture
def mine(home: Path) -> Iterator[ProxyClient]:
    """Return a client of ours, started with the same words."""
    words = [sys.executable, "-m", "ocitool", "--insecure-policy", *OPTIONS]
    with ProxyClient(words, env={"HOME": str(home), "PATH": "/usr/bin:/bin"}) as client:
        assert client.value("Initialize") == "0.2.8"
        yield client


@pytest.mark.parametrize("tag", ["oci", "docker", "index"])
def test_documents_and_blobs(mine: ProxyClient, theirs: ProxyClient, place: str, tag: str) -> None:
    one, other = mine.value("OpenImage", f"{place}:{tag}"), theirs.value("OpenImage", f"{place}:{tag}")
    digest, manifest = mine.content("GetManifest", one)
    their_digest, their_manifest = theirs.content("GetManifest", other)
    assert digest == their_digest
    assert manifest == their_manifest
    for method in ("GetFullConfig", "GetConfig"):
        assert mine.content(method, one) == theirs.content(method, other)
    for link in json.loads(manifest)["layers"]:
        words = (link["digest"], link["size"])
        assert mine.content("GetBlob", one, *words) == theirs.content("GetBlob", other, *words)
    assert mine.value("CloseImage", one) == theirs.value("CloseImage", other)
    assert mine.shut_down()[0] == theirs.shut_down()[0] == 0


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("OpenImage", ["{place}:none"]),
        ("OpenImage", []),
        ("OpenImage", [1]),
        ("OpenImage", ["nonsense"]),
        ("Nonsense", []),
        ("Initialize", []),
        ("GetManifest", [0]),
        ("GetManifest", [9]),
        ("GetManifest", ["x"]),
        ("CloseImage", [9]),
        ("FinishPipe", [9]),
    ],
)
def test_both_refuse_and_go_on(
    mine: ProxyClient, theirs: ProxyClient, place: str, method: str, arguments: list[object]
) -> None:
    words = [word.format(place=place) if isinstance(word, str) else word for word in arguments]
    for client in (mine, theirs):
        with pytest.raises(ProxyFailure):
            client.value(method, *words)
        assert client.value("OpenImage", f"{place}:oci") == 1


def test_a_size_that_is_wrong_is_found_by_both(mine: ProxyClient, theirs: ProxyClient, place: str) -> None:
    link = json.loads(OCI.raw)["layers"][0]
    for client in (mine, theirs):
        image = client.value("OpenImage", f"{place}:oci")
        with pytest.raises(ProxyFailure):
            client.content("GetBlob", image, link["digest"], link["size"] + 1)
