"""Archives of every kind in the wild are read; what contradicts itself is refused, with file and member."""

from __future__ import annotations

import gzip
import io
import json
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import zstandard

from oci.content import CancelToken, Limits, Listed
from oci.errors import (
    Cancelled,
    DigestMismatch,
    InvalidDocument,
    LimitExceeded,
    NotFound,
    SizeMismatch,
    Unsupported,
)
from oci.spec import Digest, media_type, parse_document
from oci.tar import Kind
from oci.testing.contract import Sample
from oci.testing.contract.sample import fetched
from oci.transports.docker_archive import item as item_room
from oci.transports.docker_archive.layer import Layer
from oci.transports.docker_archive.source import DockerArchiveSource
from oci.transports.layout.blob_stream import PositionalFile
from oci.transports.oci_archive.member import Member, scan
from oci.transports.session import Session
from tests.unit.docker_archive.archive import (
    LOWER,
    UPPER,
    blob_path,
    config,
    descriptor,
    image,
    item_of,
    layout_members,
    link,
    made_manifest,
    manifest_json,
    member,
    save,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = config(LOWER, UPPER)
ID = Digest.of(CONFIG).encoded
CLASSIC = (
    member("a/VERSION", b"1.0"),
    member("a/layer.tar", LOWER),
    member("b/VERSION", b"1.0"),
    member("b/json", b"{}"),
    member("b/layer.tar", UPPER),
    member(f"{ID}.json", CONFIG),
    manifest_json((f"{ID}.json", ["a/layer.tar", "b/layer.tar"], ["alpine:3", "quay.io/me/app:1"])),
    member("repositories", b'{"alpine":{"3":"b"}}'),
)
IMAGE = image("own", LOWER, UPPER)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "images.tar"


@contextmanager
def opened(path: Path, session: Session | None = None) -> Iterator[DockerArchiveSource]:
    source = DockerArchiveSource.at(path, session)
    try:
        yield source
    finally:
        source.close()


@contextmanager
def opened_file(path: Path) -> Iterator[tuple[PositionalFile, Member]]:
    file = PositionalFile(os.open(path, os.O_RDONLY), path)
    try:
        yield file, find(file, path)
    finally:
        file.close()


def find(file: PositionalFile, path: Path) -> Member:
    ((_, _, found),) = scan(file, file.size, where=str(path))
    return found


def assert_made(source: DockerArchiveSource, name: str | None = None) -> None:
    """The image with the two layers is there, expanded, under a manifest that was made."""
    found = source.open(name)
    assert found.content == made_manifest(CONFIG, LOWER, UPPER)
    assert found.descriptor.media_type == media_type.DOCKER_MANIFEST
    assert source.open(found.descriptor.digest) == found
    assert source.document(found.descriptor) == found.content
    for child, content in zip(parse_document(found.content).children, (CONFIG, LOWER, UPPER), strict=True):
        assert source.exists(child)
        assert fetched(source, child) == content


def test_a_classic_archive_is_read(path: Path) -> None:
    with opened(save(path, *CLASSIC)) as source:
        assert list(source.names()) == ["docker.io/library/alpine:3", "quay.io/me/app:1"]
        for name in (None, "@0", "alpine:3", "docker.io/library/alpine:3", "quay.io/me/app:1"):
            assert_made(source, name)
        for name in ("alpine", "alpine:4", "quay.io/me/app", "UPPER", "sha256-00.sig"):
            with pytest.raises(NotFound):
                source.open(name)
        assert source.referrers(Digest.of(b"")) == Listed((), via="scan")


def test_the_order_of_members_does_not_matter(path: Path) -> None:
    with opened(save(path, *reversed(CLASSIC))) as source:
        assert_made(source)


@pytest.mark.parametrize(
    ("name", "pack"), [("gzip", gzip.compress), ("zstd", zstandard.ZstdCompressor().compress)]
)
def test_a_compressed_archive_is_expanded_first(path: Path, name: str, pack: object) -> None:
    assert callable(pack)
    save(path, *CLASSIC)
    path.write_bytes(pack(path.read_bytes()))
    warnings: list[str] = []
    with opened(path, Session(warn=warnings.append)) as source:
        assert_made(source)
    assert len(warnings) == 1


def test_a_stream_and_a_pipe_are_read(path: Path) -> None:
    raw = save(path, *CLASSIC).read_bytes()
    for content in (raw, gzip.compress(raw)):
        source = DockerArchiveSource.of_stream(io.BytesIO(content).read, path)
        assert_made(source)
        source.close()
    pipe = path.with_name("pipe")
    os.mkfifo(pipe)
    feeder = threading.Thread(target=pipe.write_bytes, args=(raw,))
    feeder.start()
    with opened(pipe) as source:
        assert_made(source)
    feeder.join()


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_compressed_layers_come_expanded(path: Path, pack: object) -> None:
    assert callable(pack)
    members = (
        member(f"{ID}.json", CONFIG),
        member("lower.tar.gz", pack(LOWER)),
        member("upper.tar", UPPER),
        manifest_json((f"{ID}.json", ["lower.tar.gz", "./upper.tar"], None)),
    )
    with opened(save(path, *members)) as source:
        assert list(source.names()) == ["@0"]
        assert_made(source)
        lower = descriptor(LOWER, media_type.DOCKER_LAYER_GZIP)
        with pytest.raises(Unsupported):
            source.stream(lower, 1)
        assert source.stream(descriptor(UPPER, "x/y"), 2, 3).readinto(memoryview(bytearray(9))) == 3
        with pytest.raises(SizeMismatch):
            source.stream(descriptor(b"", "x/y").__class__("x/y", lower.digest, lower.size + 1))


@pytest.mark.parametrize(
    "second",
    [
        link("b/layer.tar", "../a/layer.tar"),
        link("b/layer.tar", "c") + link("b/c", "../a/./layer.tar"),
        link("b/layer.tar", "a/layer.tar", Kind.HARD_LINK),
        link("b/layer.tar", "../../etc/passwd") + b"",
    ],
)
def test_links_between_layers_are_followed_within_the_archive(path: Path, second: bytes) -> None:
    twice = config(LOWER, LOWER)
    members = (
        member("a/layer.tar", LOWER),
        second,
        member("c.json", twice),
        manifest_json(("c.json", ["b/layer.tar", "a/layer.tar"], None)),
    )
    with opened(save(path, *members)) as source:
        if b"passwd" in second:
            with pytest.raises(InvalidDocument, match="leads out of it"):
                source.open(None)
        else:
            assert source.open(None).content == made_manifest(twice, LOWER, LOWER)
            assert fetched(source, descriptor(LOWER, "x/y")) == LOWER


def test_several_images_are_told_apart(path: Path) -> None:
    one, two = config(LOWER, label="one"), config(UPPER, label="two")
    members = (
        member("l", LOWER), member("u", UPPER), member("one", one), member("two", two),
        manifest_json(("one", ["l"], ["app:1"]), ("two", ["u"], ["app:2", "bad name", "app:1"])),
    )  # fmt: skip
    with opened(save(path, *members)) as source:
        assert list(source.names()) == ["docker.io/library/app:1", "docker.io/library/app:2"]
        assert source.open("@1").content == source.open("app:2").content == made_manifest(two, UPPER)
        # Of two images with one name the first is meant, as containers/image has it.
        assert source.open("app:1") == source.open("@0")
        with pytest.raises(NotFound, match="holds 2 images") as caught:
            source.open(None)
        assert "app:2" in caught.value.hint
        with pytest.raises(NotFound, match="no image @2"):
            source.open("@2")
        assert fetched(source, descriptor(UPPER, "x/y")) == UPPER
        assert not source.exists(descriptor(b"absent", "x/y"))
        with pytest.raises(NotFound):
            source.stream(descriptor(b"absent", "x/y"))
        with pytest.raises(NotFound):
            source.open(Digest.of(b"absent"))


def test_the_images_own_manifest_is_given_where_it_is(path: Path) -> None:
    members = (layout_members(IMAGE), manifest_json(item_of(IMAGE, "app:1")))
    with opened(save(path, *members)) as source:
        for name in (None, "app:1", "@0", IMAGE.root.descriptor.digest):
            assert source.open(name) == IMAGE.root
        IMAGE.assert_held_by(source)
        assert list(source.names()) == ["docker.io/library/app:1"]


def test_an_index_that_is_whole_stands_for_its_image(path: Path) -> None:
    other = image("other", b"another layer")
    whole = Sample.index(IMAGE, other)
    members = (layout_members(whole), manifest_json(item_of(IMAGE, "app:1")))
    with opened(save(path, *members)) as source:
        assert source.open(None) == source.open("app:1") == whole.root
        assert source.open("@0") == IMAGE.root
        whole.assert_held_by(source)
    # Docker saves the index with one of its images only: then that image is meant.
    sparse = Sample(whole.root, documents=(IMAGE.root,), blobs=IMAGE.blobs)
    with opened(save(path, layout_members(sparse), manifest_json(item_of(IMAGE, "app:1")))) as source:
        assert source.open(None) == source.open("app:1") == IMAGE.root


def test_a_name_of_the_layout_must_fit_the_image(path: Path) -> None:
    other = image("other", b"another layer")
    both = Sample.index(IMAGE, other)
    named = {"annotations": {"io.containerd.image.name": "docker.io/library/app:1"}}
    entries = [{**other.root.descriptor.to_json(), **named}, IMAGE.root.descriptor.to_json()]
    members = (layout_members(both, entries=entries), manifest_json(item_of(IMAGE, "app:1")))
    with opened(save(path, *members)) as source:
        assert source.open("app:1") == IMAGE.root


@pytest.mark.parametrize(
    "layout",
    [
        member("oci-layout", b"{") + member("index.json", b'{"schemaVersion": 2, "manifests": []}'),
        member("oci-layout", b'{"imageLayoutVersion": "2.0"}') + member("index.json", b"{}"),
        member("oci-layout", b'{"imageLayoutVersion": "1.0.0"}') + member("index.json", b"[]"),
        member("oci-layout", b'{"imageLayoutVersion": "1.0.0"}')
        + member("index.json", b'{"schemaVersion": 2, "manifests": [{"digest": "x"}]}'),
        member("oci-layout", b'{"imageLayoutVersion": "1.0.0"}')
        + member(
            "index.json",
            json.dumps({"schemaVersion": 2, "manifests": [IMAGE.root.descriptor.to_json()]}).encode(),
        )
        + member(blob_path(IMAGE.root), b"?" * IMAGE.root.descriptor.size),
    ],
)
def test_a_broken_layout_is_not_used(path: Path, layout: bytes) -> None:
    with opened(save(path, layout, *CLASSIC)) as source:
        assert_made(source)


def test_a_manifest_with_other_layers_is_not_taken(path: Path) -> None:
    _, lower, upper = IMAGE.blobs
    exchanged = (blob_path(IMAGE.blobs[0]), [blob_path(upper), blob_path(lower)], None)
    with (
        opened(save(path, layout_members(IMAGE), manifest_json(exchanged))) as source,
        pytest.raises(DigestMismatch) as caught,
    ):
        source.open(None)
    assert blob_path(upper) in caught.value.where


def replaced(number: int, *members: bytes) -> tuple[bytes, ...]:
    return (*CLASSIC[:number], *members, *CLASSIC[number + 1 :])


CONFIG_AT, MANIFEST_AT = 5, 6


@pytest.mark.parametrize(
    ("members", "text"),
    [
        (replaced(1), "names 'a/layer.tar', which is not in it"),
        (replaced(CONFIG_AT), "which is not in it"),
        (replaced(CONFIG_AT, member(f"{ID}.json", b"{")), "not acceptable JSON"),
        (replaced(CONFIG_AT, member(f"{ID}.json", config(LOWER))), "has 1 layers, and manifest.json 2"),
        (replaced(CONFIG_AT, member(f"{ID}.json", b'{"rootfs":{"diff_ids":["../x","sha256:1"]}}')), "digest"),
        (CLASSIC[:MANIFEST_AT], "has no manifest.json"),
        (replaced(MANIFEST_AT, member("manifest.json", b"{}")), "array"),
        (replaced(MANIFEST_AT, member("manifest.json", b"[1]")), "@0: must be an object"),
        (replaced(MANIFEST_AT, member("manifest.json", b"[{}]")), "has no Config"),
        (replaced(MANIFEST_AT, member("manifest.json", b'[{"config":"x"}]')), "taken for another"),
        (replaced(MANIFEST_AT, member("manifest.json", b'[{"Config":"x","Config":"y"}]')), "Config"),
        (replaced(MANIFEST_AT, member("manifest.json", b'[{"Config":"x","Layers":[1]}]')), "Layers"),
        (replaced(MANIFEST_AT, manifest_json(("../x.json", [], None))), "'../x.json' leads out of it"),
        (replaced(MANIFEST_AT, manifest_json(("/etc/passwd", [], None))), "leads out of it"),
        (replaced(MANIFEST_AT, manifest_json((f"{ID}.json", ["a", "b"], None))), "not in it"),
        (
            replaced(MANIFEST_AT, manifest_json((f"{ID}.json", ["a/layer.tar", "a/../a/layer.tar"], None))),
            "two different layers",
        ),
        (replaced(1, link("a/layer.tar", "layer.tar")), "further ones"),
        (replaced(1, link("a/layer.tar", "/etc/passwd")), "leads out of it"),
        (replaced(1, link("a/layer.tar", "../../etc/passwd", Kind.HARD_LINK)), "leads out of it"),
        (replaced(1, member("a/layer.tar", kind=Kind.FIFO)), "not a plain file"),
        (replaced(1, member("a/layer.tar", LOWER, Kind.SPARSE)), "sparse file"),
        (replaced(1, member("a/layer.tar", LOWER), member("a/layer.tar", UPPER)), "more than once"),
        (replaced(1, member("a/layer.tar", LOWER), link("a/layer.tar", "../b/layer.tar")), "more than once"),
        (replaced(0, member("../outside", b"x")), "leads elsewhere"),
        (replaced(0, member("/absolute", b"x")), "leads elsewhere"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused_with_file_and_member(
    path: Path, members: tuple[bytes, ...], text: str
) -> None:
    save(path, *members)
    with pytest.raises(InvalidDocument, match=text) as caught, opened(path) as source:
        source.open(None)
    assert isinstance(caught.value, InvalidDocument | ValueError)


def test_members_that_appear_twice_with_the_same_content_are_one(path: Path) -> None:
    with opened(save(path, *CLASSIC, CLASSIC[1], CLASSIC[CONFIG_AT])) as source:
        assert_made(source)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_wrong_diff_id_is_found_out(path: Path, pack: type[bytes]) -> None:
    changed = LOWER.replace(b"lower", b"LOWER")
    save(path, *replaced(1, member("a/layer.tar", pack(changed))))
    with opened(path) as source, pytest.raises(DigestMismatch, match=r"images\.tar") as caught:
        root = source.open(None)
        for child in parse_document(root.content).children:
            fetched(source, child)
    assert caught.value.expected == str(Digest.of(LOWER))


def test_a_damaged_layer_is_found_out(path: Path) -> None:
    save(path, *replaced(1, member("a/layer.tar", gzip.compress(LOWER)[:-9])))
    with opened(path) as source, pytest.raises(InvalidDocument, match=r"a/layer\.tar.*ends in the middle"):
        source.open(None)


def test_a_truncated_archive_is_refused_wherever_it_ends(path: Path) -> None:
    raw = save(path, *CLASSIC).read_bytes()
    for end in range(0, len(raw) - 1024, 500):
        path.write_bytes(raw[:end])
        with pytest.raises((InvalidDocument, NotFound)):
            DockerArchiveSource.at(path)


def test_an_old_archive_says_what_to_do(path: Path) -> None:
    members = (member("a/json", b"{}"), member("a/layer.tar", LOWER), member("repositories", b"{}"))
    with pytest.raises(Unsupported, match=r"before version 1\.10") as caught:
        DockerArchiveSource.at(save(path, *members))
    assert caught.value.hint


def test_an_archive_of_a_layout_says_how_to_read_it(path: Path) -> None:
    with pytest.raises(InvalidDocument, match="oci-archive:"):
        DockerArchiveSource.at(save(path, layout_members(IMAGE)))


def test_an_empty_archive_has_no_image(path: Path) -> None:
    with opened(save(path, manifest_json())) as source, pytest.raises(NotFound, match="is empty"):
        source.open(None)


def test_bounds_hold_at_the_limit_and_one_past_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(path, *CLASSIC)
    with opened(path, Session(limits=Limits(config_bytes=len(CONFIG)))) as source:
        assert_made(source)
    with (
        opened(path, Session(limits=Limits(config_bytes=len(CONFIG) - 1))) as source,
        pytest.raises(LimitExceeded),
    ):
        source.open(None)
    huge = member("manifest.json", b" " * (item_room.MAX_MANIFEST_BYTES + 1))
    with pytest.raises(LimitExceeded):
        DockerArchiveSource.at(save(path, huge))


def test_a_bomb_of_a_layer_ends_at_the_limit(path: Path) -> None:
    content = bytes(3_000_000)
    save(path, member("bomb", gzip.compress(content)))
    with opened_file(path) as (file, found):
        for limit, fits in ((3_000_000, True), (2_999_999, False)):
            layer = Layer(
                file, found, Digest.of(content), where="x", checkpoint=lambda: None, max_bytes=limit
            )
            if fits:
                assert layer.size == 3_000_000
            else:
                with pytest.raises(LimitExceeded):
                    _ = layer.size


def test_expanding_stops_when_nobody_wants_it(path: Path) -> None:
    token = CancelToken()
    save(path, *replaced(1, member("a/layer.tar", gzip.compress(LOWER))))
    with opened(path, Session(token=token)) as source:
        token.cancel()
        with pytest.raises(Cancelled):
            source.open(None)
