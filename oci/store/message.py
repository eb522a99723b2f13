"""What a store and its worker processes say to each other: JSON with its length before it, and open files.

The worker has read what strangers wrote: what it says is parsed like anything from outside.
"""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Final

from ..errors import InvalidDocument
from ..spec import strict_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LENGTH_BYTES: Final = 8
_MAX_BYTES: Final = 256 * 1024**2
"""Of one message; it is the names of directories that take most."""

_MAX_FILES: Final = 3


def send(peer: socket.socket, members: Mapping[str, object], files: Sequence[int] = ()) -> None:
    """Send a message, with open files if there are any.

    Raises:
        OSError: The other side is gone.
    """
    text = json.dumps(members).encode()
    head = len(text).to_bytes(_LENGTH_BYTES, "big")
    if files:
        socket.send_fds(peer, [head], list(files))
    else:
        peer.sendall(head)
    peer.sendall(text)


def receive(peer: socket.socket) -> tuple[dict[str, object], list[int]] | None:
    """Take a message and the open files that came with it; None where the other side is gone.

    Raises:
        InvalidDocument: It is no message.
    """
    try:
        head, files, _, _ = socket.recv_fds(peer, _LENGTH_BYTES, _MAX_FILES)
        head += _exactly(peer, _LENGTH_BYTES - len(head)) if head else b""
        length = int.from_bytes(head, "big")
        if length > _MAX_BYTES:
            raise InvalidDocument(f"a message of {length} bytes from a worker process")
        text = _exactly(peer, length) if head else b""
    except ConnectionError:
        return None
    return (strict_json.load_object(text, where="a message"), files) if text else None


def byte_text(text: str) -> str:
    """Return a path, which may be any bytes, with one character for each of them; see `path_text`."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def path_text(text: str) -> str:
    """Return what `byte_text` was made of."""
    return text.encode("latin-1").decode("utf-8", "surrogateescape")


def _exactly(peer: socket.socket, size: int) -> bytes:
    content = bytearray()
    while len(content) < size:
        piece = peer.recv(size - len(content))
        if not piece:
            raise ConnectionResetError
        content += piece
    return bytes(content)
