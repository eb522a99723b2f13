"""References: ``host[:port]/repository[:tag][@digest]`` (distribution-spec, "Pulling manifests").

The grammar is that of the specification and of Docker's reference package: repositories are lower
case, tags at most 128 characters, names at most 255. Both a tag and a digest may be given; both are
kept, and the digest decides.
"""

from __future__ import annotations

import re
from typing import Final

from ..errors import InvalidReference
from ..frozen import frozen, replace
from .digest import Digest

DEFAULT_REGISTRY: Final = "docker.io"
DEFAULT_TAG: Final = "latest"
MAX_NAME: Final = 255
"""Characters that host and repository may have together."""

_COMPONENT: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY: Final = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*", re.ASCII)
_TAG: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", re.ASCII)
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST: Final = re.compile(
    rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.]{{2,45}}\])(?::[0-9]{{1,5}})?", re.ASCII
)


@frozen
class Reference:
    """A checked name of an image or a repository in a registry.

    Args:
        registry: The registry's host, with its port if one was given.
        repository: The repository's path in it.
        tag: A tag, or None.
        digest: A digest, or None.

    Raises:
        InvalidReference: A part breaks the grammar.
    """

    registry: str
    repository: str
    tag: str | None = None
    digest: Digest | None = None

    def __post_init__(self) -> None:
        check_registry(self.registry)
        check_repository(self.repository)
        if len(self.registry) + 1 + len(self.repository) > MAX_NAME:
            raise InvalidReference(f"{self.name[:80]}...: a name has at most {MAX_NAME} characters")
        if self.tag is not None:
            check_tag(self.tag)

    def __str__(self) -> str:
        tag = "" if self.tag is None else f":{self.tag}"
        digest = "" if self.digest is None else f"@{self.digest}"
        return f"{self.name}{tag}{digest}"

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Read a reference as people write it, with Docker's defaults for what is left out.

        ``alpine`` is ``docker.io/library/alpine``; the first component is a host when it has a dot or
        a colon or is ``localhost``. No tag is added; see `tagged`.

        Raises:
            InvalidReference: The text is no reference.
            InvalidDigest: The part after ``@`` is no digest.
        """
        if not text:
            raise InvalidReference("an empty text is not a reference")
        rest, at, digest = text.partition("@")
        if "/" in digest:
            # Not repeated in the message: what stands before the "@" may be a password.
            raise InvalidReference(
                "a reference has nothing like user:password@ in it",
                hint="log in to the registry, or give credentials by the options for them",
            )
        name, tag = _split_tag(rest)
        registry, repository = _split_registry(name)
        return cls(registry, repository, tag, Digest.parse(digest) if at else None)

    @property
    def name(self) -> str:
        """Host and repository, without tag and digest."""
        return f"{self.registry}/{self.repository}"

    @property
    def target(self) -> str | Digest:
        """What to ask the registry for: the digest if there is one, else the tag, else ``latest``."""
        return self.digest or self.tag or DEFAULT_TAG

    def tagged(self) -> Reference:
        """Return the reference with ``latest`` where it has neither tag nor digest."""
        return self if self.tag or self.digest else replace(self, tag=DEFAULT_TAG)

    def at(self, target: str | Digest) -> Reference:
        """Return the same repository at another tag or digest."""
        if isinstance(target, Digest):
            return replace(self, tag=None, digest=target)
        return replace(self, tag=target, digest=None)


def check_registry(host: str) -> str:
    """Return a registry's ``host[:port]`` unchanged, or raise `InvalidReference`."""
    matched = _HOST.fullmatch(host)
    if not matched or len(host) > MAX_NAME or not _port_is_valid(host):
        raise InvalidReference(f"{host[:80]!r} is not a registry's host name")
    return host


def check_repository(repository: str) -> str:
    """Return a repository's name unchanged, or raise `InvalidReference`."""
    if len(repository) > MAX_NAME or not _REPOSITORY.fullmatch(repository):
        raise InvalidReference(
            f"{repository[:80]!r} is not a repository name",
            hint="lower-case letters and digits, joined by '.', '_', '__' or '-'; '/' between components",
        )
    return repository


def check_tag(tag: str) -> str:
    """Return a tag unchanged, or raise `InvalidReference`."""
    if not _TAG.fullmatch(tag):
        raise InvalidReference(
            f"{tag[:160]!r} is not a tag",
            hint="a tag has up to 128 letters, digits, '_', '.' and '-', and does not begin with '.' or '-'",
        )
    return tag


def _port_is_valid(host: str) -> bool:
    _, colon, port = host.rpartition(":")
    if not colon or host.endswith("]"):
        return True
    return 0 < int(port) < 65536


def _split_tag(text: str) -> tuple[str, str | None]:
    # A colon after the last slash begins a tag; before it, a port.
    head, slash, last = text.rpartition("/")
    name, colon, tag = last.partition(":")
    if not colon:
        return text, None
    return f"{head}{slash}{name}", tag


def _split_registry(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        registry, repository = first, rest
        if registry in {"index.docker.io", "registry-1.docker.io"}:
            registry = DEFAULT_REGISTRY
    else:
        registry, repository = DEFAULT_REGISTRY, name
    if registry == DEFAULT_REGISTRY and "/" not in repository:
        repository = f"library/{repository}"
    return registry, repository
