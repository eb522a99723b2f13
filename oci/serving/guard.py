"""What keeps a web page in the user's browser away from a server on the user's own machine.

Two rules, applied before the application sees a request:

- The ``Host`` must be one of ours. A page whose domain is made to resolve to 127.0.0.1 (DNS rebinding) sends
  its own domain there. IP literals cannot be rebound and always pass, as do ``localhost`` and its subdomains.
- Requests that a browser marks as coming from a page (``Origin``, ``Sec-Fetch-Site``) are refused.
"""

from __future__ import annotations

import ipaddress
from http import HTTPStatus
from typing import TYPE_CHECKING

from .response import Response, text_response

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .request import Request
    from .response import Application

__all__ = ["guarded"]

_FOREIGN_SITES = frozenset({"cross-site", "same-site"})


def guarded(application: Application, *, names: Iterable[str] = (), any_host: bool = False) -> Application:
    """Put the two rules in front of an application.

    Args:
        application: Answers what passes.
        names: Further host names of this server, without port.
        any_host: Leave the ``Host`` rule out: right for unix sockets and behind TLS, where no other site's
            page can get as far as sending a request.

    Returns:
        The guarded application: 421 for a foreign ``Host``, 403 for a request that a web page made.
    """
    own_names = frozenset(name.lower().rstrip(".") for name in names)

    async def guard(request: Request) -> Response:
        if not any_host and not _is_own(request.headers.get("Host"), own_names):
            return text_response(HTTPStatus.MISDIRECTED_REQUEST, "this Host is not served here")
        if "Origin" in request.headers or request.headers.get("Sec-Fetch-Site").lower() in _FOREIGN_SITES:
            return text_response(HTTPStatus.FORBIDDEN, "requests from web pages are refused")
        return await application(request)

    return guard


def _is_own(host: str, own_names: frozenset[str]) -> bool:
    name = _without_port(host).lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost") or name in own_names:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
