"""The URLs of the distribution protocol (distribution-spec, "Endpoints"); `end-N` below is its numbering.

Only checked values enter a path: repositories and tags by their grammar, digests as `Digest`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from ..frozen import frozen
from ..spec import Digest
from ..spec.reference import DEFAULT_REGISTRY, check_registry, check_repository, check_tag

if TYPE_CHECKING:
    from collections.abc import Sequence

DOCKER_HUB_HOST: Final = "registry-1.docker.io"
"""Where the registry that everybody calls docker.io really answers."""


def host_of(registry: str) -> str:
    """Return the ``host[:port]`` that answers for a registry's name."""
    return DOCKER_HUB_HOST if registry in {DEFAULT_REGISTRY, "index.docker.io"} else check_registry(registry)


def base_url(registry: str, *, plain_http: bool = False) -> str:
    """Return a registry's base URL, without a slash at the end.

    Args:
        registry: The registry's host, with its port if it has one.
        plain_http: Whether to do without TLS; the caller's choice, never a registry's.

    Raises:
        InvalidReference: The text is no host.
    """
    return f"{'http' if plain_http else 'https'}://{host_of(registry)}"


def ping(base: str) -> str:
    """Where a registry says that it is one, and what it wants to be shown (end-1)."""
    return f"{base}/v2/"


def catalog(base: str, *, page_size: int | None = None, last: str = "") -> str:
    """The list of repositories; not part of the specification, and refused by public registries."""
    return _with_query(f"{base}/v2/_catalog", _page(page_size, last))


@frozen
class RepositoryUrls:
    """The URLs of one repository.

    Args:
        base: The registry's base URL; see `base_url`.
        repository: The repository's name.

    Raises:
        InvalidReference: The name is no repository name.
    """

    base: str
    repository: str

    def __post_init__(self) -> None:
        check_repository(self.repository)

    def blob(self, digest: Digest) -> str:
        """A blob (end-2, end-10)."""
        return f"{self._root}/blobs/{digest}"

    def manifest(self, target: str | Digest, *, tags: Sequence[str] = ()) -> str:
        """A manifest or an index (end-3, end-7, end-9).

        Args:
            target: A tag or a digest.
            tags: Tags to set with the same PUT by digest; not every registry knows this (end-7b, 1.2-dev).

        Raises:
            InvalidReference: A text is no tag.
        """
        name = str(target) if isinstance(target, Digest) else check_tag(target)
        return _with_query(f"{self._root}/manifests/{name}", [("tag", check_tag(tag)) for tag in tags])

    def uploads(self, *, digest: Digest | None = None, algorithm: str = "") -> str:
        """Where an upload begins (end-4).

        Args:
            digest: The blob's digest, to send it with this very request (end-4b).
            algorithm: The algorithm of the digest that will be given at the end, where it is not sha256
                (end-4c).
        """
        query = [("digest", str(digest))] if digest else []
        if algorithm:
            query.append(("digest-algorithm", algorithm))
        return _with_query(f"{self._root}/blobs/uploads/", query)

    def mount(self, digest: Digest, *, origin: str = "") -> str:
        """Where a blob is taken over from another repository (end-11).

        Args:
            digest: The blob.
            origin: The repository to take it from; without it the registry looks for it, if it does that at
                all.
        """
        query = [("mount", str(digest))]
        if origin:
            query.append(("from", check_repository(origin)))
        return _with_query(f"{self._root}/blobs/uploads/", query)

    def tags(self, *, page_size: int | None = None, last: str = "") -> str:
        """The list of tags (end-8).

        Args:
            page_size: Tags per page; None leaves it to the registry. Some refuse more than 1000.
            last: Begin after this tag.
        """
        return _with_query(f"{self._root}/tags/list", _page(page_size, last))

    def signatures(self, digest: Digest) -> str:
        """The signatures of an image, where a registry has containers/image's extension for them."""
        return f"{self.base}/extensions/v2/{self.repository}/signatures/{digest}"

    def referrers(self, digest: Digest, *, artifact_type: str = "") -> str:
        """The list of what refers to a manifest (end-12)."""
        query = [("artifactType", artifact_type)] if artifact_type else []
        return _with_query(f"{self._root}/referrers/{digest}", query)

    @property
    def _root(self) -> str:
        return f"{self.base}/v2/{self.repository}"


def _page(page_size: int | None, last: str) -> list[tuple[str, str]]:
    query = [] if page_size is None else [("n", str(page_size))]
    return [*query, ("last", last)] if last else query


def _with_query(url: str, query: Sequence[tuple[str, str]]) -> str:
    # Colons and slashes stay as they are: they mean nothing in a query, and logs are easier to read.
    return f"{url}?{urlencode(query, quote_via=quote, safe=':/')}" if query else url
