"""A token server as registries have them, and the registry's side of it: challenges and checks.

Follows the distribution project's token and OAuth2 documents: ``GET`` with Basic credentials, ``POST`` with a
form, refresh tokens, scopes that are granted in part. Tokens are real: random, bound to what they grant, and
they expire when a test says so.

Example:
    >>> tokens = TokenServer(users={"ann": "secret"})
    >>> with tokens, ScriptedRegistry(folder, tokens=tokens) as registry:    # doctest: +SKIP
    ...     pull(registry, user="ann", password="secret")
    ...     tokens.expire()                       # every token so far is worth nothing now
    ...     assert tokens.asked("GET", "/token")[0].query.all("scope") == ["repository:app:pull"]
"""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from ..serving import Headers, Response, json_response
from ..serving.header import Query
from .scripted_server import ScriptedServer

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Mapping

    from ..serving import Request

__all__ = ["Grant", "TokenServer", "needed_scopes"]

_FORM_BYTES_MAX = 64 * 1024
_READING = frozenset({"GET", "HEAD"})


@dataclass(slots=True)
class Grant:
    """What a token stands for.

    Args:
        account: Whose it is; empty for nobody in particular.
        scopes: What it allows: actions by ``type:name``.
        expires_at_s: When it ends, on the monotonic clock.
    """

    account: str
    scopes: Mapping[str, frozenset[str]]
    expires_at_s: float

    def allows(self, needed: Iterable[tuple[str, str]]) -> bool:
        """Tell whether it allows every pair of resource and action."""
        return all({action, "*"} & self.scopes.get(resource, frozenset()) for resource, action in needed)


@dataclass(slots=True)
class _Account:
    password: str
    refresh_tokens: set[str] = field(default_factory=set)


class TokenServer(ScriptedServer):
    """Issues tokens, and checks them for a registry.

    Args:
        users: Passwords by name.
        service: The service's name in challenges.
        lifetime_s: How long tokens are valid; what ``expires_in`` says.
        anonymous_actions: What everybody may do without logging in.
        denied: Resources that nobody is granted, such as ``repository:private/app``.
        has_refresh_tokens: Issue refresh tokens to those who ask for them, and take them.
        takes_post: Answer ``POST``; a server that does not says 405.
        tls: Serve https with this context.
    """

    def __init__(
        self,
        users: Mapping[str, str] | None = None,
        *,
        service: str = "registry.test",
        lifetime_s: float = 300.0,
        anonymous_actions: Iterable[str] = ("pull",),
        denied: Iterable[str] = (),
        has_refresh_tokens: bool = False,
        takes_post: bool = True,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(self._issue, tls=tls)
        self._accounts = {name: _Account(password) for name, password in (users or {}).items()}
        self.service = service
        self.lifetime_s = lifetime_s
        self.realm = ""
        """What challenges say; the server's own address unless a test sets something hostile."""
        self._anonymous_actions = frozenset(anonymous_actions)
        self._denied = frozenset(denied)
        self._has_refresh_tokens = has_refresh_tokens
        self._takes_post = takes_post
        self.grants: dict[str, Grant] = {}
        """All tokens ever issued."""

    def expire(self) -> None:
        """Let every token issued so far end now."""
        for grant in list(self.grants.values()):
            grant.expires_at_s = float("-inf")

    def forget_refresh_tokens(self) -> None:
        """Let every refresh token issued so far be unknown."""
        for account in self._accounts.values():
            account.refresh_tokens.clear()

    def check(self, request: Request) -> Response | None:
        """Check a request to the registry.

        Args:
            request: The request.

        Returns:
            The 401 with its challenge, or None when the request may pass.
        """
        needed = needed_scopes(request)
        scheme, _, token = request.headers.get("Authorization").partition(" ")
        grant = self.grants.get(token) if scheme.lower() == "bearer" else None
        if grant is not None and grant.expires_at_s > time.monotonic():
            if grant.allows(needed):
                return None
            return self._challenge(needed, "insufficient_scope")
        return self._challenge(needed, "invalid_token" if token else "")

    def _challenge(self, needed: list[tuple[str, str]], error: str) -> Response:
        parts = [f'realm="{self.realm or self.url + "/token"}"', f'service="{self.service}"']
        actions: dict[str, list[str]] = {}
        for resource, action in needed:
            actions.setdefault(resource, []).append(action)
        if actions:
            scope = " ".join(f"{resource}:{','.join(wanted)}" for resource, wanted in actions.items())
            parts.append(f'scope="{scope}"')
        if error:
            parts.append(f'error="{error}"')
        body = {"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]}
        headers = {"WWW-Authenticate": f"Bearer {','.join(parts)}"}
        return json_response(HTTPStatus.UNAUTHORIZED, body, headers=headers)

    async def _issue(self, request: Request) -> Response:
        if request.segments != ("token",):
            return Response(HTTPStatus.NOT_FOUND)
        if request.method == "GET":
            account = self._by_basic(request.headers)
            scopes = [one for value in request.query.all("scope") for one in value.split(" ")]
            return self._answer_token(account, scopes, offline=request.query.get("offline_token") == "true")
        if request.method != "POST" or not self._takes_post:
            return Response(HTTPStatus.METHOD_NOT_ALLOWED)
        form = Query((await request.body.read(_FORM_BYTES_MAX)).decode())
        scopes = (form.get("scope") or "").split()
        return self._answer_token(self._by_form(form), scopes, offline=form.get("access_type") == "offline")

    def _by_basic(self, headers: Headers) -> str | None:
        """Return whose credentials these are: empty for nobody's, None for wrong ones."""
        scheme, _, encoded = headers.get("Authorization").partition(" ")
        if not scheme:
            return ""
        try:
            name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        account = self._accounts.get(name)
        return name if scheme.lower() == "basic" and account and account.password == password else None

    def _by_form(self, form: Query) -> str | None:
        if form.get("grant_type") == "refresh_token":
            token = form.get("refresh_token")
            return next((name for name, a in self._accounts.items() if token in a.refresh_tokens), None)
        account = self._accounts.get(form.get("username") or "")
        if form.get("grant_type") != "password" or account is None:
            return None
        return form.get("username") if account.password == form.get("password") else None

    def _answer_token(self, account: str | None, scopes: list[str], *, offline: bool) -> Response:
        if account is None:
            body = {"errors": [{"code": "UNAUTHORIZED", "message": "wrong credentials"}]}
            return json_response(HTTPStatus.UNAUTHORIZED, body)
        token = secrets.token_urlsafe(24)
        granted = dict(self._granted(account, scope) for scope in scopes if scope.count(":") >= 2)
        self.grants[token] = Grant(account, granted, time.monotonic() + self.lifetime_s)
        answer: dict[str, object] = {
            "token": token,
            "access_token": token,
            "expires_in": int(self.lifetime_s),
        }
        if offline and account and self._has_refresh_tokens:
            refresh = secrets.token_urlsafe(24)
            self._accounts[account].refresh_tokens.add(refresh)
            answer["refresh_token"] = refresh
        return json_response(HTTPStatus.OK, answer)

    def _granted(self, account: str, scope: str) -> tuple[str, frozenset[str]]:
        resource, _, actions = scope.rpartition(":")
        wanted = frozenset(actions.split(","))
        if resource in self._denied:
            return resource, frozenset()
        return resource, wanted if account else wanted & self._anonymous_actions


def needed_scopes(request: Request) -> list[tuple[str, str]]:
    """Say what a request to a registry needs.

    Args:
        request: The request.

    Returns:
        Pairs of resource and action; empty for ``/v2/``, which needs a valid token and nothing more.

    Example:
        ``POST /v2/a/blobs/uploads/?mount=...&from=b`` needs pull and push on ``repository:a``, pull on
        ``repository:b``.
    """
    segments = request.segments
    if segments == ("v2", "_catalog"):
        return [("registry:catalog", "*")]
    name = _repository(segments[1:])
    if not name:
        return []
    resource = f"repository:{name}"
    if request.method in _READING and "uploads" not in segments[-2:]:
        return [(resource, "pull")]
    if request.method == "DELETE" and "uploads" not in segments[-2:]:
        return [(resource, "delete")]
    source = request.query.get("from") if request.method == "POST" else None
    return [(resource, "pull"), (resource, "push"), *([(f"repository:{source}", "pull")] if source else [])]


def _repository(segments: tuple[str, ...]) -> str:
    for length in (3, 2):
        tail = segments[-length:]
        if tail[:1] == ("blobs",) or tail[:1] in {("tags",), ("manifests",), ("referrers",)}:
            return "/".join(segments[:-length])
    return ""
