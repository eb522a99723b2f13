"""Tokens: how they are asked for, and what comes back.

Source: distribution, "Token Authentication Specification" and "OAuth2 Token Authentication".

There are two ways to ask. GET carries user and password as Basic authorization, or nothing at all; POST
carries a form with a refresh token or a password. Servers that know only one of them answer the other one
with anything from 400 to 405, so that a request comes with the requests to try instead.
"""

from __future__ import annotations

import base64
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from ..errors import InvalidDocument
from ..frozen import field, frozen
from ..spec import strict_json
from . import scope

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .scope import Scope

CLIENT_ID: Final = "ocitool"
"""What we call ourselves to a token server that wants to know."""

IDENTITY_USER: Final = "<token>"
"""The user name that stands for "the password is a refresh token" (Docker's credential helpers)."""

DEFAULT_LIFETIME_S: Final = 60
"""Seconds that a token lives when its server does not say, and that it lives at least when it does."""

MAX_LIFETIME_S: Final = 30 * 24 * 3600
"""Seconds that a token is believed to live at most."""

MARGIN_S: Final = 10
"""Seconds before its end at which a token is not used any more: requests take time."""

MAX_TOKEN: Final = 64 * 1024
"""Characters that a token may have; most servers refuse header fields of more than 8 or 16 KiB."""

MAX_ANSWER: Final = 256 * 1024
"""Bytes that a token server's answer may have."""

_UNKNOWN_WAY: Final = {"POST": frozenset({400, 401, 404, 405}), "GET": frozenset({404, 405})}
"""Answers by which token servers say that they do not know a way of asking.

A POST is refused with almost anything (Artifactory says 401, ACR 400, old GCR 404). A GET that is refused
with 401 was understood: asking the other way would only count as one more wrong password.
"""

_HEADER_SAFE: Final = re.compile(r"[!-~]+")


@frozen
class TokenRequest:
    """A request to a token server, ready to be sent; its secrets stay out of ``repr``.

    Args:
        method: ``GET`` or ``POST``.
        url: The URL with its query.
        body: The form of a POST, ``application/x-www-form-urlencoded``; None for a GET.
        authorization: The value of the Authorization field, or an empty string.
    """

    method: str
    url: str
    body: bytes | None = field(default=None, repr=False)
    authorization: str = field(default="", repr=False)


@frozen
class Token:
    """What a token server granted; the secrets stay out of ``repr``.

    Args:
        text: The token, safe to be put into a header field.
        expires_at: When it ends.
        refresh_token: What the next token can be asked for with, or an empty string.
        granted: The scopes, where the server names them; None where it does not.
    """

    text: str = field(repr=False)
    expires_at: datetime
    refresh_token: str = field(default="", repr=False)
    granted: tuple[Scope, ...] | None = None

    @property
    def authorization(self) -> str:
        """The value of the Authorization field."""
        return f"Bearer {self.text}"

    def is_usable(self, now: datetime) -> bool:
        """Tell whether the token may be used for a request that begins now."""
        return now + timedelta(seconds=MARGIN_S) < self.expires_at


def basic_authorization(username: str, password: str) -> str:
    """Return the value of an Authorization field with a user name and a password (RFC 7617)."""
    return f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode('ascii')}"


def anonymous_request(realm: str, service: str, scopes: Sequence[Scope]) -> TokenRequest:
    """Ask for a token without credentials.

    Args:
        realm: The URL that `challenge.realm_url` returned; its own query is kept.
        service: The challenge's service, or an empty string.
        scopes: What the token is needed for, the most important one first.
    """
    return TokenRequest("GET", _with_query(realm, _query(service, scopes)))


def password_requests(
    realm: str, service: str, scopes: Sequence[Scope], *, username: str, password: str
) -> tuple[TokenRequest, TokenRequest]:
    """Ask for a token with a user name and a password: by GET, and by POST where that is not known."""
    query = [("account", username), *_query(service, scopes)]
    get = TokenRequest(
        "GET", _with_query(realm, query), authorization=basic_authorization(username, password)
    )
    grant = {"grant_type": "password", "username": username, "password": password, "access_type": "offline"}
    return get, _post(realm, service, scopes, grant)


def refresh_requests(
    realm: str, service: str, scopes: Sequence[Scope], *, refresh_token: str
) -> tuple[TokenRequest, TokenRequest]:
    """Ask for a token with a refresh (identity) token: by POST, and by GET where that is not known."""
    grant = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    get = TokenRequest(
        "GET",
        _with_query(realm, _query(service, scopes)),
        authorization=basic_authorization(IDENTITY_USER, refresh_token),
    )
    return _post(realm, service, scopes, grant), get


def may_ask_otherwise(request: TokenRequest, status: int) -> bool:
    """Tell whether an answer to a request means that asking in the other way is worth trying."""
    return status in _UNKNOWN_WAY[request.method]


def parse_token(body: bytes, *, now: datetime, where: str) -> Token:
    """Read a token server's answer.

    Args:
        body: The answer's bytes.
        now: When the request was made, so that a slow answer shortens the token's life rather than lengthens
            it.
        where: The token server, for error messages.

    Raises:
        InvalidDocument: There is no token in it that could be sent.
    """
    if len(body) > MAX_ANSWER:
        raise InvalidDocument(f"{where}: an answer of {len(body)} bytes is no token")
    members = strict_json.load_object(body, where=f"{where}: token answer")
    text = _secret(members, "token", where) or _secret(members, "access_token", where)
    if not text:
        raise InvalidDocument(
            f"{where}: answered without a token",
            hint="the token server may be something else, such as a login page's API",
        )
    granted = members.get("scope")
    return Token(
        text=text,
        expires_at=_start(members, now) + timedelta(seconds=_lifetime_s(members)),
        refresh_token=_secret(members, "refresh_token", where),
        granted=scope.parse_scopes(granted[:MAX_TOKEN]) or None if isinstance(granted, str) else None,
    )


def _post(realm: str, service: str, scopes: Sequence[Scope], grant: dict[str, str]) -> TokenRequest:
    form = {**grant, "service": service, "client_id": CLIENT_ID}
    if scopes:
        form["scope"] = " ".join(map(str, scopes))
    return TokenRequest("POST", realm, body=urlencode(form).encode("ascii"))


def _query(service: str, scopes: Sequence[Scope]) -> list[tuple[str, str]]:
    named = [("service", service)] if service else []
    return [*named, *(("scope", str(scope)) for scope in scopes)]


def _with_query(realm: str, query: Sequence[tuple[str, str]]) -> str:
    if not query:
        return realm
    # Slashes, colons and commas of scopes stay readable: every server understands them.
    text = urlencode(query, quote_via=quote, safe="/:,*")
    return f"{realm}{'&' if '?' in realm else '?'}{text}"


def _secret(members: Mapping[str, object], key: str, where: str) -> str:
    value = members.get(key)
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or len(value) > MAX_TOKEN or not _HEADER_SAFE.fullmatch(value):
        raise InvalidDocument(f"{where}: the {key} in the answer is not one that could be sent")
    return value


def _lifetime_s(members: Mapping[str, object]) -> float:
    stated = members.get("expires_in")
    if isinstance(stated, str) and stated.isascii() and stated.isdigit() and len(stated) < 10:
        stated = int(stated)
    if isinstance(stated, bool) or not isinstance(stated, int | float):
        return DEFAULT_LIFETIME_S
    return min(max(stated, DEFAULT_LIFETIME_S), MAX_LIFETIME_S)


def _start(members: Mapping[str, object], now: datetime) -> datetime:
    """Return when the token's life began: a token from a server's cache is older than the answer.

    A date that makes it older than half of its life is taken for a clock that is wrong, and not believed.
    """
    stated = members.get("issued_at")
    if not isinstance(stated, str) or len(stated) > 64:
        return now
    try:
        issued = datetime.fromisoformat(stated)
        age = now - issued
    except (ValueError, OverflowError, TypeError):
        return now
    is_plausible = timedelta(0) <= age <= timedelta(seconds=_lifetime_s(members) / 2)
    return issued if is_plausible else now
