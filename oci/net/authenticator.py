"""Logging in to one registry: challenges, tokens and credentials, for all of its repositories.

Nothing is shown before it is asked for: the first request to a registry goes without Authorization, its 401
says what is wanted. What was learned for one repository is tried for the next, and corrected where that
repository answers with a challenge of its own. A token is fetched once, however many threads need it, and a
repository whose token server is slow keeps no other one waiting.

Repositories of one registry may belong to different accounts: nothing that was granted to one credential, a
refresh token least of all, is used in another one's name.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from ..errors import InvalidDocument, RegistryError
from ..frozen import replace
from ..settings.credential import first_found
from ..wire import challenge as challenges
from ..wire import redact, token
from ..wire.failure import failure
from ..wire.scope import merged, parse_scopes
from .clock import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ..content import CancelToken
    from ..settings.credential import Credential, HelperCall
    from ..wire.challenge import Challenge
    from ..wire.scope import Scope
    from ..wire.token import Token, TokenRequest
    from .answer import Answer

__all__ = ["Authenticator"]

_OK: Final = 200


class _Login:
    """What is known about logging in to one repository. The lock is held while a token is fetched for it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.credential: Credential | None = None
        self.is_looked_up = False
        self.challenge: tuple[Challenge, str] | None = None
        self.tokens: dict[tuple[Scope, ...], Token] = {}


class Authenticator:
    """Keeps what is known about logging in to one registry.

    Args:
        registry: The registry's host, as the user wrote it.
        candidates: Yields what a repository of this registry may be shown, best first.
        ask: Sends a request to a token server, without following redirects; any status is returned.
        cancel: Ends a credential helper that does not answer.
        clock: Tells the time of day.
    """

    def __init__(
        self,
        registry: str,
        *,
        candidates: Callable[[str], Iterator[Credential | HelperCall]],
        ask: Callable[[TokenRequest], Answer],
        cancel: CancelToken,
        clock: Clock | None = None,
    ) -> None:
        self._registry = registry
        self._candidates = candidates
        self._ask = ask
        self._cancel = cancel
        self._clock = clock or Clock()
        self._lock = threading.Lock()
        self._logins: dict[str, _Login] = {}
        self._latest: tuple[Challenge, str] | None = None
        self._refresh: dict[tuple[str, str, Credential], str] = {}
        self._helper_lock = threading.Lock()
        self._helped: dict[HelperCall, Credential | None] = {}

    def authorization(self, repository: str, scopes: Sequence[Scope]) -> str | None:
        """Return the Authorization to send, as far as one is known to be wanted.

        Args:
            repository: The repository that the request is about, or an empty string.
            scopes: What the request needs, the most important one first.

        Raises:
            CredentialError: A credential helper failed.
            InvalidSettings: An auth file cannot be understood.
            RegistryError: The token server refused.
            TransportError: The token server cannot be reached, or must not be.
        """
        login = self._login(repository)
        with login.lock:
            known = login.challenge or self._latest
            if known is None:
                return None
            challenge, registry_url = known
            credential = self._credential(login, repository)
            if credential is not None and credential.registry_token:
                return f"Bearer {credential.registry_token}"
            if isinstance(challenge, challenges.BearerChallenge):
                return self._token(login, challenge, registry_url, scopes).authorization
            if credential is None or credential.identity_token:
                return None
            return token.basic_authorization(credential.username, credential.password)

    def learn(
        self,
        headers: Mapping[str, str],
        url: str,
        *,
        repository: str,
        scopes: Sequence[Scope],
        sent: str | None,
    ) -> bool:
        """Take in a 401.

        Args:
            headers: The answer's header fields.
            url: The URL that was asked, at the registry itself.
            repository: The repository that the request was about.
            scopes: What the request needs.
            sent: The Authorization that was sent, if any.

        Returns:
            Whether the request should be made again, with another Authorization.
        """
        challenge = challenges.best_challenge(headers)
        if challenge is None:
            return False
        login = self._login(repository)
        with login.lock:
            if isinstance(challenge, challenges.BearerChallenge):
                # What was refused must not be used again, unless another thread has replaced it meanwhile.
                login.tokens = {
                    wanted: held for wanted, held in login.tokens.items() if held.authorization != sent
                }
                scopes = merged(scopes, parse_scopes(challenge.scope))
                # Who issues tokens is remembered; what this request needs is not for the next one to ask for.
                challenge = replace(challenge, scope="")
            self._latest = login.challenge = (challenge, url)
            return self.authorization(repository, scopes) not in {None, sent}

    def _login(self, repository: str) -> _Login:
        with self._lock:
            return self._logins.setdefault(repository, _Login())

    def _credential(self, login: _Login, repository: str) -> Credential | None:
        if not login.is_looked_up:
            login.credential = first_found(self._candidates(repository), self._ask_helper)
            login.is_looked_up = True
        return login.credential

    def _ask_helper(self, call: HelperCall) -> Credential | None:
        """Run a helper once for all repositories that name it: it may ask somebody for a password."""
        from . import credential_helper  # loads subprocess, for the few who use one

        with self._helper_lock:
            if call not in self._helped:
                self._helped[call] = credential_helper.get(call, self._cancel)
            return self._helped[call]

    def _token(
        self,
        login: _Login,
        challenge: challenges.BearerChallenge,
        registry_url: str,
        scopes: Sequence[Scope],
    ) -> Token:
        now = self._clock.now()
        login.tokens = {wanted: held for wanted, held in login.tokens.items() if held.is_usable(now)}
        for wanted, held in login.tokens.items():
            if all(any(have.covers(need) for have in wanted) for need in scopes):
                return held
        needed = tuple(scopes)
        realm = challenges.realm_url(challenge, registry_url)
        fetched = self._fetch(realm, challenge.service, login.credential, needed)
        login.tokens[needed] = fetched
        return fetched

    def _fetch(
        self, realm: str, service: str, credential: Credential | None, scopes: Sequence[Scope]
    ) -> Token:
        answer = None
        for request in self._requests(realm, service, credential, scopes):
            # Counted from before the request, so that a slow answer shortens the token's life.
            asked_at = self._clock.now()
            answer = self._ask(request)
            if answer.status == _OK:
                fetched = token.parse_token(answer.body, now=asked_at, where=redact.redacted(realm))
                if fetched.refresh_token and credential is not None:
                    self._refresh[realm, service, credential] = fetched.refresh_token
                return fetched
            if not token.may_ask_otherwise(request, answer.status):
                break
        assert answer is not None
        raise self._refusal(answer, realm, credential)

    def _requests(
        self, realm: str, service: str, credential: Credential | None, scopes: Sequence[Scope]
    ) -> Iterator[TokenRequest]:
        """Yield the ways of asking, each to be tried when the one before was not understood."""
        if credential is None:
            yield token.anonymous_request(realm, service, scopes)
            return
        granted = self._refresh.get((realm, service, credential))
        if granted is not None:
            yield token.refresh_requests(realm, service, scopes, refresh_token=granted)[0]
            # Whoever asks for another way was refused this one.
            self._refresh.pop((realm, service, credential), None)
        if credential.identity_token:
            yield from token.refresh_requests(realm, service, scopes, refresh_token=credential.identity_token)
        else:
            yield from token.password_requests(
                realm, service, scopes, username=credential.username, password=credential.password
            )

    def _refusal(self, answer: Answer, realm: str, credential: Credential | None) -> Exception:
        who = f"as {credential.username!a} ({credential.origin})" if credential else "without a login"
        error = failure(
            answer.status,
            answer.headers,
            answer.body,
            method="GET",
            url=realm,
            what=f"token for {self._registry} {who}",
            now=self._clock.now(),
        )
        if isinstance(error, RegistryError):
            return error
        return InvalidDocument(f"{redact.redacted(realm)}: {error}")
