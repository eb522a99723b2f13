"""What every backend must do with blobs."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ...content import Reopens
from ...errors import (
    ContentError,
    DigestMismatch,
    LimitExceeded,
    Locked,
    NotFound,
    OciError,
    SizeMismatch,
    TransportError,
)
from ...spec import Descriptor
from .backend import opened, refuses, settled
from .sample import Sample, blob, fetched, store

if TYPE_CHECKING:
    from ...content import Opened, Sink, Writer
    from .backend import Backend

LARGE_BYTES = 3 * 1024 * 1024 + 17
"""Larger than any buffer, and no multiple of anything."""

PATIENCE_S = 60
TRIES = 10


def large(algorithm: str = "sha256") -> Opened:
    """Make a blob that no buffer holds."""
    return blob((b"0123456789abcdef~" * (LARGE_BYTES // 17 + 1))[:LARGE_BYTES], algorithm=algorithm)


def wrong(one: Opened) -> Descriptor:
    """Make a descriptor of the right size and another digest."""
    return Descriptor.of(bytes(len(one.content)), one.descriptor.media_type)


class ContentContract:
    """Blobs: stored whole or not at all, and given back bit for bit."""

    def test_blobs_of_any_size_come_back_identical(self, backend: Backend) -> None:
        self._come_back(backend, "sha256")

    def test_blobs_with_a_longer_digest_come_back_identical(self, backend: Backend) -> None:
        self._come_back(backend, "sha512")

    @staticmethod
    def _come_back(backend: Backend, algorithm: str) -> None:
        ones = (blob(b"", algorithm=algorithm), blob(b"\0", algorithm=algorithm), large(algorithm))
        keep = Sample.image(f"all sizes in {algorithm}", layers=ones, algorithm=algorithm)
        with settled(backend) as sink:
            keep.push(sink, "v1")
            for one in ones:
                assert sink.exists(one.descriptor)
                assert fetched(sink, one.descriptor) == one.content
        with opened(backend) as again:
            keep.assert_held_by(again)

    def test_a_stretch_of_a_blob_is_the_stretch_asked_for(self, backend: Backend) -> None:
        one = large()
        with settled(backend) as sink:
            store(sink, one)
            for offset, length in ((0, None), (1, 1000), (LARGE_BYTES - 5, None), (1_048_570, 1_048_600)):
                end = None if length is None else offset + length
                assert drained(sink, one.descriptor, offset, length) == one.content[offset:end]

    def test_a_blob_may_be_stored_twice(self, backend: Backend) -> None:
        one = blob("twice")
        with settled(backend) as sink:
            store(sink, one)
            store(sink, one)
            assert fetched(sink, one.descriptor) == one.content

    def test_two_writers_of_one_blob_end_with_one_blob(self, backend: Backend) -> None:
        one = large()
        with settled(backend) as sink:
            first = sink.ingest(one.descriptor)
            first.write(one.content[first.offset : 1000])
            failures: list[Exception] = []
            other = threading.Thread(target=_store_elsewhere, args=(sink, one, failures))
            other.start()
            first.write(one.content[1000:])
            first.commit()
            other.join(PATIENCE_S)
            assert not other.is_alive()
            # The second one may be kept out, but it must say so.
            assert all(isinstance(failure, Locked) for failure in failures)
            assert fetched(sink, one.descriptor) == one.content

    def test_uncommitted_content_is_invisible(self, backend: Backend) -> None:
        one = blob("not yet")
        with opened(backend) as sink:
            writer = sink.ingest(one.descriptor)
            writer.write(one.content)
            assert not sink.exists(one.descriptor)
            with refuses(NotFound):
                fetched(sink, one.descriptor)
            writer.abort()
            assert not sink.exists(one.descriptor)

    def test_content_that_is_too_short_is_not_stored(self, backend: Backend) -> None:
        one = blob("too short")
        with opened(backend) as sink:
            writer = sink.ingest(one.descriptor)
            writer.write(one.content[:-1])
            with refuses(SizeMismatch):
                writer.commit()
            assert not sink.exists(one.descriptor)
            writer.abort()
            assert not sink.exists(one.descriptor)

    def test_content_that_is_too_long_is_not_stored(self, backend: Backend) -> None:
        one = blob("too long")
        with opened(backend) as sink:
            writer = sink.ingest(one.descriptor)
            with refuses(SizeMismatch):
                writer.write(one.content + b"!")
                writer.commit()
            writer.abort()
            assert not sink.exists(one.descriptor)

    def test_content_with_another_digest_is_not_stored(self, backend: Backend) -> None:
        one = blob("what is it")
        promised = wrong(one)
        with opened(backend) as sink:
            writer = sink.ingest(promised)
            with refuses(DigestMismatch):  # at the last byte already, or in the end
                writer.write(one.content)
                writer.commit()
            writer.abort()
            assert not sink.exists(promised)
            assert not sink.exists(one.descriptor)

    def test_a_failed_ingest_does_not_stand_in_the_way(self, backend: Backend) -> None:
        one = blob("second try")
        with settled(backend) as sink:
            writer = sink.ingest(one.descriptor)
            with refuses(DigestMismatch):
                writer.write(bytes(len(one.content)))
                writer.commit()
            writer.abort()
            store(sink, one)
            assert fetched(sink, one.descriptor) == one.content

    def test_an_aborted_ingest_may_be_aborted_again(self, backend: Backend) -> None:
        with opened(backend) as sink:
            writer = sink.ingest(large().descriptor)
            writer.write(b"01234")
            writer.abort()
            writer.abort()
            assert sink.ingest(large().descriptor).offset == 0

    def test_a_suspended_ingest_is_continued(self, backend: Backend) -> None:
        one = large()
        keep = Sample.image("suspended", layers=[one])
        with opened(backend) as sink:
            writer = sink.ingest(one.descriptor)
            writer.write(one.content[: LARGE_BYTES // 2])
            ticket = writer.ticket()
            writer.suspend()
            assert not sink.exists(one.descriptor)
        with settled(backend) as sink:
            reopened = sink.reopen(one.descriptor, ticket) if ticket and isinstance(sink, Reopens) else None
            writer = reopened or sink.ingest(one.descriptor)
            _complete(writer, one.content)
            keep.push(sink, "v1")
        with opened(backend) as again:
            assert fetched(again, one.descriptor) == one.content

    def test_absent_content_is_not_found(self, backend: Backend) -> None:
        absent = blob("absent").descriptor
        with opened(backend) as source:
            assert not source.exists(absent)
            with refuses(NotFound):
                fetched(source, absent)
            with refuses(NotFound):
                source.document(absent)
            with refuses(NotFound):
                source.open(absent.digest)

    def test_a_blob_may_be_read_in_part(self, backend: Backend) -> None:
        one = large()
        with settled(backend) as sink:
            store(sink, one)
            buffer = memoryview(bytearray(1000))
            for _ in range(3):
                reader = sink.fetch(one.descriptor)
                count = reader.readinto(buffer)
                assert 0 < count <= 1000
                assert bytes(buffer[:count]) == one.content[:count]
                reader.close()
                reader.close()
            assert fetched(sink, one.descriptor) == one.content

    def test_a_descriptor_of_another_size_gets_no_content(self, backend: Backend) -> None:
        one = blob("ten bytes.")
        for size in (9, 11):
            other = Descriptor(one.descriptor.media_type, one.descriptor.digest, size)
            with settled(backend) as sink:
                store(sink, one)
                with refuses(ContentError):
                    fetched(sink, other)

    def test_a_document_over_the_limit_is_not_read(self, backend: Backend) -> None:
        with settled(backend) as sink:
            huge = Descriptor.of(b" ", "application/vnd.oci.image.manifest.v1+json")
            huge = Descriptor(huge.media_type, huge.digest, 2**40)
            with refuses(LimitExceeded, SizeMismatch, NotFound):
                sink.document(huge)


def drained(sink: Sink, descriptor: Descriptor, offset: int, length: int | None) -> bytes:
    """Read an unverified stream to its end."""
    stream = sink.stream(descriptor, offset, length)
    buffer, content = memoryview(bytearray(65_536)), bytearray()
    try:
        while count := stream.readinto(buffer):
            content += buffer[:count]
    finally:
        stream.close()
    return bytes(content)


def _complete(writer: Writer, content: bytes) -> None:
    """Write what is missing: whatever is in place, the writer says where to go on."""
    for _ in range(TRIES):
        try:
            writer.write(content[writer.offset :])
            writer.commit()
        except TransportError:
            # Such as a registry that was still storing what an earlier connection had sent.
            writer.recover()
        else:
            return
    raise AssertionError(f"the writer could not be completed in {TRIES} tries")


def _store_elsewhere(sink: Sink, one: Opened, failures: list[Exception]) -> None:
    try:
        store(sink, one)
    except OciError as error:
        failures.append(error)
