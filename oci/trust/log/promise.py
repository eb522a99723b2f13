"""The log's promise: its signature over an entry and the time at which it took it (SET).

rekor, "Signed Entry Timestamp": a signature over the canonical JSON (RFC 8785) of the entry's body, the time,
its number and the log's ID. It proves when something was signed at the latest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import rfc8785

from ...errors import InvalidDocument, NotVerified
from ...frozen import field, frozen
from ..verdict import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .trusted import TrustedLog


@frozen(kw_only=True)
class Promise:
    """An entry that a log says it has taken.

    Args:
        body: The entry, in base64, as it was signed.
        integrated_s: When, in seconds since 1970.
        index: Its number in the log.
        log_id: The log: the SHA-256 of its key, in hex.
        signature: The log's signature.
    """

    body: str = field(repr=False)
    integrated_s: int
    index: int
    log_id: str
    signature: bytes = field(repr=False)

    def check(self, logs: Iterable[TrustedLog]) -> None:
        """Verify the log's signature.

        Args:
            logs: The logs that may have made it; each counts within its window.

        Raises:
            NotVerified: None of them has made it.
            InvalidDocument: It has no canonical form.
        """
        signed = self._signed()
        for log in logs:
            if log.key.fingerprint == self.log_id and log.key.verifies(self.signature, signed):
                if log.window.holds(self.integrated_s):
                    return
                raise NotVerified(
                    "the log's promise is from a time at which its key does not count",
                    fault=Fault.UNRECORDED.value,
                )
        raise NotVerified(
            "the log's promise is not of a log that is trusted, or does not hold",
            fault=Fault.UNRECORDED.value,
        )

    def _signed(self) -> bytes:
        members: dict[str, str | int] = {
            "body": self.body,
            "integratedTime": self.integrated_s,
            "logID": self.log_id,
            "logIndex": self.index,
        }
        try:
            return rfc8785.dumps(members)
        except rfc8785.CanonicalizationError as error:
            # Numbers that JavaScript would round have none.
            raise InvalidDocument(f"promise: no canonical form: {error}") from error
