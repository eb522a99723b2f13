"""A repository in a registry, as a place that content is read from and written to.

Each ability lives in a module of its own, loaded when it is first used: looking at one image, the most
frequent job and the one that is waited for, needs two of them.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from ...content import Opened, Traits
from ...content.graph import parse_known
from ...errors import InvalidReference, OciError
from ...spec import Digest
from ...spec.reference import DEFAULT_TAG, check_tag
from .blob import Blobs
from .manifest import Manifests

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...content import Attachments, ByteStream, Name, Source, VerifiedReader
    from ...content.revision import Seen
    from ...spec import Descriptor, Document
    from ...wire.rate_limit import RateLimit
    from .exchange import Exchange
    from .referrer import Referrers
    from .signature import Signatures
    from .upload import Uploads
    from .writer import RemoteWriter


class RemoteRepository:
    """One repository; implements `oci.content.Sink` and every optional ability but locking.

    Args:
        exchange: The repository's connection.
        served_by: The repository's label, where it stands in for another one that the user named.
    """

    traits = Traits(preserves=True, closed=False, concurrent=True, distant=True)

    def __init__(self, exchange: Exchange, served_by: str = "") -> None:
        self.label = exchange.label
        self.served_by = served_by
        self._exchange = exchange
        self._manifests = Manifests(exchange)
        self._blobs = Blobs(exchange)
        self._loading = threading.Lock()
        self._loaded_uploads: Uploads | None = None
        self._loaded_referrers: Referrers | None = None
        self._loaded_signatures: Signatures | None = None

    @property
    def rate_limit(self) -> RateLimit | None:
        """What the registry said last about the requests that it still answers, whatever the repository."""
        return self._exchange.registry.rate_limit

    def reach(self) -> None:
        """Find out how the registry is reached; a failure is left for the first request to meet."""
        with suppress(OciError):
            self._exchange.reach()

    def resolve(self, name: Name) -> Descriptor:
        """Find out what a tag or digest stands for; None stands for ``latest``."""
        return self._manifests.resolve(target_of(name))

    def open(self, name: Name) -> Opened:
        """Resolve a tag or digest and read its document, in one request."""
        return self._manifests.open(target_of(name))

    def document(self, descriptor: Descriptor) -> bytes:
        """Read a manifest or an index."""
        return self._manifests.document(descriptor)

    def exists(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob is there."""
        return self._blobs.exists(descriptor)

    def size_of(self, digest: Digest) -> int | None:
        """Return a blob's size, or None where the registry does not tell."""
        return self._blobs.size_of(digest)

    def stream(self, descriptor: Descriptor, offset: int = 0, length: int | None = None) -> ByteStream:
        """Open a blob's bytes, unverified, from an offset on."""
        return self._blobs.stream(descriptor, offset, length)

    def fetch(self, descriptor: Descriptor) -> VerifiedReader:
        """Open a blob with its digest and size checked."""
        return self._blobs.fetch(descriptor)

    def names(self) -> Iterator[str]:
        """Yield the tags in the registry's order, as they arrive."""
        from .tag import list_tags

        return list_tags(self._exchange)

    def referrers(self, digest: Digest, *, artifact_type: str = "") -> Attachments:
        """Look for everything whose subject is a digest."""
        return self._referrers.list(digest, artifact_type=artifact_type)

    def signatures(self, digest: Digest) -> tuple[bytes, ...] | None:
        """Return the GPG signatures of an image that the registry keeps; None where it keeps none."""
        return self._signatures.list(digest)

    def add_signature(self, digest: Digest, name: str, content: bytes) -> None:
        """Have the registry keep a GPG signature of an image."""
        self._signatures.add(digest, name, content)

    def ingest(self, descriptor: Descriptor) -> RemoteWriter:
        """Begin an upload."""
        return self._uploads.begin(descriptor)

    def reopen(self, descriptor: Descriptor, ticket: str) -> RemoteWriter | None:
        """Continue an upload of an earlier process where the registry says that it stands."""
        return self._uploads.reopen(descriptor, ticket)

    @property
    def registry(self) -> str:
        """The name of the registry."""
        return self._exchange.registry.name

    @property
    def path(self) -> str:
        """The repository's name in it."""
        return self._exchange.repository

    def can_mount_from(self, origin: Source) -> bool:
        """Tell whether the origin is another repository of the same registry."""
        origin = _served_by(origin)
        return (
            isinstance(origin, RemoteRepository)
            and origin.registry == self.registry
            and origin.label != self.label
        )

    def mount(self, descriptor: Descriptor, origin: Source) -> bool:
        """Ask the registry to take a blob over from another repository of its own."""
        origin = _served_by(origin)
        assert isinstance(origin, RemoteRepository)
        return self._uploads.mount(descriptor, origin.path)

    def claim(self, descriptor: Descriptor) -> bool:
        """Ask the registry to take a blob over from this very repository: what is there already, it can."""
        return self._uploads.mount(descriptor, self._exchange.repository)

    def publish(self, descriptor: Descriptor, content: bytes, names: Sequence[str] = ()) -> None:
        """Put a document, once for each tag, or by its digest where it gets none.

        Raises:
            InvalidReference: A name is not a tag; no other has been set either.
        """
        for name in names:
            check_tag(name)
        if names and descriptor.digest.algorithm != "sha256":
            # A push by tag lets the registry choose the algorithm; a push by digest does not.
            answers = [self._manifests.put(descriptor, content, descriptor.digest, tags=names)]
            set_tags = answers[0].headers.get("OCI-Tag", "").replace(",", " ").split()
            names = [name for name in names if name not in set_tags]
        else:
            answers = [] if names else [self._manifests.put(descriptor, content, descriptor.digest)]
        answers += [self._manifests.put(descriptor, content, name) for name in names]
        document = _with_subject(descriptor, content)
        if document is not None:
            self._referrers.record(document, answers[0])

    def look(self, name: str) -> Seen:
        """Read what a tag stands for, to `replace` it."""
        return self._manifests.look(check_tag(name))

    def replace(self, seen: Seen, descriptor: Descriptor, content: bytes) -> bool:
        """Put a document without a subject in place of what was seen, if the registry says it still is."""
        return self._manifests.replace(seen, descriptor, content)

    def delete(self, name: Name) -> Descriptor:
        """Delete a tag, or by digest a document with all of its tags."""
        target = target_of(name)
        opened = self.open(target)
        self._manifests.delete(target)
        document = _with_subject(opened.descriptor, opened.content)
        if document is not None and isinstance(target, Digest):
            self._referrers.forget(document)
        return opened.descriptor

    def close(self) -> None:
        """Do nothing: the connections belong to the session."""

    @property
    def _signatures(self) -> Signatures:
        from .signature import Signatures

        with self._loading:
            self._loaded_signatures = self._loaded_signatures or Signatures(self._exchange)
            return self._loaded_signatures

    @property
    def _uploads(self) -> Uploads:
        from .upload import Uploads

        with self._loading:
            self._loaded_uploads = self._loaded_uploads or Uploads(self._exchange)
            return self._loaded_uploads

    @property
    def _referrers(self) -> Referrers:
        from .referrer import Referrers

        with self._loading:
            self._loaded_referrers = self._loaded_referrers or Referrers(self._exchange, self._manifests)
            return self._loaded_referrers


def target_of(name: Name) -> str | Digest:
    """Return what to ask a registry for; None stands for ``latest``."""
    if name is None:
        return DEFAULT_TAG
    if not name:
        raise InvalidReference("an empty text is not a tag")
    return name


def _served_by(origin: Source) -> Source:
    """Return the one place that serves a repository with mirrors, and any other place as it is."""
    serving: Source | None = getattr(origin, "serving", None)
    return serving or origin


def _with_subject(descriptor: Descriptor, content: bytes) -> Document | None:
    if b'"subject"' not in content:
        return None
    document = parse_known(Opened(descriptor, content), where=str(descriptor.digest))
    return document if document is not None and document.subject is not None else None
