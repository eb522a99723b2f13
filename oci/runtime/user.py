"""Whom a container runs as: the configuration's ``User``, looked up in passwd(5) and group(5) of the image.

The files are the image's, and are opened beneath its root: where a link in it leads to ``/etc/passwd``, that
is the image's file too, and never this host's. Lines that make no sense are passed over, as libc does.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Final

from ..errors import InvalidDocument, LimitExceeded, NotFound
from ..frozen import frozen
from ..layers.descent import open_beneath

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_FILE_BYTES: Final = 4 * 1024 * 1024
_LARGEST_ID: Final = 2**32 - 2
_ABSENT: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})


@frozen
class ProcessUser:
    """Whom a process runs as.

    Args:
        uid: The user's number.
        gid: The group's number.
        additional_gids: Numbers of further groups, in ascending order.
        home: The user's directory.
    """

    uid: int
    gid: int
    additional_gids: tuple[int, ...] = ()
    home: str = "/"


def find_user(root: int, text: str) -> ProcessUser:
    """Look a user up.

    Args:
        root: The descriptor of the image's root.
        text: ``user``, ``uid``, ``user:group``, ``uid:gid`` and so on; empty for root. A number that no line
            has is taken as it is; with a group that is named, a user is in no others (image-spec, config.md).

    Raises:
        NotFound: The image knows no user or group of this name.
        InvalidDocument: The text is none of these, or a number is out of range.
        LimitExceeded: One of the files is too large.
        OSError: One of the files cannot be read.
    """
    user, colon, group = text.partition(":")
    user = user or "0"
    found = next((line for line in _users(root) if user in {line.name, str(line.uid)}), None)
    number = _number(user, text)
    if found is None and number is None:
        raise NotFound(f"the image has no user {user!r}", name=user)
    uid = found.uid if found is not None else number or 0
    home = found.home if found is not None and found.home else "/"
    if colon and group:
        return ProcessUser(uid, _group(root, group, text), (), home)
    gid = found.gid if found is not None else 0
    name = found.name if found is not None else ""
    others = {other for _, other, members in _groups(root) if name and name in members}
    return ProcessUser(uid, gid, tuple(sorted(others - {gid})), home)


@frozen
class _User:
    name: str
    uid: int
    gid: int
    home: str


def _group(root: int, group: str, text: str) -> int:
    for name, gid, _ in _groups(root):
        if group in {name, str(gid)}:
            return gid
    number = _number(group, text)
    if number is None:
        raise NotFound(f"the image has no group {group!r}", name=group)
    return number


def _number(text: str, whole: str) -> int | None:
    if not text.isascii() or not text.isdigit():
        return None
    if len(text) > 10 or int(text) > _LARGEST_ID:
        raise InvalidDocument(f"the image's user {whole[:80]!r}: a number that is out of range")
    return int(text)


def _users(root: int) -> Iterator[_User]:
    for fields in _lines(root, "etc/passwd"):
        if len(fields) >= 6 and _is_id(fields[2]) and _is_id(fields[3]):
            yield _User(fields[0], int(fields[2]), int(fields[3]), fields[5])


def _groups(root: int) -> Iterator[tuple[str, int, list[str]]]:
    for fields in _lines(root, "etc/group"):
        if len(fields) >= 4 and _is_id(fields[2]):
            yield fields[0], int(fields[2]), fields[3].split(",")


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= _LARGEST_ID


def _lines(root: int, path: str) -> Iterator[list[str]]:
    try:
        descriptor = open_beneath(root, path)
    except OSError as error:
        if error.errno in _ABSENT:
            return
        raise
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(_MAX_FILE_BYTES + 1)
    if len(content) > _MAX_FILE_BYTES:
        raise LimitExceeded(limit="bytes of a file of users", allowed=_MAX_FILE_BYTES, where=path)
    for line in content.decode("utf-8", "surrogateescape").splitlines():
        if line and not line.startswith("#"):
            yield line.split(":")
