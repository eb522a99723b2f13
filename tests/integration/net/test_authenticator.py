"""Logging in, against a token server that checks what it issues."""

from __future__ import annotations

import datetime as dt
import os
import threading
from typing import TYPE_CHECKING

import pytest

from oci import errors
from oci.content.cancellation import CancelToken
from oci.net.authenticator import Authenticator
from oci.net.client import Client
from oci.net.clock import Clock
from oci.net.header import Headers
from oci.net.request import Request
from oci.net.site import Site
from oci.net.terms import Purpose
from oci.settings import Credential, HelperCall
from oci.testing.fault import answer
from oci.testing.token_server import TokenServer
from oci.wire import scope, token

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from oci.net.answer import Answer
    from oci.wire.scope import Scope
    from oci.wire.token import TokenRequest

PATIENCE_S = 60.0
ANN = Credential(username="ann", password="secret", origin="test")
URL = "http://localhost:1/v2/app/manifests/latest"


def received(challenge: str) -> Headers:
    return Headers.received(((b"WWW-Authenticate", challenge.encode()),))


class Registry:
    """The registry's side: challenges, and an authenticator that meets them."""

    def __init__(self, server: TokenServer, *candidates: Credential | HelperCall) -> None:
        self.server = server
        self.now = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
        self.asked: list[TokenRequest] = []
        self.candidates: dict[str, tuple[Credential | HelperCall, ...]] = {}
        self._client = Client()
        self.authenticator = Authenticator(
            "registry.test",
            candidates=lambda repository: iter(self.candidates.get(repository, candidates)),
            ask=self._ask,
            cancel=CancelToken(),
            clock=Clock(now=lambda: self.now),
        )

    def close(self) -> None:
        self._client.close()

    def _ask(self, request: TokenRequest) -> Answer:
        self.asked.append(request)
        headers = {"Authorization": request.authorization} if request.authorization else {}
        if request.body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        site = Site(self.server.url)
        # The registry itself is on loopback; asking it is what tells the site so.
        site.permit(site.origin.host, "127.0.0.1", site.origin.port, Purpose.REGISTRY)
        return self._client.send(
            Request(
                method=request.method,
                url=request.url,
                site=site,
                headers=headers,
                content=request.body,
                purpose=Purpose.REALM,
                follows=False,
            )
        )

    def challenge(self, *scopes: Scope, realm: str = "", error: str = "") -> Headers:
        realm = realm or f"{self.server.url}/token"
        text = f'Bearer realm="{realm}",service="registry.test",scope="{" ".join(map(str, scopes))}"'
        return received(text + (f',error="{error}"' if error else ""))

    def learn(self, repository: str, scopes: Sequence[Scope], sent: str | None = None) -> bool:
        headers = self.challenge(*scopes)
        return self.authenticator.learn(headers, URL, repository=repository, scopes=scopes, sent=sent)

    def login(self, repository: str, *scopes: Scope) -> str | None:
        return self.authenticator.authorization(repository, scopes)

    def account(self, authorization: str | None) -> str:
        """Tell whose token this is."""
        assert authorization is not None
        assert authorization.startswith("Bearer ")
        return self.server.grants[authorization.removeprefix("Bearer ")].account

    def grants(self, authorization: str | None, *wanted: Scope) -> bool:
        """Tell whether a token allows this."""
        assert authorization is not None
        grant = self.server.grants[authorization.removeprefix("Bearer ")]
        return grant.allows(
            (f"{each.kind}:{each.name}", action) for each in wanted for action in each.actions
        )


@pytest.fixture
def server() -> Iterator[TokenServer]:
    with TokenServer({"ann": "secret", "bob": "word"}, has_refresh_tokens=True) as server:
        yield server


@pytest.fixture
def registry(server: TokenServer) -> Iterator[Registry]:
    registry = Registry(server, ANN)
    yield registry
    registry.close()


PULL, PUSH = scope.to_pull("app"), scope.to_push("app")


def test_nothing_is_shown_before_it_is_asked_for(registry: Registry) -> None:
    assert registry.login("app", PULL) is None
    assert registry.asked == []


def test_a_challenge_leads_to_a_token_that_is_kept(registry: Registry) -> None:
    assert registry.learn("app", [PULL])
    first = registry.login("app", PULL)
    assert registry.account(first) == "ann"
    assert registry.grants(first, PULL)
    assert registry.login("app", PULL) == first
    assert len(registry.asked) == 1


def test_a_larger_need_is_asked_for_and_covers_the_smaller(registry: Registry) -> None:
    registry.learn("app", [PULL])
    small = registry.login("app", PULL)
    large = registry.login("app", PUSH)
    assert registry.grants(large, PUSH)
    assert not registry.grants(small, PUSH)
    assert len(registry.asked) == 2
    assert registry.login("app", PULL) in {small, large}
    assert len(registry.asked) == 2


def test_what_one_repository_taught_serves_the_next(registry: Registry) -> None:
    registry.learn("app", [PUSH])
    other = registry.login("other", scope.to_pull("other"))
    assert registry.grants(other, scope.to_pull("other"))
    # Who issues tokens is known by then, but what the first repository needed is nobody else's business.
    assert "app" not in registry.asked[-1].url


def test_a_token_that_ends_is_replaced_before(registry: Registry) -> None:
    registry.learn("app", [PULL])
    first = registry.login("app", PULL)
    registry.now += dt.timedelta(seconds=registry.server.lifetime_s - token.MARGIN_S - 1)
    assert registry.login("app", PULL) == first
    registry.now += dt.timedelta(seconds=1)
    assert registry.login("app", PULL) not in {first, None}


def test_a_token_that_was_refused_is_replaced(registry: Registry) -> None:
    registry.learn("app", [PULL])
    first = registry.login("app", PULL)
    assert registry.learn("app", [PULL], sent=first)
    second = registry.login("app", PULL)
    assert second not in {first, None}
    # A thread that was refused the first one meanwhile takes the second, and asks nobody.
    count = len(registry.asked)
    assert registry.learn("app", [PULL], sent=first)
    assert registry.login("app", PULL) == second
    assert len(registry.asked) == count


def test_a_challenge_may_want_more_than_we_thought(registry: Registry) -> None:
    extra = scope.to_pull("base")
    headers = registry.challenge(PULL, extra, error="insufficient_scope")
    assert registry.authenticator.learn(headers, URL, repository="app", scopes=[PULL], sent=None)
    assert registry.grants(registry.login("app", PULL), PULL, extra)


def test_many_threads_fetch_one_token(registry: Registry) -> None:
    registry.learn("app", [PULL])
    registry.server.expire()
    registry.now += dt.timedelta(hours=1)
    before = len(registry.asked)
    seen: set[str | None] = set()
    start = threading.Barrier(8)

    def work() -> None:
        start.wait(PATIENCE_S)
        seen.add(registry.login("app", PULL))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert len(seen) == 1
    assert len(registry.asked) == before + 1


def test_a_repository_does_not_wait_for_the_token_of_another(server: TokenServer) -> None:
    registry = Registry(server, ANN)
    asking, go_on = threading.Event(), threading.Event()
    ask = registry._ask

    def slow(request: TokenRequest) -> Answer:
        if "slow" in request.url:
            asking.set()
            assert go_on.wait(PATIENCE_S)
        return ask(request)

    registry.authenticator._ask = slow
    registry.learn("app", [PULL])
    waiting = threading.Thread(target=registry.login, args=("slow", scope.to_pull("slow")))
    waiting.start()
    assert asking.wait(PATIENCE_S)
    assert registry.account(registry.login("quick", scope.to_pull("quick"))) == "ann"
    assert waiting.is_alive()
    go_on.set()
    waiting.join(PATIENCE_S)
    registry.close()


def test_refresh_tokens_are_used_by_whom_they_were_granted_to_only(registry: Registry) -> None:
    bob = Credential(username="bob", password="word")
    registry.candidates["his"] = (bob,)
    his = scope.to_pull("his")
    # A password that goes by POST is what this server grants refresh tokens for.
    registry.server.script(answer(405), method="GET")
    registry.learn("app", [PULL])
    assert registry.asked[-1].method == "POST"
    assert registry.account(registry.login("more", scope.to_pull("more"))) == "ann"
    assert b"refresh_token" in (registry.asked[-1].body or b"")
    assert b"secret" not in (registry.asked[-1].body or b"")
    assert registry.account(registry.login("his", his)) == "bob"


def test_a_refresh_token_that_ended_gives_way_to_the_password(registry: Registry) -> None:
    registry.server.script(answer(405), method="GET")
    registry.learn("app", [PULL])
    registry.server.forget_refresh_tokens()
    assert registry.account(registry.login("more", scope.to_pull("more"))) == "ann"
    assert registry.account(registry.login("again", scope.to_pull("again"))) == "ann"


def test_an_identity_token_is_exchanged(server: TokenServer) -> None:
    server._accounts["ann"].refresh_tokens.add("identity")
    registry = Registry(server, Credential(identity_token="identity"))
    registry.learn("app", [PUSH])
    assert registry.account(registry.login("app", PUSH)) == "ann"
    assert [request.method for request in registry.asked] == ["POST"]
    registry.close()


def test_a_registry_token_is_sent_as_it_is(server: TokenServer) -> None:
    registry = Registry(server, Credential(registry_token="given"))
    assert registry.login("app", PULL) is None
    assert registry.learn("app", [PULL])
    assert registry.login("app", PULL) == "Bearer given"
    assert not registry.learn("app", [PULL], sent="Bearer given")
    assert registry.asked == []


def test_without_a_login_one_is_nobody(server: TokenServer) -> None:
    registry = Registry(server)
    registry.learn("app", [PULL])
    assert registry.account(registry.login("app", PULL)) == ""
    registry.close()


def test_a_login_that_is_wrong_is_said(server: TokenServer) -> None:
    registry = Registry(server, Credential(username="ann", password="hunter2", origin="auth.json"))
    with pytest.raises(errors.Unauthorized) as caught:
        registry.learn("app", [PULL])
    assert "ann" in str(caught.value)
    assert "auth.json" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    registry.close()


def test_basic_is_answered_with_the_password(server: TokenServer) -> None:
    headers = received('Basic realm="x"')
    for candidates, expected in (
        ((ANN,), "Basic YW5uOnNlY3JldA=="),
        ((), None),
        ((Credential(identity_token="x"),), None),
    ):
        registry = Registry(server, *candidates)
        learned = registry.authenticator.learn(headers, URL, repository="app", scopes=[PULL], sent=None)
        assert learned == (expected is not None)
        assert registry.login("app", PULL) == expected
        assert not registry.authenticator.learn(headers, URL, repository="app", scopes=[PULL], sent=expected)
        registry.close()


@pytest.mark.parametrize("text", ["", "Negotiate", 'Bearer service="x"', 'Bearer realm="/\x00"'])
def test_a_challenge_that_nobody_understands_leads_nowhere(registry: Registry, text: str) -> None:
    headers = received(text)
    assert not registry.authenticator.learn(headers, URL, repository="app", scopes=[PULL], sent=None)
    assert registry.login("app", PULL) is None


@pytest.mark.parametrize(
    "realm",
    [
        "http://registry.test/token",
        "https://user:x@registry.test/token",
        "ftp://registry.test/token",
    ],
)
def test_a_realm_that_credentials_must_not_be_sent_to(registry: Registry, realm: str) -> None:
    headers = registry.challenge(PULL, realm=realm)
    with pytest.raises(errors.AddressRefused):
        registry.authenticator.learn(
            headers, "https://registry.test/v2/", repository="app", scopes=[PULL], sent=None
        )
    assert registry.asked == []


@pytest.mark.parametrize("realm", ["http://169.254.169.254/token", "http://[fe80::1]/token"])
def test_a_realm_at_an_address_of_the_cloud_s(registry: Registry, realm: str) -> None:
    headers = registry.challenge(PULL, realm=realm)
    with pytest.raises(errors.AddressRefused):
        registry.authenticator.learn(headers, URL, repository="app", scopes=[PULL], sent=None)


def put_helper(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> HelperCall:
    helper = folder / "docker-credential-test"
    helper.write_text(f"#!/bin/sh\necho run >> {folder}/runs\n{script}\n")
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return HelperCall("test", "registry.test")


def test_a_helper_is_run_once_for_all_repositories(
    server: TokenServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = 'echo \'{"Username": "ann", "Secret": "secret"}\''
    registry = Registry(server, put_helper(tmp_path, monkeypatch, answer))
    registry.learn("app", [PULL])
    for name in ("app", "other", "third"):
        assert registry.account(registry.login(name, scope.to_pull(name))) == "ann"
    assert (tmp_path / "runs").read_text() == "run\n"
    registry.close()


def test_a_helper_that_has_nothing_gives_way_to_the_next(
    server: TokenServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = put_helper(tmp_path, monkeypatch, "echo 'credentials not found'; exit 1")
    registry = Registry(server, call, ANN)
    registry.learn("app", [PULL])
    assert registry.account(registry.login("app", PULL)) == "ann"
    assert (tmp_path / "runs").read_text() == "run\n"
    registry.close()
