"""Archives that become images, and images that become archives."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
from typing import TYPE_CHECKING

import pytest
import zstandard

import oci
from oci.errors import Cancelled, CopyError, InvalidDocument, NotFound, StorageError
from oci.frozen import replace
from oci.serving import Response
from oci.settings import Settings
from oci.spec import Platform
from oci.store.check import check_store
from oci.store.image import list_images
from oci.testing import ScriptedServer
from tests.integration.layers.image import write_layout
from tests.integration.layers.material import apply, file, folder, hard_link, listing, member, symlink, tar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from oci import Context
    from oci.serving import Request
    from oci.store import ImageStore

NAME = "localhost/app:1"
TREE = tar(
    folder("./", mode=0o750),
    folder("etc", mode=0o700),
    file("etc/passwd", b"root\n"),
    hard_link("etc/other", "etc/passwd"),
    symlink("link", "etc/passwd"),
    member("dev", tarfile.FIFOTYPE),
)


def exported(name: str, context: Context) -> bytes:
    taken = io.BytesIO()
    assert oci.export_tarball(name, taken.write, context=context) == ()
    return taken.getvalue()


@pytest.mark.parametrize(
    "compress",
    [bytes, gzip.compress, zstandard.compress, lzma.compress, bz2.compress],
    ids=lambda f: f.__module__,
)
def test_an_archive_becomes_an_image_and_the_image_an_archive(
    tmp_path: Path, context: Context, store: ImageStore, compress: Callable[[bytes], bytes]
) -> None:
    archive = tmp_path / "tree.tar"
    archive.write_bytes(compress(TREE))
    imported = oci.import_tarball(
        archive,
        NAME,
        changes=oci.ConfigChanges(command=("/bin/app",)),
        message="from a test",
        platform=Platform("linux", "arm64"),
        context=context,
    )
    assert imported.image.tags == (NAME,)
    assert imported.image.is_unpacked
    config = imported.image.config
    assert config is not None
    assert config.platform == Platform("linux", "arm64")
    assert config.members["config"] == {"Cmd": ["/bin/app"]}
    (step,) = config.history
    assert (step["created_by"], step["comment"]) == ("ocitool import tree.tar", "from a test")
    assert check_store(store) == []
    apply(tmp_path / "before", TREE)
    apply(tmp_path / "after", exported(NAME, context))
    assert listing(tmp_path / "before") == listing(tmp_path / "after")


def test_all_layers_are_merged_as_unpacking_does(tmp_path: Path, context: Context) -> None:
    layers = [
        tar(
            *(folder(name) for name in ("./", "a", "a/deep", "b", "b/deep", "c", "opaque", "opaque/sub")),
            *(file(f"{name}/old") for name in ("a", "a/deep", "b", "b/deep", "c", "opaque", "opaque/sub")),
            file("hidden"),
            file("twice", b"first"),
            file("one"),
            hard_link("two", "one"),
        ),
        tar(
            *(file(name) for name in (".wh.hidden", "a/.wh.deep", "opaque/.wh..wh..opq", "opaque/new")),
            file("twice", b"second"),
            file("b", b"a file now"),
            file(".wh.two"),
            folder("c", mode=0o711),
            file("c/new"),
        ),
        tar(
            folder("a/deep"),
            file("a/deep/back"),
            folder("hidden"),
            file("hidden/x"),
            folder("opaque", mode=0o700),
        ),
    ]
    layout = tmp_path / "layout"
    write_layout(layout, layers)
    name = str(oci.pull(f"oci:{layout}:v1", context=context).image.image_id)
    oci.unpack(f"oci:{layout}:v1", tmp_path / "expected", context=context)
    archive = exported(name, context)
    apply(tmp_path / "found", archive)
    assert listing(tmp_path / "expected") == listing(tmp_path / "found")
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        names = opened.getnames()
    assert not [name for name in names if ".wh." in name]
    assert "hidden/x" in names


def test_equal_images_become_equal_archives(tmp_path: Path, context: Context) -> None:
    layout = tmp_path / "layout"
    write_layout(layout, [tar(file("a/b/c")), tar(file("a/b/d"), file("e/f"))])
    found = []
    for number in "12":
        settings = replace(context.settings or Settings(), store_directory=tmp_path / number)
        own = replace(context, settings=settings)
        found.append(exported(str(oci.pull(f"oci:{layout}:v1", context=own).image.image_id), own))
    assert found[0] == found[1]


def test_a_url_is_fetched(context: Context) -> None:
    async def serve(request: Request) -> Response:
        return Response(200, body=TREE) if request.path == "/tree.tar" else Response(404)

    with ScriptedServer(serve) as server:
        imported = oci.import_tarball(f"{server.url}/tree.tar", context=context)
        assert imported.image.tags == ()
        with pytest.raises(NotFound):
            oci.import_tarball(f"{server.url}/none.tar", context=context)


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"\x01" * 2000, CopyError), (gzip.compress(TREE)[:-20], InvalidDocument), (TREE[:-9000], CopyError)],
    ids=["no archive", "damaged", "cut off"],
)
def test_what_is_no_archive_leaves_nothing(
    tmp_path: Path, context: Context, store: ImageStore, content: bytes, error: type[Exception]
) -> None:
    (tmp_path / "tree.tar").write_bytes(content)
    with pytest.raises(error):
        oci.import_tarball(tmp_path / "tree.tar", NAME, context=context)
    assert list_images(store) == []
    with pytest.raises(StorageError):
        oci.import_tarball(tmp_path / "none.tar", context=context)


def test_what_is_not_there_or_not_unpacked_is_not_exported(tmp_path: Path, context: Context) -> None:
    with pytest.raises(NotFound):
        exported(NAME, context)
    write_layout(tmp_path / "layout", [TREE])
    oci.copy(f"oci:{tmp_path}/layout:v1", f"store:{NAME}", context=context)
    with pytest.raises(NotFound, match="not unpacked"):
        exported(NAME, context)


def test_an_export_can_be_stopped(tmp_path: Path, context: Context) -> None:
    (tmp_path / "tree.tar").write_bytes(TREE)
    oci.import_tarball(tmp_path / "tree.tar", NAME, context=context)
    stopped = replace(context, token=oci.CancelToken())
    with pytest.raises(Cancelled):
        oci.export_tarball(NAME, lambda _: stopped.token.cancel(), context=stopped)
