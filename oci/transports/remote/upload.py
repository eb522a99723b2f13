"""Blobs on their way into a registry: sessions begun, continued, or made needless by a mount."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ...errors import Cancelled, OciError, RegistryError
from ...wire import scope
from ...wire import upload as protocol
from .writer import RemoteWriter

if TYPE_CHECKING:
    from ...net.answer import Answer
    from ...spec import Descriptor, Digest
    from .exchange import Exchange


class Uploads:
    """Begins the uploads of one repository.

    Args:
        exchange: The repository's connection.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._lock = threading.Lock()
        self._declined: dict[Digest, protocol.Upload] = {}
        self._unmountable: set[str] = set()

    def begin(self, descriptor: Descriptor) -> RemoteWriter:
        """Begin an upload (end-4), or take over the session of a mount that was declined."""
        with self._lock:
            upload = self._declined.pop(descriptor.digest, None)
        if upload is not None:
            return RemoteWriter(self._exchange, descriptor, upload)
        what = f"upload of {descriptor.digest} to {self._exchange.label}"
        algorithm = descriptor.digest.algorithm
        url = self._exchange.urls.uploads(algorithm="" if algorithm == "sha256" else algorithm)
        answer = self._exchange.ask("POST", url, body=b"")
        verdict = self._judge(url, answer, descriptor)
        if not isinstance(verdict, protocol.Proceed):
            raise self._exchange.failure(answer, method="POST", what=what)
        return RemoteWriter(self._exchange, descriptor, verdict.upload)

    def reopen(self, descriptor: Descriptor, ticket: str) -> RemoteWriter | None:
        """Continue an upload of an earlier process where the registry says that it stands."""
        upload = protocol.reopened(self._exchange.urls.base, ticket).upload
        writer = RemoteWriter(self._exchange, descriptor, upload)
        try:
            writer.recover()
        except Cancelled:
            raise
        except OciError:
            return None
        return writer

    def mount(self, descriptor: Descriptor, origin: str) -> bool:
        """Ask the registry to take a blob over from another repository of its own (end-11).

        A registry, or its token server, that refuses has declined: whoever may not mount may still push. It
        is not asked about this origin again.
        """
        if origin in self._unmountable:
            return False
        url = self._exchange.urls.mount(descriptor.digest, origin=origin)
        needs = scope.to_mount(self._exchange.repository, origin)
        try:
            answer = self._exchange.ask("POST", url, body=b"", needs=needs)
        except RegistryError:
            self._unmountable.add(origin)
            return False
        verdict = self._judge(url, answer, descriptor)
        if isinstance(verdict, protocol.Proceed):
            with self._lock:
                self._declined[descriptor.digest] = verdict.upload
        elif isinstance(verdict, protocol.Failed):
            self._unmountable.add(origin)
        return isinstance(verdict, protocol.Finished)

    def _judge(self, url: str, answer: Answer, descriptor: Descriptor) -> protocol.Verdict:
        return protocol.after_post(
            url,
            answer.status,
            answer.headers,
            digest=descriptor.digest,
            max_chunk=self._exchange.registry.max_chunk,
        )
