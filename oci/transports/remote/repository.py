"""A repository in a registry, as a place that content is read from and written to."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from ...content import Traits, VerifiedReader
from ...errors import InvalidReference, NotFound, OciError, SizeMismatch, Unsupported
from ...spec import Digest, parse_document
from ...spec.reference import DEFAULT_TAG
from ...wire import byte_range, header, paging, scope, tag_list
from ...wire import upload as protocol
from .manifest import Manifests
from .referrer import Referrers
from .writer import RemoteWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...content import Attachments, ByteStream, Name, Opened, Source
    from ...net.answer import StreamAnswer
    from ...spec import Descriptor
    from .exchange import Exchange

_BIG_PAGE: Final = 1000
"""Tags to ask for at once: more is an error at some registries."""


class RemoteRepository:
    """One repository; implements `oci.content.Sink` and every optional ability but locking.

    Args:
        exchange: The repository's connection.
    """

    traits = Traits(preserves=True, closed=False, concurrent=True, distant=True)

    def __init__(self, exchange: Exchange) -> None:
        self.label = exchange.label
        self._exchange = exchange
        self._manifests = Manifests(exchange)
        self._referrers = Referrers(exchange, self._manifests)
        self._lock = threading.Lock()
        self._declined: dict[Digest, protocol.Upload] = {}
        self._whole_only = False

    def resolve(self, name: Name) -> Descriptor:
        """Find out what a tag or digest stands for; None stands for ``latest``."""
        return self._manifests.resolve(_target(name))

    def open(self, name: Name) -> Opened:
        """Resolve a tag or digest and read its document, in one request."""
        return self._manifests.open(_target(name))

    def document(self, descriptor: Descriptor) -> bytes:
        """Read a manifest or an index."""
        return self._manifests.document(descriptor)

    def exists(self, descriptor: Descriptor) -> bool:
        """Ask for a blob's head; where a registry does not do that, for its first byte."""
        url, what = self._exchange.urls.blob(descriptor.digest), self._what(descriptor)
        answer = self._exchange.ask("HEAD", url, what=what)
        if answer.status == 200:
            return True
        if answer.status == 404:
            return False
        if answer.status in {405, 501} or answer.status >= 500:
            try:
                self._open_body(descriptor, {"Range": "bytes=0-0"}).close()
            except NotFound:
                return False
            return True
        raise self._exchange.failure(answer, what=what)

    def stream(self, descriptor: Descriptor, offset: int = 0, length: int | None = None) -> ByteStream:
        """Open a blob's bytes, unverified, from an offset on."""
        if not offset and length is None:
            return self._whole(descriptor)
        if self._whole_only:
            raise Unsupported(f"{self.label}: the registry answers with whole blobs only")
        return self._part(descriptor, offset, length)

    def fetch(self, descriptor: Descriptor) -> VerifiedReader:
        """Open a blob with its digest and size checked."""
        return VerifiedReader(self._whole(descriptor), descriptor, where=self._what(descriptor))

    def names(self) -> Iterator[str]:
        """Yield the tags in the registry's order, page by page."""
        limits, what = self._exchange.limits, f"tags of {self.label}"
        url: str | None = self._exchange.urls.tags(page_size=_BIG_PAGE)
        seen: list[str] = []
        while url is not None and len(seen) < limits.pages:
            seen.append(url)
            answer = self._exchange.ask("GET", url, what=what, limit=limits.answer_bytes)
            if answer.status != 200:
                raise self._exchange.failure(answer, what=what, name=self.label)
            page = tag_list.parse_tags(answer.body, where=what)
            for name in page.skipped:
                self._exchange.warn(f"{what}: {name!r} is not a tag; it is left out")
            yield from page.tags
            url = paging.next_page(url, answer.headers, seen=seen)

    def referrers(self, digest: Digest, *, artifact_type: str = "") -> Attachments:
        """Look for everything whose subject is a digest."""
        return self._referrers.list(digest, artifact_type=artifact_type)

    def ingest(self, descriptor: Descriptor) -> RemoteWriter:
        """Begin an upload (end-4), or take over the session of a mount that was declined."""
        with self._lock:
            upload = self._declined.pop(descriptor.digest, None)
        if upload is not None:
            return RemoteWriter(self._exchange, descriptor, upload)
        what = f"upload of {descriptor.digest} to {self.label}"
        algorithm = descriptor.digest.algorithm
        url = self._exchange.urls.uploads(algorithm="" if algorithm == "sha256" else algorithm)
        answer = self._exchange.ask("POST", url, what=what, body=b"")
        verdict = protocol.after_post(
            url,
            answer.status,
            answer.headers,
            digest=descriptor.digest,
            max_chunk=self._exchange.max_chunk,
        )
        if not isinstance(verdict, protocol.Proceed):
            raise self._exchange.failure(answer, what=what)
        return RemoteWriter(self._exchange, descriptor, verdict.upload)

    def reopen(self, descriptor: Descriptor, ticket: str) -> RemoteWriter | None:
        """Continue an upload of an earlier process where the registry says that it stands."""
        upload = protocol.reopened(self._exchange.urls.base, ticket).upload
        writer = RemoteWriter(self._exchange, descriptor, upload)
        try:
            writer.recover()
        except OciError:
            writer.suspend()
            return None
        return writer

    def publish(self, descriptor: Descriptor, content: bytes, names: Sequence[str] = ()) -> None:
        """Put a document, once for each tag, or by its digest where it gets none."""
        if names and descriptor.digest.algorithm != "sha256":
            # A push by tag lets the registry choose the algorithm; a push by digest does not.
            answers = [self._manifests.put(descriptor, content, descriptor.digest, tags=tuple(names))]
            set_tags = answers[0].headers.get("OCI-Tag", "")
            names = [name for name in names if name not in set_tags.replace(",", " ").split()]
        else:
            answers = [] if names else [self._manifests.put(descriptor, content, descriptor.digest)]
        answers += [self._manifests.put(descriptor, content, name) for name in names]
        if b'"subject"' in content:
            document = parse_document(
                content, claimed=descriptor.media_type, algorithm=descriptor.digest.algorithm
            )
            if document.subject is not None:
                self._referrers.record(document, answers[0])

    def can_mount_from(self, origin: Source) -> bool:
        """Tell whether the origin is another repository of the same registry."""
        return (
            isinstance(origin, RemoteRepository)
            and origin._exchange.host == self._exchange.host  # noqa: SLF001 - the same class
            and origin.label != self.label
        )

    def mount(self, descriptor: Descriptor, origin: Source) -> bool:
        """Ask the registry to take a blob over from another repository of its own (end-11)."""
        assert isinstance(origin, RemoteRepository)
        other = origin._exchange.repository  # noqa: SLF001 - the same class
        url = self._exchange.urls.mount(descriptor.digest, origin=other)
        what = f"mount of {descriptor.digest} in {self.label}"
        answer = self._exchange.ask(
            "POST", url, what=what, body=b"", needs=scope.to_mount(self._exchange.repository, other)
        )
        verdict = protocol.after_post(
            url,
            answer.status,
            answer.headers,
            digest=descriptor.digest,
            max_chunk=self._exchange.max_chunk,
        )
        if isinstance(verdict, protocol.Proceed):
            with self._lock:
                self._declined[descriptor.digest] = verdict.upload
        return isinstance(verdict, protocol.Finished)

    def delete(self, name: Name) -> Descriptor:
        """Delete a tag, or by digest a document with all of its tags."""
        target = _target(name)
        opened = self.open(target)
        self._manifests.delete(target)
        if isinstance(target, Digest) and b'"subject"' in opened.content:
            document = parse_document(opened.content, claimed=opened.descriptor.media_type)
            if document.subject is not None:
                self._referrers.forget(document)
        return opened.descriptor

    def close(self) -> None:
        """Do nothing: the connections belong to the session."""

    def _what(self, descriptor: Descriptor) -> str:
        return f"blob {self.label}@{descriptor.digest}"

    def _whole(self, descriptor: Descriptor) -> ByteStream:
        body = self._open_body(descriptor, {})
        announced = header.count(body.headers, "Content-Length")
        if announced not in {None, descriptor.size}:
            body.close()
            raise SizeMismatch(expected=descriptor.size, actual=announced or 0, where=self._what(descriptor))
        return body

    def _part(self, descriptor: Descriptor, offset: int, length: int | None) -> ByteStream:
        body = self._open_body(descriptor, {"Range": byte_range.range_field(offset, length)})
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
        raise Unsupported(f"{self.label}: the registry does not do ranges ({verdict.value})")

    def _open_body(self, descriptor: Descriptor, fields: dict[str, str]) -> StreamAnswer:
        url, what = self._exchange.urls.blob(descriptor.digest), self._what(descriptor)
        return self._exchange.stream(url, fields, what=what, name=str(descriptor.digest))


def _target(name: Name) -> str | Digest:
    if name is None:
        return DEFAULT_TAG
    if not name:
        raise InvalidReference("an empty text is not a tag")
    return name
