"""What to do about a failed TLS handshake, in the options of the command that failed.

The library's hints speak of what can be decided; which option decides it, and for which side, is known here
only. Where the host that failed is not one that was named on the command line (a storage host that a registry
led to, say), no option is named: none of them would help.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from oci.errors import CopyError, TlsFailed

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

_SIDES: Final = {"source": "src-", "destination": "dest-"}

_ALLOW_PLAIN: Final = "if it is meant to speak plain HTTP: {unverified}"
_SHOW_OURS: Final = "give a client certificate and its key, which this host accepts, with {cert_dir}"

_HINTS: Final = {
    "untrusted": "give the CA that signed its certificate with {cert_dir},"
    " or take any certificate with {unverified}",
    "certificate": "{unverified} takes any certificate",
    "client-certificate": _SHOW_OURS,
    "not-tls": _ALLOW_PLAIN,
    "closed": _ALLOW_PLAIN,
    "protocol": f"if it asks for one, {_SHOW_OURS}",
}
"""By `TlsFailed.reason`; for a certificate that is expired or has another name, no option is the answer."""


def tls_hint(error: BaseException, references: tuple[str, ...], options: AbstractSet[str]) -> str:
    """Return a hint in terms of options, or an empty string where the library's has to do.

    Args:
        error: What failed; a `CopyError` says on which side.
        references: What the command works on: one name, or a source and a destination.
        options: The options of the command, as ``--src-cert-dir``.
    """
    side = None
    while isinstance(error, CopyError) and error.__cause__ is not None:
        side, error = _SIDES.get(error.side), error.__cause__
    if not isinstance(error, TlsFailed) or not error.hint or error.reason not in _HINTS:
        return ""
    named = dict(zip(_SIDES.values() if len(references) > 1 else ("",), references, strict=False))
    prefixes = [
        prefix
        for prefix, reference in named.items()
        if error.host in reference and side in {None, prefix} and f"--{prefix}tls-verify" in options
    ]
    if not prefixes:
        return ""
    ways = {
        "cert_dir": " or ".join(f"--{prefix}cert-dir" for prefix in prefixes),
        "unverified": " or ".join(f"--{prefix}tls-verify=false" for prefix in prefixes),
    }
    return _HINTS[error.reason].format_map(ways)
