"""Nothing unverified gets through: the running check and the reader that stands on it."""

from __future__ import annotations

import pytest

from oci.content import Check, MemoryStream, VerifiedReader, read_exactly
from oci.content.check import check_bytes
from oci.errors import DigestMismatch, LimitExceeded, SizeMismatch
from oci.spec import Descriptor, Digest

CONTENT = b"0123456789"
TYPE = "application/x"
LINK = Descriptor.of(CONTENT, TYPE)


class Trickle:
    """A stream that gives one byte at a time, and remembers whether it was closed."""

    def __init__(self, content: bytes) -> None:
        self.rest = content
        self.closed = 0

    def readinto(self, buffer: memoryview, /) -> int:
        part, self.rest = self.rest[:1], self.rest[1:]
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        self.closed += 1


def drain(reader: VerifiedReader, size: int = 4) -> bytes:
    buffer, content = memoryview(bytearray(size)), b""
    while count := reader.readinto(buffer):
        content += bytes(buffer[:count])
    return content


def reader_of(content: bytes, link: Descriptor = LINK) -> VerifiedReader:
    return VerifiedReader(MemoryStream(content), link, where="the source")


class TestCheck:
    def test_the_promised_bytes_pass_in_any_pieces(self) -> None:
        check = Check(LINK, where="x")
        for piece in (CONTENT[:3], bytearray(CONTENT[3:4]), memoryview(CONTENT)[4:], b""):
            check.update(piece)
        check.finish()
        assert check.seen == len(CONTENT)

    def test_too_few(self) -> None:
        check = Check(LINK, where="x")
        check.update(CONTENT[:-1])
        with pytest.raises(SizeMismatch) as caught:
            check.finish()
        assert (caught.value.expected, caught.value.actual, caught.value.where) == (10, 9, "x")

    def test_too_many_are_noticed_at_once(self) -> None:
        check = Check(LINK, where="x")
        check.update(CONTENT)
        with pytest.raises(SizeMismatch):
            check.update(b"!")

    def test_other_bytes(self) -> None:
        check = Check(LINK, where="x")
        check.update(CONTENT[::-1])
        with pytest.raises(DigestMismatch) as caught:
            check.finish()
        assert caught.value.expected == str(LINK.digest)
        assert caught.value.actual == str(Digest.of(CONTENT[::-1]))

    def test_wide_items_are_counted_in_bytes(self) -> None:
        check = Check(Descriptor.of(b"\x01\x00\x02\x00", TYPE), where="x")
        check.update(memoryview(b"\x01\x00\x02\x00").cast("H"))
        check.finish()

    def test_the_digests_algorithm_is_used(self) -> None:
        assert check_bytes(CONTENT, Descriptor.of(CONTENT, TYPE, "sha512"), where="x") == CONTENT
        with pytest.raises(DigestMismatch):
            check_bytes(b"0123456780", Descriptor.of(CONTENT, TYPE, "sha512"), where="x")


class TestReader:
    @pytest.mark.parametrize("size", [1, 3, 10, 11, 64])
    def test_the_promised_bytes_are_read(self, size: int) -> None:
        with reader_of(CONTENT) as reader:
            assert drain(reader, size) == CONTENT
            assert reader.readinto(memoryview(bytearray(1))) == 0

    def test_an_empty_blob_is_verified_too(self) -> None:
        assert drain(reader_of(b"", Descriptor.of(b"", TYPE))) == b""
        with pytest.raises(DigestMismatch):
            drain(reader_of(b"", Descriptor(TYPE, LINK.digest, 0)))

    @pytest.mark.parametrize(
        ("content", "error"),
        [
            (CONTENT[:-1], SizeMismatch),
            (b"", SizeMismatch),
            (CONTENT + b"!", SizeMismatch),
            (CONTENT * 1000, SizeMismatch),
            (CONTENT[::-1], DigestMismatch),
        ],
    )
    def test_anything_else_ends_in_an_error_and_not_in_an_end(
        self, content: bytes, error: type[Exception]
    ) -> None:
        reader = reader_of(content)
        with pytest.raises(error):
            drain(reader)
        with pytest.raises(error):
            drain(reader)
        with pytest.raises(error):
            reader_of(content).read(limit=1000)

    def test_a_size_that_disagrees_with_the_digest(self) -> None:
        for size in (len(CONTENT) - 1, len(CONTENT) + 1):
            with pytest.raises(SizeMismatch):
                drain(reader_of(CONTENT, Descriptor(TYPE, LINK.digest, size)))

    def test_reading_at_once_has_a_limit(self) -> None:
        assert reader_of(CONTENT).read(limit=len(CONTENT)) == CONTENT
        with pytest.raises(LimitExceeded) as caught:
            reader_of(CONTENT).read(limit=len(CONTENT) - 1)
        assert caught.value.allowed == len(CONTENT) - 1

    def test_a_promise_beyond_the_limit_is_refused_before_reading(self) -> None:
        stream = Trickle(CONTENT)
        with pytest.raises(LimitExceeded):
            VerifiedReader(stream, Descriptor(TYPE, LINK.digest, 2**50), where="x").read(limit=100)
        assert stream.rest == CONTENT

    def test_the_rest_can_be_read_at_once(self) -> None:
        reader = reader_of(CONTENT)
        assert reader.readinto(memoryview(bytearray(4))) == 4
        assert reader.read(limit=100) == CONTENT[4:]
        assert reader.readinto(memoryview(bytearray(4))) == 0

    def test_leaving_closes_the_stream(self) -> None:
        stream = Trickle(CONTENT)
        with VerifiedReader(stream, LINK, where="x") as reader:
            assert drain(reader) == CONTENT
        assert stream.closed == 1


class TestStream:
    def test_as_many_as_asked_for_and_as_there_are(self) -> None:
        assert read_exactly(Trickle(CONTENT), 4) == CONTENT[:4]
        assert read_exactly(Trickle(CONTENT), 10) == CONTENT
        assert read_exactly(Trickle(CONTENT), 11) == CONTENT
        assert read_exactly(Trickle(CONTENT), 0) == b""

    def test_a_closed_stream_is_at_its_end(self) -> None:
        with MemoryStream(CONTENT) as stream:
            assert read_exactly(stream, 3) == CONTENT[:3]
        assert read_exactly(stream, 3) == b""
