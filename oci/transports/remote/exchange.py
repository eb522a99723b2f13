"""Requests to one repository: logged in, judged, with warnings passed on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...frozen import frozen
from ...net.clock import Clock
from ...net.request import Request
from ...net.terms import Purpose
from ...wire import redirect, scope
from ...wire.endpoint import RepositoryUrls

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ...content import CancelToken, Limits
    from ...errors import OciError
    from ...net.answer import Answer, StreamAnswer
    from ...net.client import Client
    from ...net.upload import Upload
    from ...wire.scope import Scope
    from .registry import Registry

_UNAUTHORIZED: Final = 401
_LOGINS: Final = 2
"""Times that a request is made again after a 401: with a token, and with another one if that one expired."""


@frozen
class Sending:
    """A request whose body is being written.

    Args:
        upload: The request.
        method: Its method.
        authorization: What it was shown, or None.
    """

    upload: Upload
    method: str
    authorization: str | None


class Exchange:
    """Talks to one repository.

    Args:
        registry: Its registry.
        repository: Its name.
        client: Sends the requests.
        token: Stops requests.
        limits: Bounds on answers.
        writes: Whether the repository will be written to; then the first token allows that already.
        warn: Is told what the registry wants its users to know.
    """

    def __init__(
        self,
        registry: Registry,
        repository: str,
        *,
        client: Client,
        token: CancelToken,
        limits: Limits,
        writes: bool,
        warn: Callable[[str], None],
    ) -> None:
        self.registry = registry
        self._client = client
        self._token = token
        self._scopes = (scope.to_push(repository) if writes else scope.to_pull(repository),)
        self.warn = warn
        self.repository = repository
        self.label = f"docker://{registry.name}/{repository}"
        self.limits = limits
        self._clock = Clock()
        self._urls: RepositoryUrls | None = None

    @property
    def urls(self) -> RepositoryUrls:
        """The repository's URLs; the registry may have to be asked for its scheme first."""
        if self._urls is None:
            self._urls = RepositoryUrls(self.registry.base, self.repository)
        return self._urls

    def reach(self) -> None:
        """Find out how the registry is reached, where that has to be found out by asking."""
        self.registry.reach()

    def ask(
        self,
        method: str,
        url: str,
        *,
        accept: Sequence[str] = (),
        fields: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limit: int | None = None,
        limit_name: str = "answer_bytes",
        needs: Sequence[Scope] = (),
    ) -> Answer:
        """Make a request whose answer is small.

        Args:
            method: The method.
            url: A URL of the registry, or one that it named for an upload.
            accept: Media types to accept, best first.
            fields: Further header fields.
            body: The body, sent again where the request has to be repeated.
            limit: Bytes that the answer may have; `Limits.answer_bytes` unless said otherwise.
            limit_name: That limit's name, for the error.
            needs: What must be allowed, where that is not to be told from the method.

        Returns:
            The answer, whatever its status.

        Raises:
            TransportError: The registry cannot be reached.
            LimitExceeded: The answer is too large.
            RegistryError: The token server refused.
            Cancelled: The work was cancelled.
        """
        headers = dict(fields or {})
        if accept:
            headers["Accept"] = ", ".join(accept)
        scopes = needs or self._needed(method)
        for attempt in range(_LOGINS + 1):
            login = self._login(url, scopes)
            request = self._request(method, url, headers | login, body)
            answer = self._client.send(request, token=self._token, limit_bytes=limit, limit_name=limit_name)
            self._pass_on(answer)
            if attempt == _LOGINS or not self._learns(answer, scopes, login.get("Authorization")):
                break
        return answer

    def stream(self, url: str, fields: Mapping[str, str], *, what: str, name: str) -> StreamAnswer:
        """Open an answer whose body is large.

        Args:
            url: A URL of the repository.
            fields: Further header fields.
            what: What it is about, for messages.
            name: What was asked for, where a 404 means that it does not exist.

        Returns:
            The answer, with a status that is no failure, or with 416.

        Raises:
            NotFound: It does not exist.
            RegistryError: Another failure.
            TransportError: The registry cannot be reached.
        """
        scopes = self._needed("GET")
        for attempt in range(_LOGINS + 1):
            login = self._login(url, scopes)
            stream = self._client.stream(self._request("GET", url, {**fields, **login}), token=self._token)
            self._pass_on(stream)
            if stream.status in {200, 206, 416}:
                return stream
            answer = stream.read_document()
            if attempt == _LOGINS or not self._learns(answer, scopes, login.get("Authorization")):
                break
        raise self.failure(answer, method="GET", what=what, name=name)

    def begin(self, method: str, url: str, fields: Mapping[str, str], size: int) -> Sending:
        """Begin a request whose body is written piece by piece; it is not made again by itself.

        Args:
            method: The method.
            url: Where the registry wants it.
            fields: Further header fields.
            size: Bytes that will be written.
        """
        login = self._login(url, self._needed(method))
        request = self._request(method, url, {**fields, **login})
        upload = self._client.upload(request, size, token=self._token)
        return Sending(upload, method, login.get("Authorization"))

    def renews_login(self, answer: Answer, sending: Sending) -> bool:
        """Take in an answer to an upload; True where it was a 401 that another login may mend."""
        return self._learns(answer, self._needed(sending.method), sending.authorization)

    def fails_on_head(self, answer: Answer) -> bool:
        """Take in an answer to HEAD; True where the registry fails on HEAD: it is not sent one again."""
        if answer.status not in {405, 501} and answer.status < 500:
            return False
        self.registry.answers_head = False
        return True

    def failure(self, answer: Answer, *, method: str, what: str, name: str = "") -> OciError:
        """Return the error to raise for an answer that is not the one hoped for.

        Args:
            answer: The answer.
            method: The request's method.
            what: What the request was about.
            name: What was asked for, where a 404 means that it does not exist.
        """
        from ...wire.failure import failure

        return failure(
            answer.status,
            answer.headers,
            answer.body,
            method=method,
            url=answer.url,
            what=what,
            now=self._clock.now(),
            name=name,
        )

    def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Request:
        purpose = Purpose.REGISTRY if self._is_own(url) else Purpose.UPLOAD
        return Request(
            method=method,
            url=url,
            site=self.registry.site,
            headers=headers,
            content=body,
            purpose=purpose,
            # A session stays where the registry put it, and nothing is written to a place a redirect names.
            follows=method in {"GET", "HEAD"},
        )

    def _needed(self, method: str) -> Sequence[Scope]:
        return self._scopes if method in {"GET", "HEAD"} else (scope.to_push(self.repository),)

    def _is_own(self, url: str) -> bool:
        return redirect.keeps_authorization(self.registry.base, url)

    def _login(self, url: str, scopes: Sequence[Scope]) -> dict[str, str]:
        if not self._is_own(url):
            return {}
        known = self.registry.login
        authorization = known.authorization(self.repository, scopes) if known else None
        return {"Authorization": authorization} if authorization else {}

    def _learns(self, answer: Answer, scopes: Sequence[Scope], sent: str | None) -> bool:
        """Take in an answer; True where it was a 401 and the request is worth another try."""
        # A 401 of a storage host that a redirect led to says nothing about the registry.
        if answer.status != _UNAUTHORIZED or not self._is_own(answer.url):
            return False
        return self.registry.challenged().learn(
            answer.headers, answer.url, repository=self.repository, scopes=scopes, sent=sent
        )

    def _pass_on(self, answer: Answer | StreamAnswer) -> None:
        """Take from an answer what is said to users of the registry as a whole."""
        headers = answer.headers
        if "Warning" in headers:
            from ...wire.warning import parse_warnings

            for text in parse_warnings(headers):
                self.warn(f"{self.registry.name}: {text}")
        if "RateLimit-Remaining" in headers and self._is_own(answer.url):
            from ...wire.rate_limit import parse_rate_limit

            self.registry.rate_limit = parse_rate_limit(headers) or self.registry.rate_limit
