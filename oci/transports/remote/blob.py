"""Blobs in a registry, for reading (distribution-spec, end-2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...content import VerifiedReader
from ...errors import NotFound, OciError, SizeMismatch, Unsupported
from ...wire import header

if TYPE_CHECKING:
    from ...content import ByteStream
    from ...net.answer import StreamAnswer
    from ...spec import Descriptor, Digest
    from .exchange import Exchange


class Blobs:
    """Reads the blobs of one repository.

    Args:
        exchange: The repository's connection.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._whole_only = False

    def exists(self, descriptor: Descriptor) -> bool:
        """Ask for a blob's head; where a registry does not do that, for its first byte.

        A blob of another size than its descriptor promises is as good as absent, as it is in a layout.
        """
        if not self._exchange.registry.answers_head:
            return self._exists_by_reading(descriptor)
        url, what = self._exchange.urls.blob(descriptor.digest), self._what(descriptor)
        answer = self._exchange.ask("HEAD", url)
        if answer.status == 200:
            is_plain = (header.value(answer.headers, "Content-Encoding") or "identity") == "identity"
            size = header.count(answer.headers, "Content-Length") if is_plain else None
            return size is None or size == descriptor.size
        if answer.status == 404:
            return False
        if self._exchange.fails_on_head(answer):
            return self._exists_by_reading(descriptor)
        raise self._exchange.failure(answer, method="HEAD", what=what)

    def size_of(self, digest: Digest) -> int | None:
        """Ask for a blob's head, and return the size that it states; None where it states none."""
        url, what = self._exchange.urls.blob(digest), f"blob {self._exchange.label}@{digest}"
        answer = self._exchange.ask("HEAD", url)
        if answer.status != 200:
            raise self._exchange.failure(answer, method="HEAD", what=what, name=str(digest))
        is_plain = (header.value(answer.headers, "Content-Encoding") or "identity") == "identity"
        return header.count(answer.headers, "Content-Length") if is_plain else None

    def stream(self, descriptor: Descriptor, offset: int, length: int | None) -> ByteStream:
        """Open a blob's bytes, unverified, from an offset on.

        Raises:
            Unsupported: A part was asked for, and the registry answers with whole blobs only.
        """
        if not offset and length is None:
            return self._whole(descriptor)
        if self._whole_only:
            raise Unsupported(f"{self._exchange.label}: the registry answers with whole blobs only")
        return self._part(descriptor, offset, length)

    def fetch(self, descriptor: Descriptor) -> VerifiedReader:
        """Open a blob with its digest and size checked."""
        return VerifiedReader(self._whole(descriptor), descriptor, where=self._what(descriptor))

    def _exists_by_reading(self, descriptor: Descriptor) -> bool:
        try:
            self._open(descriptor, {"Range": "bytes=0-0"}).close()
        except NotFound:
            return False
        return True

    def _whole(self, descriptor: Descriptor) -> ByteStream:
        body = self._open(descriptor, {})
        if body.status != 200:
            raise self._exchange.failure(body.dismiss(), method="GET", what=self._what(descriptor))
        announced = header.count(body.headers, "Content-Length")
        if announced is not None and announced != descriptor.size:
            body.close()
            raise SizeMismatch(expected=descriptor.size, actual=announced, where=self._what(descriptor))
        return body

    def _part(self, descriptor: Descriptor, offset: int, length: int | None) -> ByteStream:
        from ...wire import byte_range  # most programs that look at an image never read a part

        body = self._open(descriptor, {"Range": byte_range.range_field(offset, length)})
        try:
            verdict = byte_range.judge(
                body.status,
                body.headers,
                offset=offset,
                length=length,
                size=descriptor.size,
                where=self._what(descriptor),
            )
        except OciError:
            body.close()
            raise
        if verdict is byte_range.RangeVerdict.PART:
            return body
        body.close()
        self._whole_only = True
        raise Unsupported(f"{self._exchange.label}: the registry does not do ranges ({verdict.value})")

    def _open(self, descriptor: Descriptor, fields: dict[str, str]) -> StreamAnswer:
        url, what = self._exchange.urls.blob(descriptor.digest), self._what(descriptor)
        return self._exchange.stream(url, fields, what=what, name=str(descriptor.digest))

    def _what(self, descriptor: Descriptor) -> str:
        return f"blob {self._exchange.label}@{descriptor.digest}"
