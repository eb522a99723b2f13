"""Manifests and indexes in a registry: resolve, open, put, delete (distribution-spec, end-3, 7, 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...content import Opened
from ...content.check import check_bytes
from ...content.revision import Seen
from ...errors import DigestMismatch, InvalidDigest, NotFound, Unsupported
from ...spec import Digest
from ...spec.media_type import ACCEPT
from ...wire import manifest_answer, scope

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...net.answer import Answer
    from ...spec import Descriptor
    from .exchange import Exchange

_DONE: Final = frozenset({200, 201, 202, 204})
_MOVED: Final = 412
_NOT_BY_TAG: Final = frozenset({400, 405, 501})
"""What registries say that delete by digest only; distribution 2.8 calls the tag an invalid digest."""


class Manifests:
    """Reads and writes the documents of one repository.

    Args:
        exchange: The repository's connection.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.label = exchange.label

    def resolve(self, target: str | Digest) -> Descriptor:
        """Find out what a tag or digest stands for; the document is read only where HEAD does not tell.

        Raises:
            NotFound: The registry has no such manifest.
        """
        return self._resolve_by_head(target) or self.open(target).descriptor

    def open(self, target: str | Digest) -> Opened:
        """Read a document by tag or digest, in one request.

        Raises:
            NotFound: The registry has no such manifest.
            DigestMismatch: It is not what the digest names.
        """
        return self._read(target)[0]

    def look(self, name: str) -> Seen:
        """Read what a tag stands for, with the mark by which the registry knows it again, if it gives one."""
        try:
            opened, mark = self._read(name)
        except NotFound:
            return Seen(name, None)
        # A weak mark fits no condition (RFC 9110, section 13.1.1).
        return Seen(name, opened, mark if mark.startswith('"') else "")

    def replace(self, seen: Seen, descriptor: Descriptor, content: bytes) -> bool:
        """Store a document under a tag, unless the registry says that the tag is not what was seen."""
        condition = {"If-Match": seen.mark} if seen.mark else {}
        if seen.opened is None:
            condition = {"If-None-Match": "*"}
        what = self._what(seen.name)
        answer = self._put(descriptor, content, seen.name, fields=condition)
        if answer.status == _MOVED:
            return False
        self._check_stored(answer, descriptor, what)
        return True

    def document(self, descriptor: Descriptor) -> bytes:
        """Read a document that is linked by a descriptor."""
        content = self.open(descriptor.digest).content
        return check_bytes(content, descriptor, where=self._what(descriptor.digest))

    def put(
        self, descriptor: Descriptor, content: bytes, target: str | Digest, *, tags: Sequence[str] = ()
    ) -> Answer:
        """Store a document under a tag or its digest.

        Args:
            descriptor: Its link; the media type is what it is sent as.
            content: Its exact bytes.
            target: The tag, or the digest.
            tags: Tags to ask for in the same request, where the target is the digest.

        Raises:
            DigestMismatch: The registry says that it stored something else.
        """
        answer = self._put(descriptor, content, target, tags=tags)
        self._check_stored(answer, descriptor, self._what(target))
        return answer

    def delete(self, target: str | Digest) -> None:
        """Delete a tag, or a document with all of its tags.

        Raises:
            NotFound: It is not there.
            Unsupported: The registry does not delete tags.
            RegistryError: It refuses for another reason.
        """
        what = self._what(target)
        answer = self._exchange.ask(
            "DELETE",
            self._exchange.urls.manifest(target),
            needs=(scope.to_delete(self._exchange.repository),),
        )
        if answer.status in _DONE:
            return
        failure = self._exchange.failure(answer, method="DELETE", what=what, name=str(target))
        if answer.status in _NOT_BY_TAG and not isinstance(target, Digest):
            hint = "delete the image by its digest: that takes all of its tags away"
            raise Unsupported(f"{what}: this registry does not delete tags", hint=hint) from failure
        raise failure

    def _resolve_by_head(self, target: str | Digest) -> Descriptor | None:
        """Ask without reading; None where the answer does not say it all, or is none (405, 429, 500)."""
        if not self._exchange.registry.answers_head:
            return None
        what = self._what(target)
        answer = self._exchange.ask("HEAD", self._exchange.urls.manifest(target), accept=ACCEPT)
        if answer.status == 404:
            raise self._exchange.failure(answer, method="HEAD", what=what, name=str(target))
        if answer.status == 200:
            return manifest_answer.judge_head(answer.headers, asked=target, where=what)
        self._exchange.fails_on_head(answer)
        return None

    def _read(self, target: str | Digest) -> tuple[Opened, str]:
        """Read a document, and what the answer calls its state."""
        what = self._what(target)
        answer = self._exchange.ask(
            "GET",
            self._exchange.urls.manifest(target),
            accept=ACCEPT,
            limit=self._exchange.limits.manifest_bytes,
            limit_name="manifest_bytes",
        )
        if answer.status != 200:
            raise self._exchange.failure(answer, method="GET", what=what, name=str(target))
        judged = manifest_answer.judge(answer.headers, answer.body, asked=target, where=what)
        return Opened(judged.descriptor, judged.content), answer.headers.get("ETag", "")

    def _put(
        self,
        descriptor: Descriptor,
        content: bytes,
        target: str | Digest,
        *,
        tags: Sequence[str] = (),
        fields: Mapping[str, str] | None = None,
    ) -> Answer:
        return self._exchange.ask(
            "PUT",
            self._exchange.urls.manifest(target, tags=tags),
            body=content,
            fields={"Content-Type": descriptor.media_type, **(fields or {})},
        )

    def _check_stored(self, answer: Answer, descriptor: Descriptor, what: str) -> None:
        if answer.status not in _DONE:
            raise self._exchange.failure(answer, method="PUT", what=what)
        self._compare(answer, descriptor.digest, what)

    @staticmethod
    def _compare(answer: Answer, digest: Digest, what: str) -> None:
        stated = answer.headers.get(manifest_answer.DIGEST_FIELD, "")
        try:
            actual = Digest.parse(stated) if stated else digest
        except InvalidDigest:
            return
        if actual.algorithm == digest.algorithm and actual != digest:
            raise DigestMismatch(expected=str(digest), actual=stated, where=what)

    def _what(self, target: str | Digest) -> str:
        separator = "@" if isinstance(target, Digest) else ":"
        return f"manifest {self._exchange.label}{separator}{target}"
