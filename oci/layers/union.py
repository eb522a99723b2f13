"""Layers looked into without being unpacked: what a container would see under a path.

The uppermost layer is asked first, and those below only for what it neither has nor hides, so that layers
that do not matter are never read. Symbolic links lead where they would lead in the container.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import InvalidDocument, NotFound
from ..frozen import frozen
from ..tar import Header, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .index import LayerIndex

_MAX_LINKS: Final = 40
"""As many as the kernel follows (path_resolution(7))."""

_ROOT: Final = Header("", Kind.DIRECTORY, mode=0o755)
"""What is said of the root, and of directories that no entry describes."""


@frozen
class Found:
    """What lies under a path.

    Args:
        path: Where it is, once all links were followed.
        header: What its layer says of it.
        layer: The position of that layer, counted from the lowest one; None for the root.
    """

    path: str
    header: Header
    layer: int | None


class Union:
    """Layers, one on the other.

    Args:
        layers: Each is opened when it is asked for the first time; the lowest first.
    """

    def __init__(self, layers: Sequence[Callable[[], LayerIndex]]) -> None:
        self._openers = layers
        self._opened: dict[int, LayerIndex] = {}

    @property
    def is_verified(self) -> bool:
        """Whether all that was looked at was checked against the manifest."""
        return all(index.is_verified for index in self._opened.values())

    def find(self, path: str) -> Found:
        """Look for a path, and follow its links, the last one too.

        Raises:
            NotFound: There is nothing.
            InvalidDocument: Links lead in a circle.
        """
        waiting = _components(path)
        found = Found("", _ROOT, None)
        links = 0
        while waiting:
            name = waiting.pop()
            if name == "..":
                found = Found(found.path.rpartition("/")[0], _ROOT, None)
                continue
            below = self._entry(f"{found.path}/{name}".lstrip("/"), len(self._openers))
            if below is None or found.header.kind is not Kind.DIRECTORY:
                raise NotFound(f"the image has no {path!r}", name=path)
            if below.header.kind is not Kind.SYMBOLIC_LINK:
                found = below
                continue
            links += 1
            if links > _MAX_LINKS:
                raise InvalidDocument(f"{path!r}: links that lead in a circle")
            if below.header.link_name.startswith("/"):
                found = Found("", _ROOT, None)
            waiting += _components(below.header.link_name)
        return found

    def children(self, directory: str) -> dict[str, Header]:
        """Return what is in a directory, by name and in order; links are not followed."""
        found: dict[str, Header] = {}
        implied: set[str] = set()
        hidden: set[str] = set()
        for position in reversed(range(len(self._openers))):
            index = self._index(position)
            index.seek("")
            for name in index.names(directory) - found.keys() - hidden:
                header = index.header(f"{directory}/{name}".lstrip("/"))
                if header is None:
                    implied.add(name)
                elif name not in implied or header.kind is Kind.DIRECTORY:
                    found[name] = header
            if self._ends_at(index, directory):
                break
            hidden |= index.hidden_names(directory)
        return dict(sorted((dict.fromkeys(implied, _ROOT) | found).items()))

    def content(self, found: Found) -> Iterator[bytes]:
        """Yield the content of a file; of a hard link, that of the file it is a name of.

        Raises:
            NotFound: The link leads to nothing.
        """
        links = 0
        while found.header.kind is Kind.HARD_LINK and found.layer is not None:
            target = "/".join(reversed(_components(found.header.link_name)))
            linked = self._entry(target, found.layer + 1)
            links += 1
            if linked is None or links > _MAX_LINKS:
                raise NotFound(f"{found.path}: a hard link to nothing", name=target)
            found = linked
        assert found.layer is not None
        return self._index(found.layer).content(found.path)

    def _entry(self, path: str, above: int) -> Found | None:
        """Look for a path in the layers beneath a position."""
        implied = None
        for position in reversed(range(above)):
            index = self._index(position)
            index.seek(path)
            header = index.header(path)
            if header is not None:
                # A directory that is described in a lower layer only is the same directory.
                is_same = implied is None or header.kind is Kind.DIRECTORY
                return Found(path, header, position) if is_same else implied
            if implied is None and index.implies(path):
                implied = Found(path, _ROOT, position)
            if index.hides(path) or self._ends_at(index, path.rpartition("/")[0]):
                break
        return implied

    def _index(self, position: int) -> LayerIndex:
        found = self._opened.get(position)
        if found is None:
            found = self._opened[position] = self._openers[position]()
        return found

    @staticmethod
    def _ends_at(index: LayerIndex, directory: str) -> bool:
        """Tell whether a layer lets nothing of a directory show that lies below."""
        while True:
            if index.is_opaque(directory) or (directory and index.hides(directory)):
                return True
            header = index.header(directory) if directory else None
            if header is not None and header.kind is not Kind.DIRECTORY:
                return True
            if not directory:
                return False
            directory = directory.rpartition("/")[0]


def _components(path: str) -> list[str]:
    """Take a path apart, its first component last."""
    return [part for part in reversed(path.split("/")) if part not in {"", "."}]
