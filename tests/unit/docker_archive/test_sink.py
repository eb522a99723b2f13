"""Archives that we write: what is in them, what is refused, and what is left where a copy fails."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
import threading
from typing import TYPE_CHECKING

import pytest

from oci.content import CancelToken, Finishes, ListsNames, ListsReferrers
from oci.errors import AlreadyExists, Cancelled, InvalidReference, NotFound, OciError, StorageError
from oci.settings import Settings
from oci.spec import Platform, media_type
from oci.testing.contract import Sample
from oci.testing.contract.sample import document
from oci.transports.docker_archive.sink import DockerArchiveSink
from oci.transports.docker_archive.source import DockerArchiveSource
from oci.transports.docker_archive.stream_sink import DockerStreamSink
from oci.transports.docker_archive.transport import open_sink
from oci.transports.name import ImageName
from oci.transports.oci_archive.source import ArchiveSource
from oci.transports.session import Session
from tests.unit.docker_archive.archive import LOWER, UPPER, blob_path, image, manifest_json, member, save

if TYPE_CHECKING:
    from pathlib import Path

    from oci.transports.oci_archive.sink import ArchiveSink

ONE, TWO = image("one", LOWER, UPPER), image("two", LOWER)


def indexed(*images: Sample) -> Sample:
    """An index with a platform for each of the images."""
    platforms = ("linux/amd64", "linux/arm64", "linux/s390x")
    root = document({
        "schemaVersion": 2, "mediaType": media_type.OCI_INDEX,
        "manifests": [
            {**one.root.descriptor.to_json(), "platform": Platform.parse(platform).to_json()}
            for one, platform in zip(images, platforms, strict=False)
        ],
    })  # fmt: skip
    blobs = dict.fromkeys(blob for one in images for blob in one.blobs)
    return Sample(root, tuple(one.root for one in images), tuple(blobs))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "images.tar"


def write(sink: ArchiveSink, *named: tuple[Sample, tuple[str, ...]]) -> None:
    try:
        for sample, names in named:
            sample.push(sink, *names)
        sink.finish()
    finally:
        sink.close()


def read(path: Path, name: str) -> object:
    with tarfile.open(path) as archive:
        found = archive.extractfile(name)
        assert found is not None
        return json.loads(found.read())


def items(path: Path) -> list[tuple[object, object]]:
    """The configs and tags in ``manifest.json``."""
    found = read(path, "manifest.json")
    assert isinstance(found, list)
    return [(item["Config"], item["RepoTags"]) for item in found]


def test_it_is_what_the_seam_asks_for(path: Path) -> None:
    sink = DockerArchiveSink.create(path)
    assert isinstance(sink, Finishes)
    assert isinstance(sink, ListsNames)
    assert isinstance(sink, ListsReferrers)
    sink.close()
    assert not path.exists()


def test_the_files_are_those_that_loaders_look_for(path: Path) -> None:
    write(
        DockerArchiveSink.create(path),
        (ONE, ("alpine", "quay.io/me/app:1")),
        (TWO, ("alpine:two",)),
    )
    assert read(path, "manifest.json") == [
        {
            "Config": blob_path(one.blobs[0]),
            "RepoTags": tags,
            "Layers": [blob_path(layer) for layer in one.blobs[1:]],
        }
        for one, tags in (
            (ONE, ["docker.io/library/alpine:latest", "quay.io/me/app:1"]),
            (TWO, ["docker.io/library/alpine:two"]),
        )
    ]
    first, second = (one.blobs[0].descriptor.digest.encoded for one in (ONE, TWO))
    assert read(path, "repositories") == {
        "docker.io/library/alpine": {"latest": first, "two": second},
        "quay.io/me/app": {"1": first},
    }
    index = read(path, "index.json")
    assert isinstance(index, dict)
    assert [entry["annotations"] for entry in index["manifests"]] == [
        {"org.opencontainers.image.ref.name": name, "io.containerd.image.name": name}
        for name in ("docker.io/library/alpine:latest", "quay.io/me/app:1", "docker.io/library/alpine:two")
    ]


def test_what_was_written_is_read_back_by_both_readers(path: Path) -> None:
    write(DockerArchiveSink.create(path), (ONE, ("app:1",)), (TWO, ("app:2",)))
    docker, oci = DockerArchiveSource.at(path), ArchiveSource.at(path)
    assert docker.open("app:1") == oci.open("docker.io/library/app:1") == ONE.root
    for source in (docker, oci):
        ONE.assert_held_by(source)
        TWO.assert_held_by(source)
        source.close()


def test_an_image_without_a_name_has_none(path: Path) -> None:
    write(DockerArchiveSink.create(path), (ONE, ()))
    assert items(path) == [(blob_path(ONE.blobs[0]), None)]
    assert read(path, "repositories") == {}


@pytest.mark.parametrize(
    ("wish", "chosen"), [(None, ONE), ("linux/arm64", TWO), ("linux/s390x", ONE), ("linux/amd64", ONE)]
)
def test_of_an_index_one_image_is_listed_and_all_are_kept(
    path: Path, wish: str | None, chosen: Sample
) -> None:
    both = indexed(ONE, TWO)
    settings = Settings(platform=Platform.parse(wish) if wish else None)
    write(DockerArchiveSink.create(path, Session(settings=settings)), (both, ("app:1",)))
    assert items(path) == [(blob_path(chosen.blobs[0]), ["docker.io/library/app:1"])]
    source = DockerArchiveSource.at(path)
    assert source.open(None) == source.open("app:1") == both.root
    both.assert_held_by(source)
    source.close()


def test_what_cannot_be_loaded_is_kept_with_a_warning(path: Path) -> None:
    warnings: list[str] = []
    artifact = Sample.attached_to(ONE, "sbom", "application/vnd.example.sbom")
    session = Session(warn=warnings.append)
    write(DockerArchiveSink.create(path, session), (ONE, ("app:1",)), (artifact, ("app:sbom",)))
    assert len(warnings) == 1
    assert "app:sbom" in warnings[0]
    source = DockerArchiveSource.at(path)
    assert list(source.names()) == ["docker.io/library/app:1", "docker.io/library/app:sbom"]
    assert source.open("app:sbom") == artifact.root
    artifact.assert_held_by(source)
    source.close()


def test_a_file_that_holds_something_is_refused(path: Path) -> None:
    write(DockerArchiveSink.create(path), (ONE, ("app:1",)))
    before = path.read_bytes()
    with pytest.raises(AlreadyExists, match="exists") as caught:
        DockerArchiveSink.create(path)
    assert caught.value.hint
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == ["images.tar"]  # noqa: PTH208 - names are wanted
    path.write_bytes(b"")
    write(DockerArchiveSink.create(path), (TWO, ("app:2",)))


def test_only_an_archive_of_ours_is_added_to(path: Path) -> None:
    write(DockerArchiveSink.extend(path), (ONE, ("app:1",)))
    write(DockerArchiveSink.extend(path), (TWO, ("app:2",)))
    source = DockerArchiveSource.at(path)
    assert list(source.names()) == ["docker.io/library/app:1", "docker.io/library/app:2"]
    source.close()
    for raw in (
        b"not a tar file",
        save(path, member("c", b"{}"), manifest_json(("c", [], None))).read_bytes(),
    ):
        path.write_bytes(raw)
        with pytest.raises(AlreadyExists):
            DockerArchiveSink.extend(path)
        assert path.read_bytes() == raw


@pytest.mark.parametrize("name", ["UPPER", "a b", "app@sha256:" + "0" * 64, "../x", ""])
def test_names_that_are_no_tags_are_refused(path: Path, name: str) -> None:
    sink = DockerArchiveSink.create(path)
    with pytest.raises(OciError):
        ONE.push(sink, name)
    with pytest.raises(NotFound):
        sink.open("UPPER")
    sink.close()


def test_a_bad_name_is_refused_before_anything_is_copied(path: Path) -> None:
    with pytest.raises(InvalidReference):
        open_sink(ImageName.parse(f"docker-archive:{path}:UPPER"), Session())
    assert not path.exists()


def test_a_stream_gets_everything_when_it_is_finished(path: Path, tmp_path: Path) -> None:
    write(DockerArchiveSink.create(path), (ONE, ("app:1",)))
    taken = io.BytesIO()
    sink = DockerStreamSink.to_stream(taken.write, tmp_path / "engine", Session(scratch=tmp_path))
    ONE.push(sink, "app:1")
    assert taken.getvalue() == b""
    sink.finish()
    sink.close()
    assert taken.getvalue() == path.read_bytes()
    assert os.listdir(tmp_path) == ["images.tar"]  # noqa: PTH208 - names are wanted


def test_a_stream_gets_nothing_of_a_copy_that_failed(tmp_path: Path) -> None:
    taken = io.BytesIO()
    sink = DockerStreamSink.to_stream(taken.write, tmp_path / "engine", Session(scratch=tmp_path))
    ONE.push(sink, "app:1")
    sink.close()
    assert taken.getvalue() == b""
    assert list(tmp_path.iterdir()) == []


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    sink = open_sink(ImageName.parse(f"docker-archive:{pipe}:app:1"), Session())
    write(sink, (ONE, ("app:1",)))
    reader.join()
    source = DockerArchiveSource.of_stream(io.BytesIO(found[0]).read, tmp_path / "read")
    assert source.open("app:1") == ONE.root
    source.close()


def test_a_reader_that_goes_away_is_an_error(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    # Opened for both, so that nobody waits; closed before anything is written.
    handle = os.open(pipe, os.O_RDWR)
    sink = DockerStreamSink.to_pipe(pipe)
    large = image("large", os.urandom(200_000))
    large.push(sink, "app:1")

    def leave_early() -> None:
        os.read(handle, 1)
        os.close(handle)

    reader = threading.Thread(target=leave_early)
    reader.start()
    with pytest.raises(StorageError):
        sink.finish()
    reader.join()
    sink.close()


def test_cancelling_leaves_no_archive(path: Path) -> None:
    token = CancelToken()
    sink = DockerArchiveSink.create(path, Session(token=token))
    ONE.push(sink, "app:1")
    token.cancel()
    with pytest.raises(Cancelled):
        sink.finish()
    sink.close()
    assert not path.exists()


def test_compressed_archives_of_ours_are_read(path: Path) -> None:
    write(DockerArchiveSink.create(path), (ONE, ("app:1",)))
    path.write_bytes(gzip.compress(path.read_bytes()))
    source = DockerArchiveSource.at(path)
    assert source.open("app:1") == ONE.root
    ONE.assert_held_by(source)
    source.close()
