"""The images of these tests: small, of every shape that travels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oci.testing import build_artifact, build_image, build_index, layer, random_layer

if TYPE_CHECKING:
    from oci.testing import Content
    from oci.transports.layout.store import LayoutStore

IMAGE = build_image(
    [layer({"etc/os-release": b"ID=test\n"}), random_layer(300_000, seed=1)],
    config={"Labels": {"who": "<me> & you"}, "Env": ["PATH=/bin", "A=ä"], "Cmd": ["sh"]},
)
ARM = build_image([layer({"etc/arm": b"2"}, compression="zstd")], platform="linux/arm64")
INDEX = build_index({"linux/amd64": IMAGE, "linux/arm64": ARM}, annotations={"org.example": "index"})
DOCKER = build_image([random_layer(1000, seed=3)], docker=True)
_EXECUTION = {
    "Labels": {"b": "x<y>&z", "a": "1", "title": "Ä \u2028 \\"},
    "Env": ["PATH=/bin", "A=b&c"],
    "ExposedPorts": {"80/tcp": {}, "443/tcp": {}},
    "Cmd": ["sh", "-c", "true"],
    "WorkingDir": "/srv",
    "User": "nobody",
}
FULL = build_image([layer({"a": b"x"})], config=_EXECUTION)
FULL_DOCKER = build_image([layer({"a": b"x"})], config=_EXECUTION, docker=True)
BARE = build_image([layer({"a": b"x"})])
DOCKER_LIST = build_index(
    {
        "linux/amd64": DOCKER,
        "linux/arm64": build_image([random_layer(1000, seed=4)], docker=True, platform="linux/arm64"),
    },
    docker=True,
)
ARTIFACT = build_artifact("application/vnd.example.report", b'{"found": 0}')
SHA512 = build_image([layer({"etc/a": b"512"}, algorithm="sha512")], algorithm="sha512")


def assert_whole(store: LayoutStore, content: Content) -> None:
    """Everything of an image lies in a layout, byte for byte."""
    for document in content.documents:
        assert store.open(document.digest).content == document.raw
    for digest, data in content.blobs.items():
        assert store.blobs.path_of(digest).read_bytes() == data
