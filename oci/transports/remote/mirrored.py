"""A repository with mirrors, to read from: the first place that has an image serves it.

As containers/image has it: any failure of a place, while an image is looked for, leads to the next one; the
repository's own place comes last, and its failure is the one that is told. The place that had the manifest is
asked for everything beneath it; where it lacks a blob, or fails, the places after it are asked too. What
arrives is verified by digest like anything else, wherever it comes from; which digest a *tag* stands for is
for the place to say that is asked first. A place is not waited for while there is another one, nor asked
twice; a mirror that cannot be reached at all is left aside for the rest of the session.

What is attached to an image is asked of the place that serves it, and of no other: a mirror has to be enough
where the repository itself cannot be reached. (Signatures under tags of their own are looked for as any image
is, in one place after the other.)
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

from ...errors import Cancelled, NotFound, OciError, RateLimited, RegistryError, TransportError
from ...spec import Descriptor
from .repository import RemoteRepository, target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ...content import Attachments, ByteStream, Name, Opened, VerifiedReader
    from ...settings import PullSource
    from ...spec import Digest, Reference
    from ...wire.rate_limit import RateLimit
    from .location import Locations

_Found = TypeVar("_Found")


class MirroredRepository:
    """One repository that can be read in several places.

    Args:
        locations: Knows the places, and opens them.
        unreachable: Places of the session that could not be reached; added to.
    """

    traits = RemoteRepository.traits

    def __init__(self, locations: Locations, unreachable: set[str]) -> None:
        self.label = f"docker://{locations.named.name}"
        self._locations = locations
        self._unreachable = unreachable
        self._lock = threading.Lock()
        self._opened: dict[PullSource, RemoteRepository] = {}
        self._serving: tuple[RemoteRepository, ...] = ()

    @property
    def served_by(self) -> str:
        """The mirror that serves; empty where the repository itself does, or none does yet."""
        return self._serving[0].served_by if self._serving else ""

    @property
    def rate_limit(self) -> RateLimit | None:
        """What the place that serves said last about the requests that it still answers."""
        return self._serving[0].rate_limit if self._serving else None

    @property
    def serving(self) -> RemoteRepository | None:
        """The repository that serves, once an image has been found."""
        return self._serving[0] if self._serving else None

    def resolve(self, name: Name) -> Descriptor:
        """Find out what a tag or digest stands for in the first place that has it."""
        return self._find(name, RemoteRepository.resolve)

    def open(self, name: Name) -> Opened:
        """Resolve a tag or digest and read its document, in the first place that has it."""
        return self._find(name, RemoteRepository.open)

    def document(self, descriptor: Descriptor) -> bytes:
        """Read a manifest or an index."""
        return self._read(descriptor, lambda place: place.document(descriptor))

    def exists(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob is in one of the places."""
        failure: OciError | None = None
        for place in self._places(descriptor):
            try:
                if place.exists(descriptor):
                    return True
            except Cancelled:
                raise
            except OciError as error:
                failure = failure or error
        if failure is not None:
            raise failure
        return False

    def size_of(self, digest: Digest) -> int | None:
        """Return a blob's size, or None where the places do not tell."""
        unknown = Descriptor("application/octet-stream", digest, 0)
        return self._read(unknown, lambda place: place.size_of(digest))

    def stream(self, descriptor: Descriptor, offset: int = 0, length: int | None = None) -> ByteStream:
        """Open a blob's bytes, unverified, from an offset on."""
        return self._read(descriptor, lambda place: place.stream(descriptor, offset, length))

    def fetch(self, descriptor: Descriptor) -> VerifiedReader:
        """Open a blob with its digest and size checked."""
        return self._read(descriptor, lambda place: place.fetch(descriptor))

    def names(self) -> Iterator[str]:
        """Yield the tags of the repository's own place: a mirror need not have them all."""
        return self._primary().names()

    def referrers(self, digest: Digest, *, artifact_type: str = "") -> Attachments:
        """Look for everything whose subject is a digest, in the place that serves the image."""
        return (self.serving or self._primary()).referrers(digest, artifact_type=artifact_type)

    def signatures(self, digest: Digest) -> tuple[bytes, ...] | None:
        """Return the GPG signatures that the place keeps that serves the image."""
        return (self.serving or self._primary()).signatures(digest)

    def close(self) -> None:
        """Do nothing: the connections belong to the session."""

    def _find(self, name: Name, look: Callable[[RemoteRepository, str | Digest], _Found]) -> _Found:
        """Ask one place after the other, and remember where an image was found."""
        sources = self._locations.to_read(self._reference(name))
        places = self._reachable(sources)
        failures: list[tuple[str, OciError]] = []
        for position, (source, place) in enumerate(places):
            try:
                found = look(place, source.reference.target)
            except Cancelled:
                raise
            except OciError as error:
                failures.append((place.label, error))
                if isinstance(error, TransportError) and source.is_mirror:
                    self._unreachable.add(place.label)
                continue
            self._serve([place for _, place in places[position:]])
            return found
        raise _told(failures)

    def _serve(self, places: Sequence[RemoteRepository]) -> None:
        """Ask these places for content from now on, and those after them that have served other images."""
        with self._lock:
            self._serving = tuple(dict.fromkeys((*places, *self._serving)))

    def _read(self, descriptor: Descriptor, read: Callable[[RemoteRepository], _Found]) -> _Found:
        places = self._places(descriptor)
        first: OciError | None = None
        for place in places:
            try:
                return read(place)
            except OciError as error:
                if not _may_be_elsewhere(error):
                    raise
                first = first or error
        assert first is not None
        raise first

    def _places(self, descriptor: Descriptor) -> tuple[RemoteRepository, ...]:
        if self._serving:
            return self._serving
        sources = self._locations.to_read(self._reference(descriptor.digest))
        return tuple(place for _, place in self._reachable(sources))

    def _reachable(self, sources: Sequence[PullSource]) -> list[tuple[PullSource, RemoteRepository]]:
        opened = [(source, self._repository(source, is_spare=source != sources[-1])) for source in sources]
        reachable = [pair for pair in opened if pair[1].label not in self._unreachable]
        return reachable or opened

    def _primary(self) -> RemoteRepository:
        return self._repository(self._locations.own(self._reference(None)))

    def _repository(self, source: PullSource, *, is_spare: bool = False) -> RemoteRepository:
        with self._lock:
            for known, place in self._opened.items():
                if known.reference.name == source.reference.name and known.is_insecure == source.is_insecure:
                    return place
            place = self._opened[source] = self._locations.repository(source, is_spare=is_spare)
            return place

    def _reference(self, name: Name) -> Reference:
        return self._locations.named.at(target_of(name))


def _may_be_elsewhere(error: OciError) -> bool:
    if isinstance(error, RegistryError) and not isinstance(error, RateLimited):
        return error.status >= 500
    return isinstance(error, NotFound | RateLimited | TransportError)


def _told(failures: Sequence[tuple[str, OciError]]) -> OciError:
    """Return the last place's error, which says of the others that they failed too."""
    *others, (_, error) = failures
    if others:
        error.add(f" (and before it {'; '.join(f'{label}: {other.message}' for label, other in others)})")
    return error
