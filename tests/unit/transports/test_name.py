"""Image names as people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oci.content import CancelToken
from oci.errors import Cancelled, InvalidDigest, InvalidReference, NotFound, Unsupported
from oci.spec import Digest
from oci.testing.contract import Sample
from oci.transports import table
from oci.transports.directory.sink import DirectorySink
from oci.transports.layout.store import LayoutStore
from oci.transports.name import DAEMON, PATH_TRANSPORTS, REGISTRY, STORE, ImageName
from oci.transports.oci_archive.sink import ArchiveSink
from oci.transports.oci_archive.source import ArchiveSource
from oci.transports.session import Session

if TYPE_CHECKING:
    from pathlib import Path

HEX = "0123456789abcdef" * 4
DIGEST = Digest("sha256", HEX)
APP = "docker.io/library/app:latest"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("docker://quay.io/a/b:v1", ImageName("docker", "quay.io/a/b", "v1", ("v1",))),
        ("localhost:5000/a:v1", ImageName("docker", "localhost:5000/a", "v1", ("v1",))),
        ("alpine", ImageName("docker", "docker.io/library/alpine", "latest", ("latest",))),
        ("alpine:3.19", ImageName("docker", "docker.io/library/alpine", "3.19", ("3.19",))),
        ("docker:cli", ImageName("docker", "docker.io/library/docker", "cli", ("cli",))),
        (f"quay.io/a/b@{DIGEST}", ImageName("docker", "quay.io/a/b", DIGEST)),
        (f"quay.io/a/b:v1@{DIGEST}", ImageName("docker", "quay.io/a/b", DIGEST, ("v1",))),
        ("oci:dir", ImageName("oci", "dir")),
        ("oci:/a/b c/d", ImageName("oci", "/a/b c/d")),
        ("oci:dir:", ImageName("oci", "dir")),
        ("oci:dir:v1", ImageName("oci", "dir", "v1", ("v1",))),
        ("oci:dir:quay.io/a/b:v1", ImageName("oci", "dir", "quay.io/a/b:v1", ("quay.io/a/b:v1",))),
        ("oci:dir@2", ImageName("oci", "dir", "@2")),
        ("oci:dir:@2", ImageName("oci", "dir", "@2")),
        ("oci:dir@02", ImageName("oci", "dir", "@2")),
        ("oci:dir@2:", ImageName("oci", "dir@2")),
        ("oci:dir@2:v1", ImageName("oci", "dir@2", "v1", ("v1",))),
        ("oci:me@home", ImageName("oci", "me@home")),
        (f"oci:dir@{DIGEST}", ImageName("oci", "dir", DIGEST)),
        (f"oci:dir:@{DIGEST}", ImageName("oci", "dir", DIGEST)),
        (f"oci:dir:v1@{DIGEST}", ImageName("oci", "dir", f"v1@{DIGEST}", (f"v1@{DIGEST}",))),
        (r"oci:C:\images\x:v1", ImageName("oci", r"C:\images\x", "v1", ("v1",))),
        ("oci:C:/images/x", ImageName("oci", "C:/images/x")),
        ("oci:C:v1", ImageName("oci", "C", "v1", ("v1",))),
        ("oci-archive:/tmp/a.tar:v1", ImageName("oci-archive", "/tmp/a.tar", "v1", ("v1",))),
        ("oci-archive:-", ImageName("oci-archive", "-")),
        ("dir:/tmp/image", ImageName("dir", "/tmp/image")),
        ("docker-archive:a.tar", ImageName("docker-archive", "a.tar")),
        ("docker-archive:a.tar:alpine", ImageName("docker-archive", "a.tar", "alpine", ("alpine",))),
        ("docker-archive:a.tar:@1", ImageName("docker-archive", "a.tar", "@1")),
        ("docker-archive:-", ImageName("docker-archive", "-")),
        ("docker-daemon:", ImageName("docker-daemon", "")),
        ("docker-daemon:app", ImageName("docker-daemon", "", APP, (APP,))),
        ("docker-daemon:app:latest", ImageName("docker-daemon", "", APP, (APP,))),
        (
            "docker-daemon:quay.io/a/b:v1",
            ImageName("docker-daemon", "", "quay.io/a/b:v1", ("quay.io/a/b:v1",)),
        ),
        (f"docker-daemon:sha256:{HEX}", ImageName("docker-daemon", "", f"sha256:{HEX}")),
        (f"docker-daemon:quay.io/a/b:v1@{DIGEST}", ImageName("docker-daemon", "", f"quay.io/a/b@{DIGEST}")),
        ("dir:app:1.0", ImageName("dir", "app:1.0")),
        ("dir:app@2", ImageName("dir", "app@2")),
        (f"dir:app@{DIGEST}", ImageName("dir", f"app@{DIGEST}")),
    ],
)
def test_a_name_is_understood(text: str, name: ImageName) -> None:
    assert ImageName.parse(text) == name
    assert ImageName.parse(str(name)) == name


@pytest.mark.parametrize(
    "text",
    ["", "oci:", "oci::v1", "oci-archive:", "oci:@1", "oci:a\0b", "dir:", "dir:a\0b", "docker-archive::x", "http://x/y",
     "containers-storage:alpine",
     "docker-daemon:sha256:abc", "docker-daemon:a b",
     "foo:/bar", "UPPER/case", "docker://", "docker://a b", "host:port/x"],
)  # fmt: skip
def test_anything_else_is_refused_with_the_forms_there_are(text: str) -> None:
    with pytest.raises(InvalidReference) as caught:
        ImageName.parse(text)
    assert caught.value.hint


def test_a_bad_digest_is_named() -> None:
    with pytest.raises(InvalidDigest):
        ImageName.parse("docker://quay.io/a/b@sha256:12")


def test_an_unknown_transport_is_told_the_known_ones() -> None:
    with pytest.raises(InvalidReference) as caught:
        ImageName.parse("dirs://x")
    for transport in (REGISTRY, *PATH_TRANSPORTS):
        assert f"{transport}:" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("containers-storage:alpine", "podman save --format oci-archive"),
        (
            "containers-storage:[overlay@/srv/storage]alpine",
            "podman save --format oci-archive",
        ),
        ("sif:image.sif", "apptainer"),
        ("ostree:image@/repo", "ostree"),
        ("tarball:a.tar:b.tar", "podman import"),
        ("atomic:registry/team/app:1", "docker://"),
    ],
)
def test_a_transport_of_other_tools_says_how_to_get_there(text: str, way: str) -> None:
    with pytest.raises(InvalidReference, match="is not supported") as caught:
        ImageName.parse(text)
    assert way in caught.value.hint
    assert "\n" not in caught.value.hint


def test_the_table_knows_every_transport_that_can_be_written() -> None:
    assert set(table.MODULES) == {REGISTRY, DAEMON, STORE, *PATH_TRANSPORTS}


def test_the_table_opens_layouts_and_archives(tmp_path: Path) -> None:
    session = Session()
    for kind, source, sink in (
        ("oci", LayoutStore, LayoutStore),
        ("oci-archive", ArchiveSource, ArchiveSink),
    ):
        image = ImageName.parse(f"{kind}:{tmp_path / kind}:v1")
        with pytest.raises(NotFound):
            table.open_source(image, session)
        opened = table.open_sink(image, session)
        assert isinstance(opened, sink)
        Sample.image("opened").push(opened, *image.names)
        if isinstance(opened, ArchiveSink):
            opened.finish()
        opened.close()
        again = table.open_source(image, session)
        assert isinstance(again, source)
        assert list(again.names()) == ["v1"]
        again.close()


def test_the_table_opens_directories(tmp_path: Path) -> None:
    image = ImageName.parse(f"dir:{tmp_path / 'app:1'}")
    with pytest.raises(NotFound):
        table.open_source(image, Session())
    sink, sample = table.open_sink(image, Session()), Sample.image("opened")
    assert isinstance(sink, DirectorySink)
    sample.push(sink)
    sink.choose(sample.root.descriptor)
    assert table.open_source(image, Session()).open(image.name) == sample.root


def test_a_position_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(Unsupported):
        table.open_sink(ImageName.parse(f"oci:{tmp_path}@1"), Session())
    assert list(tmp_path.iterdir()) == []


def test_a_pause_ends_with_the_work() -> None:
    token = CancelToken()
    session = Session(token=token)
    session.pause(0)
    token.cancel()
    with pytest.raises(Cancelled):
        session.pause(60)
