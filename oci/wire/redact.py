"""URLs as they may be shown: in errors, logs and progress. Secrets travel in user information and queries."""

from __future__ import annotations

import re
from typing import Final

from .printable import MAX_CHARACTERS, printable

_UNREADABLE: Final = "(unreadable address)"
_URL: Final = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]{0,30}):)?//([^/\\]*)(.*)", re.DOTALL)
_HOST: Final = re.compile(r"(?:[^\s:@\[\]]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")


def redacted(url: str) -> str:
    """Return a URL without user information, query and fragment, in printable characters, cut to a length.

    What cannot be read as an address is not shown at all: a password with a slash in it looks like a host
    and a path.

    Args:
        url: Any text that is meant to be an absolute URL, or a URL's path.
    """
    text = re.split(r"[?#]", url, maxsplit=1)[0]
    matched = _URL.match(text)
    if matched is None:
        return printable(text, limit=MAX_CHARACTERS) if text.startswith("/") else _UNREADABLE
    scheme, authority, path = matched.groups()
    host = authority.rpartition("@")[2]
    # An @ further on may be the one that a user's slash or question mark has driven off its place.
    if not _HOST.fullmatch(host) or "@" in url[matched.end(2) :]:
        return _UNREADABLE
    start = f"{scheme}://" if scheme else "//"
    return printable(f"{start}{host}{path}", limit=MAX_CHARACTERS)
