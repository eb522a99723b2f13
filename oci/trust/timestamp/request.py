"""Asking an authority to vouch for the time of a signature (RFC 3161, section 2.4 and 3.4).

The answer is held against the question: what was stamped, and the number that was made up for it. Who the
authority is, and whether its certificates hold, is for those to judge who verify.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...errors import RegistryError
from .stamp import MAX_BYTES

if TYPE_CHECKING:
    from ..fetch import HttpFetch

QUERY: Final = "application/timestamp-query"
"""What a question is sent as."""


class TimestampServer:
    """An authority that is reached over HTTP.

    Args:
        url: Where.
        fetch: Sends the question.
    """

    def __init__(self, url: str, fetch: HttpFetch) -> None:
        self._url = url
        self._fetch = fetch

    def stamp(self, content: bytes) -> bytes:
        """Have some bytes stamped.

        Returns:
            The authority's answer, in DER.

        Raises:
            OciError: There is none, or it is for something else.
        """
        from rfc3161_client import TimestampRequestBuilder, decode_timestamp_response
        from rfc3161_client.base import HashAlgorithm

        from .token import as_response, token_in

        question = TimestampRequestBuilder().hash_algorithm(HashAlgorithm.SHA256).data(content)
        asked = question.nonce(nonce=True).cert_request(cert_request=True).build()
        answer = self._fetch(self._url, post=asked.as_bytes(), content_type=QUERY)
        if len(answer) > MAX_BYTES:
            raise self._wrong(f"answers with more than {MAX_BYTES} bytes")
        try:
            info = decode_timestamp_response(as_response(token_in(answer))).tst_info
        except ValueError as error:
            raise self._wrong("answers with no timestamp") from error
        if info.message_imprint.message != asked.message_imprint.message or info.nonce != asked.nonce:
            raise self._wrong("answers with a timestamp of something else")
        return answer

    def token(self, content: bytes) -> bytes:
        """Have some bytes stamped; return the token alone, as envelopes of the Notary Project keep it."""
        from .token import token_in

        return token_in(self.stamp(content))

    def _wrong(self, what: str) -> RegistryError:
        return RegistryError(f"{self._url.partition('?')[0][:120]} {what}", status=200)
