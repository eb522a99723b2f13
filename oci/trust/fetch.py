"""Bringing what proves something about signatures over our HTTP client: OCSP answers, lists, timestamps.

Who may name what is fetched: certificates below a root that the user trusts. So private addresses are asked
as well, for CAs of one's own; those of metadata services and link-local ones never are, and redirects
lead to public addresses only. Each document is fetched once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import AddressRefused, RegistryError
from ..net.client import Client
from ..net.proxy import ProxySettings
from ..net.request import Request
from ..net.site import Site
from ..net.terms import Timeouts
from ..net.transport import SocketTransport
from ..wire.address import is_forbidden
from ..wire.retry import RetryRule

if TYPE_CHECKING:
    from ..content.cancellation import CancelToken
    from ..net.terms import Purpose
    from ..settings import Settings

MAX_BYTES: Final = 32 * 1024 * 1024
"""Bytes that an answer or a list may have; lists of large CAs have several million."""
TIMEOUTS: Final = Timeouts(connect_s=5.0, idle_s=5.0, answer_s=5.0)
"""How long each phase of a request may take."""


class _Responder(Site):
    """A host that a certificate has named."""

    def permit(self, host: str, address: str, port: int, purpose: Purpose) -> None:
        if is_forbidden(address):
            raise AddressRefused(f"{host}: what names this address may not send us to {address}", host=host)
        super().permit(host, address, port, purpose)


class HttpFetch:
    """Fetches documents; see `oci.trust.notation.inquiry.Fetch`.

    Args:
        settings: Decide on proxies, and the name we go by.
        token: Cancelling it ends a fetch at once.
    """

    def __init__(self, settings: Settings, *, token: CancelToken | None = None) -> None:
        self._settings = settings
        self._token = token
        self._client: Client | None = None
        self._brought: dict[tuple[str, bytes | None], bytes] = {}

    def __call__(self, url: str, *, post: bytes | None = None, content_type: str = "") -> bytes:
        """Bring a document.

        Raises:
            OciError: There is none.
        """
        known = self._brought.get((url, post))
        if known is not None:
            return known
        request = Request(
            method="GET" if post is None else "POST",
            url=url,
            site=_Responder(url),
            headers={"Content-Type": content_type} if content_type else {},
            content=post,
        )
        answer = self._opened().send(
            request, token=self._token, limit_bytes=MAX_BYTES, limit_name="revocation list"
        )
        if answer.status not in {200, 201}:
            shown = url.partition("?")[0][:120]
            raise RegistryError(f"{shown} answers with {answer.status}", status=answer.status)
        self._brought[url, post] = answer.body
        return answer.body

    def close(self) -> None:
        """Close the connections; safe to call more than once."""
        if self._client is not None:
            self._client.close()

    def _opened(self) -> Client:
        # Most certificates name nobody, and then there is nothing to open.
        if self._client is None:
            self._client = Client(
                transport=SocketTransport(proxies=ProxySettings.parse(self._settings.proxies)),
                retry=RetryRule(attempts=1),
                timeouts=TIMEOUTS,
                user_agent=self._settings.user_agent,
            )
        return self._client
