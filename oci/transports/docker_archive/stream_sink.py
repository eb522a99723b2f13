"""Writing an archive for Docker and podman that goes out as a stream: to a pipe, to a container engine."""

from __future__ import annotations

from ..oci_archive.stream_sink import ArchiveStreamSink
from .sink import DockerArchiveSink


class DockerStreamSink(ArchiveStreamSink, DockerArchiveSink):
    """Such an archive; see `ArchiveStreamSink` for how it is made."""
