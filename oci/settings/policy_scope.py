"""The scopes of policies: which an image is in, and which ones a transport can have.

containers-policy.json(5), "Supported transports and their scopes". Paths are taken as they are given: whoever
asks has made them absolute and has followed their links.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from ..errors import InvalidDigest
from ..spec import Digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..spec import Reference

PATH_TRANSPORTS: Final = frozenset({"dir", "oci", "oci-archive", "sif"})
"""Transports whose scopes are paths."""

_UNSCOPED: Final = frozenset({"docker-archive", "tarball"})


def scopes_of_reference(reference: Reference) -> tuple[str, ...]:
    """Return the scopes that an image of ``docker`` or ``docker-daemon`` is in, the narrowest first.

    These are its name with the digest and with the tag, its repository, the namespaces above it, its
    registry, and the domains above that one, as ``*.example.com``.
    """
    exact = []
    if reference.digest is not None:
        exact.append(f"{reference.name}@{reference.digest}")
    if reference.tag is not None:
        exact.append(f"{reference.name}:{reference.tag}")
    return (*exact, *_parents(reference.name, root=""), *_domains(reference.registry))


def scopes_of_path(path: str) -> tuple[str, ...]:
    """Return the scopes that an image in a file or directory is in: its path, and the directories above it.

    Args:
        path: The absolute path, without links.
    """
    return tuple(_parents(path, root="/"))


def fault_of_scope(transport: str, scope: str) -> str:
    """Say what is wrong with a scope, or return an empty string.

    A transport that is not known may have any.
    """
    if not scope:
        return ""
    if transport in _UNSCOPED:
        return 'has no scopes but ""'
    if transport in PATH_TRANSPORTS:
        return _fault_of_path(scope)
    if transport == "docker-daemon" and _is_digest(scope):
        return "is an image's ID, which is no scope"
    if transport == "containers-storage" and not _is_in_a_store(scope):
        return "must begin with the store's place, as in [overlay@/var/lib/containers/storage]"
    return ""


def _fault_of_path(scope: str) -> str:
    if not scope.startswith("/"):
        return "must be an absolute path"
    if scope.strip("/") == "":
        return 'is everything: the scope for that is ""'
    clean = "/" + posixpath.normpath(scope).lstrip("/")
    return "" if clean == scope else f"must be written {clean}"


def _is_digest(text: str) -> bool:
    try:
        Digest.parse(text)
    except InvalidDigest:
        return False
    return True


def _is_in_a_store(scope: str) -> bool:
    store, bracket, _ = scope[1:].partition("]")
    driver, at, place = store.rpartition("@")
    return scope.startswith("[") and bool(bracket) and place.startswith("/") and (bool(driver) or not at)


def _parents(name: str, *, root: str) -> Iterator[str]:
    while name and name != root:
        yield name
        name = name.rpartition("/")[0]


def _domains(registry: str) -> Iterator[str]:
    host = registry if registry.startswith("[") else registry.partition(":")[0]
    _, dot, rest = host.partition(".")
    while dot:
        yield f"*.{rest}"
        _, dot, rest = rest.partition(".")
