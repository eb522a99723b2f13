"""Where an answer sends us next: redirects, upload locations and paging links (RFC 3986, section 5).

The rules are ours: never from https to http, never with user information, never to another scheme, and
credentials stay with the origin they were meant for. Which *addresses* may be connected to is `address`'s
business.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import urljoin, urlsplit

from ..errors import AddressRefused
from ..frozen import frozen
from .printable import printable
from .redact import redacted

MAX_URL: Final = 16 * 1024
"""Characters that a URL may have; presigned ones have one or two thousand."""

DEFAULT_PORTS: Final = {"http": 80, "https": 443}

_PROXY_HINT: Final = (
    "a registry behind a proxy that ends TLS has to be told that its clients use https (X-Forwarded-Proto)"
)
_VISIBLE: Final = re.compile(r"[!-\[\]-~]+")  # printable ASCII without blank and backslash
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
# Underscores are no part of host names, but buckets and container names have them.
_HOST: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\.?|[0-9a-f:.]*:[0-9a-f:.]*", re.IGNORECASE)
# What urlsplit takes for brackets and a port has more to it: [::1]0:80 is no host of anybody's.
_AUTHORITY: Final = re.compile(r"(?:\[[^\[\]]*\]|[^\[\]:]*)(?::[0-9]*)?")


@frozen
class Origin:
    """Scheme, host and port: what a credential belongs to (RFC 6454).

    Args:
        scheme: ``http`` or ``https``.
        host: In lower case, an IPv6 address without brackets.
        port: The port, spelled out.
    """

    scheme: str
    host: str
    port: int


@lru_cache(maxsize=256)
def origin_of(url: str) -> Origin:
    """Return an absolute URL's origin.

    Raises:
        AddressRefused: The text is no absolute URL of http or https, or carries user information.
    """
    if len(url) > MAX_URL:
        raise _refused(url, f"has more than {MAX_URL} characters")
    if not _VISIBLE.fullmatch(url):
        raise _refused(url, "is empty, or has blanks, control characters or others that a URL cannot have")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _refused(url, "is not a URL") from error
    if parts.scheme not in DEFAULT_PORTS:
        raise _refused(url, "is neither http nor https")
    if "@" in parts.netloc:
        raise _refused(url, "carries user information")
    is_plain = _AUTHORITY.fullmatch(parts.netloc) and _HOST.fullmatch(host)
    if not is_plain or port == 0 or len(host) > 253:
        raise _refused(url, "has no valid host and port")
    return Origin(parts.scheme, host, port or DEFAULT_PORTS[parts.scheme])


def next_url(url: str, location: str) -> str:
    """Resolve what an answer's Location (or Link) names, and refuse what we do not follow.

    Args:
        url: The absolute URL that was asked.
        location: What the answer named, absolute or relative. Its query is kept as it is.

    Returns:
        An absolute URL without fragment.

    Raises:
        AddressRefused: It leads from https to http, to another scheme, carries user information, has
            characters that no URL has, or is too long.
    """
    base = origin_of(url)
    if len(location) > MAX_URL:
        raise _refused(location, f"has more than {MAX_URL} characters")
    target = _resolved(url, location.partition("#")[0])
    if base.scheme == "https" and origin_of(target).scheme != "https":
        raise _refused(target, f"would leave https, which {base.host} was asked with", hint=_PROXY_HINT)
    return target


def same_origin(a: str, b: str) -> bool:
    """Tell whether two absolute URLs have scheme, host and port in common; what is no URL has no origin."""
    try:
        return origin_of(a) == origin_of(b)
    except AddressRefused:
        return False


def keeps_authorization(a: str, b: str) -> bool:
    """Tell whether credentials that were sent to one URL may be sent to another one.

    Only within one origin, or where the very same host is merely asked with https instead of http.
    """
    try:
        old, new = origin_of(a), origin_of(b)
    except AddressRefused:
        return False
    is_upgrade = old == Origin("http", new.host, 80) and new == Origin("https", new.host, 443)
    return old == new or is_upgrade


def _resolved(url: str, location: str) -> str:
    if not location or not _VISIBLE.fullmatch(location):
        raise _refused(
            location, "is empty, or has blanks, control characters or others that a URL cannot have"
        )
    scheme, _, rest = url.partition("://")
    if location.startswith("//"):
        target = f"{scheme}:{location}"
    elif location.startswith("/"):
        target = f"{scheme}://{re.split('[/?#]', rest, maxsplit=1)[0]}{location}"
    elif _SCHEME.match(location):
        target = location
    else:
        target = urljoin(url, location)
    origin_of(target)
    return target


def _refused(url: str, reason: str, *, hint: str = "") -> AddressRefused:
    shown = redacted(url[:MAX_URL])
    host = printable(re.split(r"[/?#@\\]", url.partition("://")[2], maxsplit=1)[0]) if "@" not in url else ""
    return AddressRefused(f"refused to go to {shown}: it {reason}", host=host, hint=hint)
