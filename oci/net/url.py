"""URLs as they are connected to: an origin, and what it is asked for, byte for byte as it was written.

Little is done to a URL here, on purpose. Upload locations and presigned queries are signed as often as not:
whoever decodes them, encodes them again, or takes a dot out of them breaks them. So the target keeps its
characters, and a text that would need mending to be sent (blanks, control characters, letters beyond ASCII,
user information) is refused, by the same rules of `oci.wire.redirect` that judge where an answer may lead.
RFC 3986, section 3; RFC 9112, section 3.2.
"""

from __future__ import annotations

import re
import socket
from typing import Final

from ..errors import AddressRefused
from ..frozen import frozen
from ..wire.redact import redacted
from ..wire.redirect import DEFAULT_PORTS, Origin, origin_of

__all__ = ["Url"]

_END_OF_AUTHORITY: Final = re.compile(r"[/?#]")
_FOUR_NUMBERS: Final = re.compile(r"[0-9]+(?:\.[0-9]+){3}")


@frozen
class Url:
    """An absolute URL of http or https.

    Args:
        origin: Scheme, host in lower case and without brackets, and port.
        target: Path and query as they stand in the request line; a slash at least.
    """

    origin: Origin
    target: str

    @classmethod
    def parse(cls, text: str) -> Url:
        """Take an absolute URL apart; a fragment is left out, since it is nobody's but the reader's.

        Raises:
            AddressRefused: The text is no absolute URL of http or https, carries user information, or names a
                host by an address that is none.
        """
        origin = origin_of(text)
        if not _is_unambiguous(origin.host):
            message = f"refused to go to {redacted(text)}: its host is not the address that it looks like"
            raise AddressRefused(message, host=origin.host)
        rest = text.partition("#")[0].partition("://")[2]
        end = _END_OF_AUTHORITY.search(rest)
        target = rest[end.start() :] if end is not None else ""
        return cls(origin, target if target.startswith("/") else f"/{target}")

    @property
    def authority(self) -> str:
        """The host and port as the Host field writes them: without the port that is usual."""
        host, port = self.origin.host, self.origin.port
        bracketed = f"[{host}]" if ":" in host else host
        return bracketed if port == DEFAULT_PORTS[self.origin.scheme] else f"{bracketed}:{port}"

    def __str__(self) -> str:
        return f"{self.origin.scheme}://{self.authority}{self.target}"

    def __repr__(self) -> str:
        return f"Url({redacted(str(self))!r})"


def _is_unambiguous(host: str) -> bool:
    """Whether what looks like an address is one: some read 010.0.0.1 as eight, others as ten."""
    if ":" in host:
        family = socket.AF_INET6
    elif _FOUR_NUMBERS.fullmatch(host):
        family = socket.AF_INET
    else:
        return True
    try:
        socket.inet_pton(family, host)
    except OSError:
        return False
    return True
