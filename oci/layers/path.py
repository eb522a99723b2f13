"""What an entry's name means: components beneath the root, and whether it hides what lies below.

A name is taken apart once and never put together again for the file system: its directory is resolved by the
kernel, its last component is used relative to that. ``..`` is refused: no writer needs it, and programs
differ in what they take it to mean.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ..errors import InvalidDocument, LimitExceeded

WHITEOUT: Final = ".wh."
OPAQUE: Final = ".wh..wh..opq"
_RESERVED: Final = ".wh..wh."
"""What else begins so is AUFS's own book-keeping (``.wh..wh.plnk``, ``.wh..wh.aufs``): no content."""


_SHOWN: Final = 64
"""Characters of a name that is too long to be quoted whole."""


class LayerPath(NamedTuple):
    """The place of an entry.

    Args:
        directory: The path of the directory it is in, without slashes at either end; empty for the root.
        name: Its last component; empty for the root itself.
    """

    directory: str
    name: str

    def __str__(self) -> str:
        return f"{self.directory}/{self.name}" if self.directory else self.name

    @classmethod
    def parse(cls, text: str, *, depth: int, where: str) -> LayerPath:
        """Take a name apart; leading slashes and components that mean nothing are dropped.

        Args:
            text: The name as it is written in the layer.
            depth: Components that it may have.
            where: Which layer, for error messages.

        Raises:
            InvalidDocument: It has a component ``..``.
            LimitExceeded: It has too many components.
        """
        text = text.strip("/")
        if "/." in text or "//" in text or text[:1] == ".":
            text = _plain(text, where)
        if text.count("/") >= depth:
            raise LimitExceeded(limit="depth", allowed=depth, where=f"{where}: {text[:_SHOWN]}...")
        directory, _, name = text.rpartition("/")
        return cls(directory, name)

    @property
    def is_whiteout(self) -> bool:
        """Whether it hides what lies below, in its directory: one name, or all of them."""
        return self.name.startswith(WHITEOUT)

    @property
    def is_opaque(self) -> bool:
        """Whether it hides all that lies below in its directory."""
        return self.name == OPAQUE

    @property
    def is_bookkeeping(self) -> bool:
        """Whether it is there for AUFS alone."""
        return self.name.startswith(_RESERVED) and self.name != OPAQUE

    def hidden(self, where: str) -> str:
        """Return the name that a whiteout hides.

        Raises:
            InvalidDocument: It hides nothing that could be there: no name, or a directory's own.
        """
        name = self.name.removeprefix(WHITEOUT)
        if name in {"", ".", ".."}:
            raise InvalidDocument(f"{where}: {self}: a whiteout that names nothing")
        return name


def _plain(text: str, where: str) -> str:
    parts = text.split("/")
    if ".." in parts:
        raise InvalidDocument(f"{where}: {text}: a path with '..'")
    return "/".join(part for part in parts if part not in {"", "."})
