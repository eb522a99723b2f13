"""A blob on its way into a registry: one PUT where possible, chunks where the registry wants them.

The bytes are pushed as they come, all but the last few of the blob: with those the registry could complete
it, and that is for `RemoteWriter.commit` to allow, after the check. When a request breaks, or the registry
refuses a chunk, bytes have to come again from the offset that `RemoteWriter.recover` finds out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...content import Rewound
from ...errors import DigestMismatch, NotFound, OciError, RegistryError
from ...net.upload import AnsweredEarly
from ...wire import upload as protocol
from .upload_check import UploadCheck

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

    from ...net.answer import Answer
    from ...spec import Descriptor
    from .exchange import Exchange, Sending

HELD_BYTES: Final = 4096
"""Bytes at the end of a blob that wait for the commit; a small blob leaves in one packet with its head."""

_OTHER_CONTENT: Final = "DIGEST_INVALID"


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
        self._sending: Sending | None = None
        self._left = 0
        self._held = b""
        self._ended = False
        self._move_to(upload)

    @property
    def offset(self) -> int:
        """Bytes that the registry has, that the request under way has carried, or that are held back."""
        return self._offset + len(self._held)

    @property
    def verified_here(self) -> bool:
        """Whether this process has hashed every byte; see `UploadCheck`."""
        return self._check.verified_here

    def write(self, data: ReadableBuffer, /) -> None:
        """Send the next bytes.

        Raises:
            SizeMismatch: They are more than the descriptor promises.
            Rewound: The registry wants bytes again; `recover` says from where.
            RegistryError: It refused.
            TransportError: It broke off.
        """
        view = memoryview(data).cast("B")
        self._check.take(view, self.offset)
        if self.offset + len(view) < self._descriptor.size:
            self._send(view)
            return
        # The blob's last bytes; what comes after them is empty, or was refused by the check.
        keep = min(len(view), HELD_BYTES)
        self._send(view[: len(view) - keep])
        self._held += bytes(view[len(view) - keep :])

    def _send(self, view: memoryview) -> None:
        while view:
            sending = self._sending or self._begin()
            piece = view[: self._left]
            try:
                sending.upload.write(piece)
            except AnsweredEarly as early:
                self._sending = None
                raise self._refused(early.answer, sending) from early
            self._offset += len(piece)
            self._left -= len(piece)
            view = view[len(piece) :]
            if not self._left and sending.method == "PATCH":
                self._finish(sending)

    def recover(self) -> None:
        """Ask the registry how far the upload is, and go on from there (end-13).

        Raises:
            NotFound: There is nothing to go on with. A session that has nothing yet is none either: what was
                sent may still be on its way, and would be taken for the beginning of what is sent next.
            RegistryError: The registry refuses to say.
            TransportError: The registry cannot be reached.
        """
        self._drop_request()
        answer = self._exchange.ask("GET", self._upload.url)
        verdict = protocol.after_status(
            self._upload, answer.status, answer.headers, size=self._descriptor.size
        )
        if isinstance(verdict, protocol.Proceed):
            self._note_chunks(verdict.upload.max_chunk)
            if not verdict.upload.offset:
                raise self._lost("the registry has nothing of it yet")
            self._move_to(verdict.upload)
        elif isinstance(verdict, protocol.Renew):
            self._note_chunks(verdict.max_chunk)
            raise self._lost(verdict.reason)
        else:
            raise self._exchange.failure(answer, method="GET", what=self._what)

    def ticket(self) -> str:
        """Return the session's URL: with it, a later process asks how far the upload is."""
        return self._upload.url

    def commit(self) -> None:
        """End the session, and have the registry make the blob visible (end-6); raises what `write` does."""
        self._check.finish(self.offset)
        held, self._held = self._held, b""
        self._send(memoryview(held))
        self._finish(self._sending or self._begin())

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
            self._exchange.ask("DELETE", self._upload.url)
        except OciError:
            # Registries throw abandoned sessions away by themselves.
            return

    def _move_to(self, upload: protocol.Upload) -> None:
        self._upload = upload
        self._offset = upload.offset
        self._held = b""
        self._check.skip_to(upload.offset)

    def _note_chunks(self, max_chunk: int | None) -> None:
        """Remember for all uploads to this registry what this one has found out."""
        if max_chunk is not None:
            self._exchange.registry.max_chunk = max_chunk

    def _begin(self) -> Sending:
        remaining = self._descriptor.size - self._offset
        self._left = self._upload.chunk_length(remaining)
        if self._left < remaining:
            method, url, fields = "PATCH", self._upload.url, self._upload.patch_fields(self._left)
        else:
            url, fields = self._upload.put_url(self._descriptor.digest), self._upload.put_fields(self._left)
            method = "PUT"
        self._sending = self._exchange.begin(method, url, fields, self._left)
        return self._sending

    def _finish(self, sending: Sending) -> None:
        """End a request whose body is complete, and take in its answer."""
        self._sending = None
        answer = sending.upload.finish()
        verdict = self._judge(answer, sending)
        if isinstance(verdict, protocol.Finished):
            self._ended = True
        elif isinstance(verdict, protocol.Proceed):
            self._move_to(verdict.upload)
        else:
            raise self._refused(answer, sending)

    def _judge(self, answer: Answer, sending: Sending) -> protocol.Verdict:
        # What was announced: a refusal may come before any of it has left, and is about all of it.
        sent = self._offset + self._left - self._upload.offset
        if sending.method == "PATCH":
            return protocol.after_patch(self._upload, answer.status, answer.headers, sent=sent)
        digest = self._descriptor.digest
        return protocol.after_put(self._upload, answer.status, answer.headers, digest=digest, sent=sent)

    def _refused(self, answer: Answer, sending: Sending) -> OciError:
        """Say what an answer means for the caller: bytes have to come again, or it is no use."""
        if self._exchange.renews_login(answer, sending):
            return self._again(answer, "the login expired meanwhile")
        verdict = self._judge(answer, sending)
        if isinstance(verdict, protocol.AskStatus):
            self._upload = verdict.upload
            if answer.status in {413, 416}:
                return self._again(answer, "the registry wants it in other pieces")
        elif isinstance(verdict, protocol.Renew):
            return self._again(answer, verdict.reason)
        failure = self._exchange.failure(answer, method=sending.method, what=self._what)
        if isinstance(failure, RegistryError) and _OTHER_CONTENT in failure.codes:
            expected = str(self._descriptor.digest)
            return DigestMismatch(expected=expected, actual="another, as the registry says", where=self._what)
        return failure

    def _again(self, answer: Answer, reason: str) -> Rewound:
        host = self._exchange.registry.name
        return Rewound(f"{self._what}: {reason} (status {answer.status})", host=host)

    def _lost(self, reason: str) -> NotFound:
        return NotFound(f"{self._what}: {reason}", name=str(self._descriptor.digest))

    def _drop_request(self) -> None:
        if self._sending is not None:
            self._sending.upload.abort()
            self._sending = None
