"""Images that were changed on the way: others read ours, and skopeo makes the same bytes where it can."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from oci.testing import build_image, build_index, layer, random_layer
from oci.transports.layout.store import LayoutStore
from tests.interop.material import DOCKER_LIST, IMAGE
from tests.peers.server import distribution

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from oci.spec import Digest
    from oci.testing import Content
    from tests.interop.client import Crane, Ours, Skopeo

pytestmark = pytest.mark.interop

PLAIN_INDEX = build_index(
    {"linux/amd64": IMAGE, "linux/arm64": build_image([random_layer(9)], platform="linux/arm64")}
)
MIXED = build_image(
    [layer({"etc/a": b"a" * 5000}), layer({"etc/b": b"b" * 5000}, compression="none"),
     layer({"etc/c": b"c" * 5000}, compression="zstd")]
)  # fmt: skip


@pytest.mark.parametrize("content", [IMAGE, PLAIN_INDEX], ids=["image", "index"])
def test_a_v2s2_image_of_ours_is_the_one_that_skopeo_makes(
    content: Content, ours: Ours, skopeo: Skopeo, tmp_path: Path
) -> None:
    content.write_to(tmp_path / "from", "v1")
    source, theirs = f"oci:{tmp_path}/from:v1", tmp_path / "theirs"
    skopeo.run("--insecure-policy", "copy", "--all", "--format=v2s2", source, f"dir:{theirs}")
    ours.run("copy", "--all", "--format=v2s2", source, f"oci:{tmp_path}/ours:v1")
    assert ours.run("inspect", "--raw", f"oci:{tmp_path}/ours:v1") == (theirs / "manifest.json").read_bytes()


def test_an_oci_index_of_ours_says_what_skopeo_says_of_it(ours: Ours, skopeo: Skopeo, tmp_path: Path) -> None:
    DOCKER_LIST.write_to(tmp_path / "from", "v1")
    source = f"dir:{tmp_path}/plain"  # in a layout, this skopeo does not see Docker's lists
    ours.run("copy", "--all", f"oci:{tmp_path}/from:v1", source)
    for maker, to in ((ours, f"oci:{tmp_path}/ours:v1"), (skopeo, f"oci:{tmp_path}/theirs:v1")):
        policy = ("--insecure-policy",) if maker is skopeo else ()
        maker.run(*policy, "copy", "--all", "--format=oci", source, to)
    shapes = [shape(LayoutStore.at(tmp_path / name)) for name in ("ours", "theirs")]
    assert shapes[0] == shapes[1]


def shape(store: LayoutStore) -> list[object]:
    """Return the documents beneath v1 without what depends on configurations: skopeo writes those anew."""
    index = json.loads(store.open("v1").content)
    found: list[object] = [index["mediaType"]]
    for entry in index["manifests"]:
        manifest = json.loads(store.blobs.path_of(digest_of(entry)).read_bytes())
        manifest["config"] = manifest["config"]["mediaType"]
        found += [manifest, entry["mediaType"], entry["platform"]]
    return found


def digest_of(entry: dict[str, str]) -> Digest:
    from oci.spec import Digest

    return Digest.parse(entry["digest"])


@pytest.mark.parametrize("level", [2, 7])
def test_crane_finds_every_layer_to_be_what_its_image_says(
    level: int, ours: Ours, crane: Crane, repository: str, tmp_path: Path
) -> None:
    MIXED.write_to(tmp_path / "from", "v1")
    how = ("--dest-tls-verify=false", "--dest-compress-format=gzip", f"--dest-compress-level={level}")
    ours.run("copy", *how, f"oci:{tmp_path}/from:v1", f"docker://{repository}:v1")
    assert b"PASS" in crane.run("validate", "--remote", f"{repository}:v1")


@pytest.mark.parametrize("level", [1, 6])
@pytest.mark.parametrize("form", ["gzip", "zstd"])
def test_skopeo_expands_what_we_compressed(
    form: str, level: int, ours: Ours, skopeo: Skopeo, tmp_path: Path
) -> None:
    big = random_layer(3_000_000, seed=8, compression="none")
    build_image([big]).write_to(tmp_path / "from", "v1")
    how = (f"--dest-compress-format={form}", f"--dest-compress-level={level}")
    ours.run("copy", *how, f"oci:{tmp_path}/from:v1", f"oci:{tmp_path}/ours:v1")
    to = tmp_path / "expanded"
    skopeo.run("--insecure-policy", "copy", "--dest-decompress", f"oci:{tmp_path}/ours:v1", f"dir:{to}")
    contents = {hashlib.sha256(path.read_bytes()).hexdigest() for path in to.iterdir()}
    assert str(big.diff_id).removeprefix("sha256:") in contents


@pytest.mark.parametrize("form", ["gzip", "zstd"])
def test_we_expand_what_skopeo_compressed(form: str, ours: Ours, skopeo: Skopeo, tmp_path: Path) -> None:
    plain = build_image([layer({"etc/a": b"a" * 99_000}, compression="none")])
    plain.write_to(tmp_path / "from", "v1")
    skopeo.run(
        "--insecure-policy", "copy", f"--dest-compress-format={form}",
        f"oci:{tmp_path}/from:v1", f"oci:{tmp_path}/theirs:v1",
    )  # fmt: skip
    assert LayoutStore.at(tmp_path / "theirs").resolve("v1") != plain.root
    ours.run("copy", "--dest-decompress", f"oci:{tmp_path}/theirs:v1", f"oci:{tmp_path}/ours:v1")
    manifest = json.loads(LayoutStore.at(tmp_path / "ours").open("v1").content)
    assert [link["digest"] for link in manifest["layers"]] == [str(plain.leaves[1].diff_id)]


@pytest.mark.parametrize("form", ["v2s2", "oci"])
def test_a_schema_1_image_becomes_what_skopeo_makes_of_it(
    form: str, ours: Ours, skopeo: Skopeo, tool: Callable[[str], Path], tmp_path: Path
) -> None:
    parts = [layer({"etc/a": b"a" * 500}), layer({"etc/b": b"b"})]
    config = {"Labels": {"who": "<me> & you"}, "Env": ["A=1"], "Cmd": ["sh", "-c", "echo <hello>"]}
    build_image(parts, config=config).write_to(tmp_path / "from", "v1")
    with distribution(tool("docker-registry"), tmp_path, schema1=True) as server:
        reference = f"docker://{server.address}/old:v1"
        skopeo.run(
            "--insecure-policy", "copy", "--dest-tls-verify=false", "--format=v2s1",
            f"oci:{tmp_path}/from:v1", reference,
        )  # fmt: skip
        assert b"fsLayers" in ours.run("inspect", "--raw", "--tls-verify=false", reference)
        ours.run("copy", "--src-tls-verify=false", f"--format={form}", reference, f"oci:{tmp_path}/ours:v1")
        theirs = f"dir:{tmp_path}/theirs"
        skopeo.run(
            "--insecure-policy", "copy", "--src-tls-verify=false", f"--format={form}", reference, theirs
        )
    store = LayoutStore.at(tmp_path / "ours")
    manifest, other = store.open("v1").content, (tmp_path / "theirs" / "manifest.json").read_bytes()
    if form == "v2s2":
        assert manifest == other
    else:  # whose configuration skopeo writes anew
        assert json.loads(manifest)["layers"] == json.loads(other)["layers"]
    config_raw = store.blobs.path_of(digest_of(json.loads(manifest)["config"])).read_bytes()
    assert json.loads(config_raw)["rootfs"]["diff_ids"] == [str(part.diff_id) for part in parts]
