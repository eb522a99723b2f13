"""Which proxies the environment asks for, as it writes them; `oci.net` understands and uses them.

As Go's programs read it: capital letters before small ones. ``ALL_PROXY`` stands in for either where it is
missing. In a CGI program ``HTTP_PROXY`` may be a request's ``Proxy`` header and is not believed
(CVE-2016-5385).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frozen import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping


@frozen(kw_only=True)
class Proxies:
    """The proxies to use; their URLs may hold passwords and stay out of ``repr``.

    Args:
        http: The URL of the proxy for plain requests; empty for none, as for the next one.
        https: The URL of the proxy for https.
        no_proxy: Hosts that are reached directly, separated by commas.
    """

    http: str = field(default="", repr=False)
    https: str = field(default="", repr=False)
    no_proxy: str = ""


def proxies_of(environ: Mapping[str, str]) -> Proxies:
    """Read the proxies out of an environment."""
    fallback = _either(environ, "ALL_PROXY")
    is_cgi = "REQUEST_METHOD" in environ
    http = environ.get("http_proxy", "").strip() if is_cgi else _either(environ, "HTTP_PROXY")
    return Proxies(
        http=http or fallback,
        https=_either(environ, "HTTPS_PROXY") or fallback,
        no_proxy=_either(environ, "NO_PROXY"),
    )


def _either(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name, "").strip() or environ.get(name.lower(), "").strip()
