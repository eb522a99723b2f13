"""What an archive keeps when it is written: all that its images need."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from oci.testing.contract import Sample
from oci.transports.oci_archive.sink import ArchiveSink
from oci.transports.oci_archive.source import ArchiveSource

if TYPE_CHECKING:
    from pathlib import Path


def test_a_digest_that_is_layer_and_manifest_keeps_what_is_beneath_it(tmp_path: Path) -> None:
    """An artifact that carries another image's manifest as a layer must not hide that image."""
    image = Sample.image("inside")
    index = Sample.index(image, Sample.image("carrier", layers=[image.root]))
    with closing(ArchiveSink.create(tmp_path / "archive.tar")) as sink:
        index.push(sink, "v1")
        sink.finish()
    with closing(ArchiveSource.at(tmp_path / "archive.tar")) as source:
        index.assert_held_by(source)
