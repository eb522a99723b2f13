"""What a registry answers when it refuses: status, code and body (distribution-spec, "Error Codes").

Inside this room a refusal is raised as an `ApiError`; errors of the rooms below are turned into one here, in
one place, and messages of the operating system stay in the log: they name files of this machine.
"""

from __future__ import annotations

import errno
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from ..errors import (
    InvalidDigest,
    InvalidReference,
    LimitExceeded,
    Locked,
    NotFound,
    OciError,
    StorageError,
)
from ..serving import Response, json_response

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ApiError", "to_api_error"]

_logger = logging.getLogger(__name__)

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FORBIDDEN = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})

_BY_KIND: tuple[tuple[type[OciError], int, str], ...] = (
    (InvalidReference, HTTPStatus.BAD_REQUEST, "NAME_INVALID"),
    (InvalidDigest, HTTPStatus.BAD_REQUEST, "DIGEST_INVALID"),
    (LimitExceeded, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "SIZE_INVALID"),
    (NotFound, HTTPStatus.NOT_FOUND, "NAME_UNKNOWN"),
)
"""What a request can be blamed for. Anything else, such as a damaged file, is the registry's own fault."""


class ApiError(Exception):
    """A refusal.

    Args:
        status: The HTTP status.
        code: The specification's error code.
        message: For people.
        detail: For programs, or None.
        headers: Further fields of the answer.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        detail: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.detail = detail
        self.headers = headers or {}

    def response(self) -> Response:
        """Return the answer that says so."""
        item: dict[str, object] = {"code": self.code, "message": self.message}
        if self.detail is not None:
            item["detail"] = self.detail
        return json_response(self.status, {"errors": [item]}, headers=self.headers)


def to_api_error(error: OciError) -> ApiError:
    """Turn an error of the rooms below into a refusal.

    Args:
        error: What was raised.

    Returns:
        The refusal.
    """
    if isinstance(error, StorageError):
        return _storage_refusal(error)
    if isinstance(error, Locked):
        return ApiError(
            HTTPStatus.SERVICE_UNAVAILABLE, "UNKNOWN", "another writer is busy", headers={"Retry-After": "1"}
        )
    for kind, status, code in _BY_KIND:
        if isinstance(error, kind):
            return ApiError(status, code, error.message)
    _logger.error("unexpected failure", exc_info=error)
    return ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "UNKNOWN", "internal error")


def _storage_refusal(error: StorageError) -> ApiError:
    _logger.warning("%s", error.message)
    if error.errno in _FULL:
        return ApiError(HTTPStatus.INSUFFICIENT_STORAGE, "UNKNOWN", "the registry's disk is full")
    if error.errno in _FORBIDDEN:
        return ApiError(HTTPStatus.FORBIDDEN, "DENIED", "the registry cannot write to its directory")
    return ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "UNKNOWN", "the registry's storage failed")
