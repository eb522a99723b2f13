"""Basic authentication in front of a registry (RFC 7617): every request of everybody, ``/v2/`` included."""

from __future__ import annotations

import base64
import binascii
from http import HTTPStatus
from typing import TYPE_CHECKING

from ..serving import WorkPool
from .error import ApiError

if TYPE_CHECKING:
    from ..serving import Application, Request, Response
    from .htpasswd import Htpasswd

__all__ = ["Login"]

_THREADS = 2
"""Checks at a time: each keeps one core busy for a while."""

_FIELD_BYTES_MAX = 4096


class Login:
    """An application that lets only users pass to another one.

    Args:
        application: What they get to.
        users: Who they are.
    """

    def __init__(self, application: Application, users: Htpasswd) -> None:
        self._application = application
        self._users = users
        self._pool = WorkPool("registry-login", threads=_THREADS)

    async def __call__(self, request: Request) -> Response:
        """Answer a user's request, or 401 to anybody else."""
        given = _credentials(request.headers.get("Authorization"))
        if given is None or not await self._pool.run(self._users.check, *given):
            return ApiError(
                HTTPStatus.UNAUTHORIZED,
                "UNAUTHORIZED",
                "authentication required",
                headers={"WWW-Authenticate": 'Basic realm="ocitool", charset="UTF-8"'},
            ).response()
        return await self._application(request)

    def close(self) -> None:
        """Release the threads."""
        self._pool.close()


def _credentials(field: str) -> tuple[str, str] | None:
    scheme, _, encoded = field.partition(" ")
    if scheme.lower() != "basic" or len(encoded) > _FIELD_BYTES_MAX:
        return None
    try:
        name, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, password) if colon else None
