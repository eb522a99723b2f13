"""One question about one certificate: what it needs to be asked, and the three answers that there are."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

from ...errors import OciError
from ...frozen import frozen

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

MAX_PLACES: Final = 8
"""Responders, and lists, that are asked about one certificate."""


class Fetch(Protocol):
    """Brings small documents over HTTP."""

    def __call__(self, url: str, *, post: bytes | None = None, content_type: str = "") -> bytes:
        """Bring the body of an answer with status 200.

        Args:
            url: An http URL.
            post: What to send; None to get.
            content_type: What that is.

        Raises:
            OciError: There is no such answer.
        """


class Status(enum.Enum):
    """What is known about a certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@frozen
class Finding:
    """What a responder or a list says.

    Args:
        status: What is known.
        reason: Why it is revoked, or not known.
    """

    status: Status
    reason: str = ""


@frozen(kw_only=True)
class Inquiry:
    """One certificate, and by what means to ask about it.

    Args:
        certificate: The certificate.
        issuer: Who issued it.
        fetch: Brings what answers.
        now_s: What time it is.
        existed_s: When what it signed existed, as somebody vouches, or None.
    """

    certificate: Certificate
    issuer: Certificate
    fetch: Fetch
    now_s: float
    existed_s: float | None

    def bring(self, url: str, *, post: bytes | None = None, content_type: str = "") -> bytes | Finding:
        """Fetch something; a `Finding` that nothing is known where that fails."""
        if urlsplit(url).scheme.lower() != "http":
            # https would need a certificate that can be relied on, which is the question here.
            return Finding(Status.UNKNOWN, f"{_shown(url)} is not asked: only http is")
        try:
            return self.fetch(url, post=post, content_type=content_type)
        except OciError as error:
            return Finding(Status.UNKNOWN, error.message)

    def outlives(self, invalid_s: float | None) -> bool:
        """Tell whether what was signed existed before the certificate became invalid, as far as is known."""
        return invalid_s is not None and self.existed_s is not None and self.existed_s < invalid_s


def _shown(url: str) -> str:
    return url.partition("?")[0][:120]
