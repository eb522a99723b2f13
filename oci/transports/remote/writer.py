"""A blob on its way into a registry: one PUT where possible, chunks where the registry wants them.

The bytes are pushed as they come; none are kept. When a request breaks, or the registry refuses a chunk,
they have to come again from the offset that `RemoteWriter.recover` finds out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import OciError, RegistryError, TransportError
from ...net.upload import AnsweredEarly
from ...wire import upload as protocol
from .upload_check import UploadCheck

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

    from ...net.answer import Answer
    from ...net.upload import Upload
    from ...spec import Descriptor
    from .exchange import Exchange


class RemoteWriter:
    """One upload session; see `oci.content.Writer`.

    Args:
        exchange: The repository's connection.
        descriptor: The blob.
        upload: The session, as the registry's answer described it.
    """

    def __init__(self, exchange: Exchange, descriptor: Descriptor, upload: protocol.Upload) -> None:
        self._exchange = exchange
        self._descriptor = descriptor
        self._check = UploadCheck(descriptor, where=exchange.label)
        self._what = f"upload of {descriptor.digest} to {exchange.label}"
        self._request: Upload | None = None
        self._is_last = False
        self._left = 0
        self._ended = False
        self._move_to(upload)

    @property
    def offset(self) -> int:
        """Bytes that the registry has, or that the request under way has carried so far."""
        return self._offset

    @property
    def verified_here(self) -> bool:
        """Whether this process has hashed every byte; see `UploadCheck`."""
        return self._check.verified_here

    def write(self, data: ReadableBuffer, /) -> None:
        """Send the next bytes."""
        view = memoryview(data).cast("B")
        self._check.take(view, self._offset)
        while view:
            request = self._request or self._begin()
            piece = view[: self._left]
            try:
                request.write(piece)
            except AnsweredEarly as early:
                self._request = None
                raise self._refused(early.answer) from early
            self._offset += len(piece)
            self._left -= len(piece)
            view = view[len(piece) :]
            if not self._left and not self._is_last:
                self._end_request()

    def recover(self) -> None:
        """Ask the registry how far the upload is, and go on from there (end-13)."""
        self._drop_request()
        answer = self._exchange.ask("GET", self._upload.url, what=self._what)
        verdict = protocol.after_status(
            self._upload, answer.status, answer.headers, size=self._descriptor.size
        )
        if isinstance(verdict, protocol.Proceed):
            self._move_to(verdict.upload)
        elif isinstance(verdict, protocol.Renew):
            self._exchange.max_chunk = verdict.max_chunk
            raise RegistryError(
                f"{self._what}: {verdict.reason}", status=answer.status, method="GET", url=answer.url
            )
        else:
            raise self._exchange.failure(answer, what=self._what)

    def ticket(self) -> str:
        """Return the session's URL: with it, a later process asks how far the upload is."""
        return self._upload.url

    def commit(self) -> None:
        """End the session, and have the registry make the blob visible (end-6)."""
        self._check.finish(self._offset)
        if self._request is None:
            self._begin()
        self._end_request()

    def suspend(self) -> None:
        """Stop sending; the session stays open for as long as the registry keeps it."""
        self._drop_request()

    def abort(self) -> None:
        """Stop sending, and tell the registry to forget the session; it may not listen (end-14)."""
        self._drop_request()
        if self._ended:
            return
        self._ended = True
        try:
            self._exchange.ask("DELETE", self._upload.url, what=self._what)
        except OciError:
            # Registries throw abandoned sessions away by themselves.
            return

    def _move_to(self, upload: protocol.Upload) -> None:
        self._upload = upload
        self._offset = upload.offset
        self._check.skip_to(upload.offset)

    def _begin(self) -> Upload:
        remaining = self._descriptor.size - self._offset
        self._left = self._upload.chunk_length(remaining)
        self._is_last = self._left == remaining
        if self._is_last:
            url, fields = self._upload.put_url(self._descriptor.digest), self._upload.put_fields(self._left)
        else:
            url, fields = self._upload.url, self._upload.patch_fields(self._left)
        request = self._exchange.begin("PUT" if self._is_last else "PATCH", url, fields, self._left)
        self._request = request
        return request

    def _end_request(self) -> None:
        request, self._request = self._request, None
        assert request is not None
        answer = request.finish()
        verdict = self._judge(answer)
        if isinstance(verdict, protocol.Finished):
            self._ended = True
        elif isinstance(verdict, protocol.Proceed):
            self._move_to(verdict.upload)
        else:
            raise self._refused(answer)

    def _judge(self, answer: Answer) -> protocol.Verdict:
        sent = self._offset - self._upload.offset
        if not self._is_last:
            return protocol.after_patch(self._upload, answer.status, answer.headers, sent=sent)
        digest = self._descriptor.digest
        return protocol.after_put(self._upload, answer.status, answer.headers, digest=digest, sent=sent)

    def _refused(self, answer: Answer) -> OciError:
        """Say what an answer means for the caller: bytes have to come again, or it is no use."""
        if self._exchange.renews_login(answer):
            return self._again(answer, "the login expired meanwhile")
        verdict = self._judge(answer)
        if isinstance(verdict, protocol.AskStatus):
            self._upload = verdict.upload
            if answer.status in {413, 416}:
                return self._again(answer, "the registry wants it in other pieces")
        elif isinstance(verdict, protocol.Renew):
            return self._again(answer, verdict.reason)
        return self._exchange.failure(answer, what=self._what)

    def _again(self, answer: Answer, reason: str) -> TransportError:
        return TransportError(f"{self._what}: {reason} (status {answer.status})", host=self._exchange.host)

    def _drop_request(self) -> None:
        if self._request is not None:
            self._request.abort()
            self._request = None
