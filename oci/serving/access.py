"""The access log: one line per request on the logger ``oci.serving.access``.

Facts also travel as attributes of the record (``status``, ``sent_bytes``, ...), so that a program can log
them its own way. Queries are left out: they may carry what is not meant for a log.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .request import Request

__all__ = ["log_access"]

_logger = logging.getLogger("oci.serving.access")


def log_access(request: Request, status: int, *, sent_bytes: int, seconds: float) -> None:
    """Write one line.

    Args:
        request: What was asked; its path holds no control characters, being percent-encoded as received.
        status: What was answered.
        sent_bytes: Bytes of the answer, its head included.
        seconds: From the complete head to the last byte given to the transport.
    """
    if _logger.isEnabledFor(logging.INFO):
        _logger.info(
            "%s %s %s %d %d B %.1f ms",
            request.peer,
            request.method,
            request.path,
            status,
            sent_bytes,
            seconds * 1000,
            extra={
                "peer": request.peer,
                "method": request.method,
                "path": request.path,
                "status": status,
                "sent_bytes": sent_bytes,
                "seconds": seconds,
            },
        )
