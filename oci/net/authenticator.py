"""Logging in to one registry: challenges, tokens and credentials, for all of its repositories.

Nothing is shown before it is asked for: the first request to a registry goes without Authorization, its 401
says what is wanted. What was learned for one repository is tried for the next, and corrected where that
repository answers with a challenge of its own. A token is fetched once, however many threads need it.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from ..errors import InvalidDocument, RegistryError
from ..settings.credential import Credential
from ..wire import challenge as challenges
from ..wire import redact, token
from ..wire.failure import failure
from ..wire.scope import merged, parse_scopes
from . import credential_helper
from .clock import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ..content import CancelToken
    from ..settings.credential import HelperCall
    from ..wire.challenge import Challenge
    from ..wire.scope import Scope
    from ..wire.token import Token, TokenRequest
    from .answer import Answer

__all__ = ["Authenticator"]

_OK: Final = 200


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
        # One lock for everything: a thread that needs what another is just fetching has to wait anyway.
        self._lock = threading.RLock()
        self._credentials: dict[str, Credential | None] = {}
        self._challenges: dict[str, tuple[Challenge, str]] = {}
        self._latest: tuple[Challenge, str] | None = None
        self._tokens: dict[tuple[Scope, ...], Token] = {}
        self._refresh: dict[str, str] = {}

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
        with self._lock:
            known = self._challenges.get(repository) or self._latest
            if known is None:
                return None
            challenge, registry_url = known
            credential = self._credential(repository)
            if credential is not None and credential.registry_token:
                return f"Bearer {credential.registry_token}"
            if isinstance(challenge, challenges.BearerChallenge):
                return self._token(challenge, registry_url, credential, scopes).authorization
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
        with self._lock:
            self._latest = self._challenges[repository] = (challenge, url)
            if isinstance(challenge, challenges.BearerChallenge):
                # What was refused must not be used again, unless another thread has replaced it meanwhile.
                needed = merged(scopes, parse_scopes(challenge.scope))
                for key in (tuple(scopes), needed):
                    if key in self._tokens and self._tokens[key].authorization == sent:
                        del self._tokens[key]
            return self.authorization(repository, scopes) not in {None, sent}

    def _credential(self, repository: str) -> Credential | None:
        if repository not in self._credentials:
            self._credentials[repository] = next(self._found(repository), None)
        return self._credentials[repository]

    def _found(self, repository: str) -> Iterator[Credential]:
        for candidate in self._candidates(repository):
            if isinstance(candidate, Credential):
                yield candidate
            elif (answered := credential_helper.get(candidate, self._cancel)) is not None:
                yield answered

    def _token(
        self,
        challenge: challenges.BearerChallenge,
        registry_url: str,
        credential: Credential | None,
        scopes: Sequence[Scope],
    ) -> Token:
        now = self._clock.now()
        for wanted, held in self._tokens.items():
            if held.is_usable(now) and all(any(have.covers(need) for have in wanted) for need in scopes):
                return held
        needed = merged(scopes, parse_scopes(challenge.scope)) if scopes else parse_scopes(challenge.scope)
        realm = challenges.realm_url(challenge, registry_url)
        fetched = self._fetch(realm, challenge.service, credential, needed)
        self._tokens[needed] = fetched
        if fetched.refresh_token:
            self._refresh[realm] = fetched.refresh_token
        return fetched

    def _fetch(
        self, realm: str, service: str, credential: Credential | None, scopes: Sequence[Scope]
    ) -> Token:
        requests = self._requests(realm, service, credential, scopes)
        asked_at = self._clock.now()
        answer = None
        for request in requests:
            asked_at = self._clock.now()
            answer = self._ask(request)
            if answer.status == _OK:
                return token.parse_token(answer.body, now=asked_at, where=redact.redacted(realm))
            if not token.may_ask_otherwise(answer.status):
                break
        assert answer is not None
        raise self._refusal(answer, realm, credential)

    def _requests(
        self, realm: str, service: str, credential: Credential | None, scopes: Sequence[Scope]
    ) -> tuple[TokenRequest, ...]:
        refreshing: tuple[TokenRequest, ...] = ()
        if realm in self._refresh:
            refreshing = token.refresh_requests(realm, service, scopes, refresh_token=self._refresh[realm])[
                :1
            ]
        if credential is None:
            return (*refreshing, token.anonymous_request(realm, service, scopes))
        if credential.identity_token:
            return token.refresh_requests(realm, service, scopes, refresh_token=credential.identity_token)
        return (
            *refreshing,
            *token.password_requests(
                realm, service, scopes, username=credential.username, password=credential.password
            ),
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
