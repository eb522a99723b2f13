"""From a failed answer to an error of ours: which kind, in one line, with what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import Denied, NotFound, RateLimited, RegistryError, Unauthorized
from . import header
from .error_body import parse_error_body
from .redact import redacted
from .retry import retry_after_s

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ..errors import OciError
    from .error_body import ErrorBody

_TOO_MANY: Final = frozenset(
    {"TOOMANYREQUESTS", "TooManyRequestsException", "ThrottlingException", "SlowDown"}
)
_REASONS: Final = {
    400: "the registry did not understand the request",
    401: "not logged in, or with credentials that are not accepted",
    403: "not allowed with these credentials",
    405: "the registry does not do this",
    409: "in conflict with what the registry has",
    413: "too large for the registry",
    415: "of a media type that the registry does not take",
    416: "the registry refuses this range",
    429: "too many requests",
    500: "the registry failed",
    501: "the registry does not do this",
    502: "what the registry stands behind failed",
    503: "the registry is not available",
    504: "the registry did not answer in time",
}


def failure(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    method: str,
    url: str,
    what: str,
    now: datetime,
    name: str = "",
) -> OciError:
    """Return the error to raise for an answer that is not the one hoped for.

    Args:
        status: The answer's status.
        headers: Its header fields.
        body: Its body, or the beginning of it.
        method: The request's method.
        url: The request's URL; it is redacted here.
        what: What the request was about, such as ``manifest docker.io/library/alpine:3.20``.
        now: The current time, for a Retry-After that names a date.
        name: The tag, digest or name that was asked for, where a 404 means that it does not exist.

    Returns:
        `NotFound` for a 404 where a name was asked for, else a `RegistryError` of the fitting kind.
    """
    said = parse_error_body(body)
    if status == 404 and name:
        return NotFound(_message(what, "not found", said), name=name, hint=_absence(headers, said))
    kind = _kind(status, said)
    reason = _REASONS[429] if kind is RateLimited else _REASONS.get(status, "not as expected")
    return kind(
        _message(what, f"{reason} (status {status})", said),
        status=status,
        codes=said.codes,
        method=method,
        url=redacted(url),
        retry_after_s=retry_after_s(headers, now),
        hint=_hint(kind, status, headers, said),
    )


def _kind(status: int, said: ErrorBody) -> type[RegistryError]:
    if status == 429 or (400 <= status < 600 and not _TOO_MANY.isdisjoint(said.codes)):
        return RateLimited
    if status == 403 or (status == 401 and "DENIED" in said.codes):
        return Denied
    return Unauthorized if status == 401 else RegistryError


def _message(what: str, reason: str, said: ErrorBody) -> str:
    explained = str(said)
    return f"{what}: {reason}: {explained}" if explained else f"{what}: {reason}"


def _absence(headers: Mapping[str, str], said: ErrorBody) -> str:
    if "NAME_UNKNOWN" in said.codes:
        return "the registry has no such repository, or does not show it without a login"
    if said.is_page and header.value(headers, "Docker-Distribution-Api-Version") is None:
        return "the answer is a web page: perhaps this host is not a registry"
    return ""


def _hint(kind: type[RegistryError], status: int, headers: Mapping[str, str], said: ErrorBody) -> str:
    if kind is RateLimited:
        return "wait, log in, or use a mirror: registries count requests per account or address"
    if kind is Unauthorized:
        return "log in to the registry; some answer so for a repository that does not exist"
    if kind is Denied:
        return "log in with an account that may do this, or check the repository's name"
    if status >= 500:
        return "try again later; the fault is the registry's"
    return _absence(headers, said) if status == 404 else ""
