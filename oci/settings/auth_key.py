"""The keys of an auth file: which entries speak for a repository, the most specific one first.

Keys are hosts (``quay.io``), namespaces (``quay.io/team/app``), and the URLs that old Docker versions wrote
(``https://index.docker.io/v1/``), which stand for their host.
"""

from __future__ import annotations

from typing import Final

DOCKER_HUB: Final = "docker.io"

DOCKER_HUB_KEY: Final = "https://index.docker.io/v1/"
"""What Docker itself calls its registry in files and towards helpers."""

_HUB_NAMES: Final = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io"})


def normalized(key: str) -> str:
    """Return what a key stands for: a host, or a host with a path, with Docker Hub's names made one."""
    for scheme in ("https://", "http://"):
        if key.lower().startswith(scheme):
            key = key[len(scheme) :].partition("/")[0]
    host, slash, path = key.rstrip("/").partition("/")
    host = host.lower()
    return f"{DOCKER_HUB if host in _HUB_NAMES else host}{slash}{path}"


def is_url(key: str) -> bool:
    """Tell whether a key is one of the old URLs."""
    return "://" in key


def scopes_of(registry: str, repository: str) -> tuple[str, ...]:
    """Return the normalized keys that may speak for a repository, the most specific one first.

    Args:
        registry: The registry's host, with its port if it has one.
        repository: The repository's name, or an empty string for the registry as a whole.
    """
    host = normalized(registry)
    parts = repository.split("/") if repository else []
    return (*("/".join((host, *parts[:length])) for length in range(len(parts), 0, -1)), host)
