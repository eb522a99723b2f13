"""A worker process: takes orders to unpack a layer into an empty directory, one after the other.

It is given open files and knows no paths: a layer, the directory, a bell that rings when the layer has grown.
Before it reads any of them it gives away what it does not need (`oci.store.confinement`).
It ends when whoever ordered is gone.
"""

from __future__ import annotations

import os
import signal
import socket
from typing import TYPE_CHECKING, Final

from ..errors import OciError, StorageError
from ..layers import LayerLimits, LayerStream, Ownership
from ..layers.apply import apply_layer
from ..layers.form import Overlay
from ..layers.prefetch import Prefetch
from ..layers.tree import Tree
from ..spec import Digest
from .confinement import confine
from .following import FollowedFile
from .message import byte_text, receive, send

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from ..layers import Applied

FIELDS: Final = {
    "DigestMismatch": ("expected", "actual", "where"),
    "InvalidDocument": ("message",),
    "InvalidValue": ("message",),
    "LimitExceeded": ("limit", "allowed", "where"),
    "SizeMismatch": ("expected", "actual", "where"),
    "StorageError": ("message", "path", "errno"),
}
"""The errors that a worker can tell of, with their fields; any other one becomes a `StorageError`."""

_MODE: Final = 0o755


class Unaided(Overlay):
    """The form of a layer in a tree of its own, whose parents may not be there yet.

    Remembers the directories that no entry describes: they have to look like those in the layers below. And
    leaves whiteouts for the end, so that none is in the way of what the layer itself has beneath that name.

    Args:
        tree: The tree.
        namespace: Of overlayfs's own attributes.
        undescribed: The directories that were made without an entry; those that get one are taken out.
    """

    def __init__(self, tree: Tree, *, namespace: str, undescribed: dict[str, None]) -> None:
        super().__init__(tree, namespace=namespace)
        self._undescribed = undescribed
        self._hidden: list[tuple[str, str]] = []

    def hide(self, directory: str, name: str) -> None:
        """Remember what is to be hidden."""
        self._hidden.append((directory, name))

    def settle(self) -> None:
        """Hide it, after all entries."""
        for directory, name in self._hidden:
            super().hide(directory, name)

    def wrote(self, directory: str, name: str) -> None:
        """Forget a directory that has an entry after all."""
        super().wrote(directory, name)
        if self._undescribed:
            self._undescribed.pop(f"{directory}/{name}".strip("/"), None)


def main() -> None:
    """Serve whoever is at the other end of the standard input."""
    # Ctrl-C reaches the whole group; whoever ordered decides what becomes of us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    confine()
    with socket.socket(fileno=0) as orderer:
        while (order := receive(orderer)) is not None:
            members, files = order
            try:
                answer = _unpack(members, files)
            except (OciError, OSError, ValueError) as error:
                answer = {"error": _told(error)}
            try:
                send(orderer, answer)
            except OSError:
                return


def _unpack(order: Mapping[str, object], files: list[int]) -> dict[str, object]:
    layer, target, *bell = files
    where, limits = str(order["where"]), _limits(order)
    stream = LayerStream(
        lambda: FollowedFile(layer, bell[0] if bell else None, int(str(order["size"])), where=where),
        Digest.parse(str(order["diff_id"])),
        limits=limits,
        where=where,
    )
    undescribed: dict[str, None] = {"": None}

    def complete(descriptor: int, path: str) -> None:
        os.fchmod(descriptor, _MODE)
        undescribed[path] = None

    try:
        os.fchmod(target, _MODE)
        counted = _Counted(stream)
        with Prefetch(iter(counted)) as pieces, Tree(target, complete=complete) as tree:
            form = Unaided(tree, namespace=str(order["namespace"]), undescribed=undescribed)
            applied = apply_layer(
                pieces,
                tree,
                form,
                ownership=Ownership(keeps_owners=order["keeps_owners"] is True),
                limits=limits,
                where=where,
            )
            form.settle()
    finally:
        os.close(target)
    return _result(applied, counted.size, undescribed)


class _Counted:
    """A layer's pieces, and how many bytes they have."""

    def __init__(self, stream: LayerStream) -> None:
        self._stream = stream
        self.size = 0

    def __iter__(self) -> Generator[bytes]:
        for piece in self._stream:
            self.size += len(piece)
            yield piece


def _limits(order: Mapping[str, object]) -> LayerLimits:
    told = order["limits"]
    return LayerLimits.of(told if isinstance(told, dict) else {})


def _result(applied: Applied, expanded_bytes: int, undescribed: dict[str, None]) -> dict[str, object]:
    return {
        "entries": applied.entries,
        "expanded_bytes": expanded_bytes,
        "omissions": [
            [omission.reason, omission.count, byte_text(omission.example)] for omission in applied.omissions
        ],
        "undescribed": [byte_text(path) for path in undescribed],
    }


def _told(error: Exception) -> dict[str, object]:
    if type(error).__name__ not in FIELDS:
        number = error.errno if isinstance(error, OSError) else None
        reason = error.message if isinstance(error, OciError) else str(error)
        error = StorageError(f"the layer cannot be unpacked: {reason}", path="", errno=number)
    kind = type(error).__name__
    return {"kind": kind, **{name: getattr(error, name) for name in FIELDS[kind]}}
