"""Logging in: tokens per repository, fetched once, renewed in the middle of things, never shown elsewhere."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from oci.content import Rewound
from oci.errors import AddressRefused, NotFound, RateLimited, RegistryError, Unauthorized
from oci.settings import Credential
from oci.spec import Descriptor
from oci.testing import ScriptedRegistry, TokenServer, basic_login, build_image, fault, random_layer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oci.transports.remote.repository import RemoteRepository
    from tests.integration.remote.conftest import MakeClient

LAYER = random_layer(3_000_000, compression="none")
IMAGE = build_image([LAYER])
ANN = Credential(username="ann", password="secret")
THREADS = 8


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    with TokenServer({"ann": "secret"}, denied=["repository:private"]) as server:
        yield server


@pytest.fixture
def guarded(tmp_path: Path, tokens: TokenServer) -> Iterator[ScriptedRegistry]:
    with ScriptedRegistry(tmp_path / "guarded", tokens=tokens) as server:
        for repository in ("app", "base", "private"):
            server.put(repository, IMAGE, "v1")
        yield server


def scopes(tokens: TokenServer) -> list[list[str]]:
    return [x.query.all("scope") for x in tokens.asked("GET", "/token")]


def push(sink: RemoteRepository, content: bytes) -> Descriptor:
    descriptor = Descriptor.of(content, "x/y")
    writer = sink.ingest(descriptor)
    writer.write(content)
    writer.commit()
    return descriptor


def test_reading_takes_one_token_and_it_is_kept(
    guarded: ScriptedRegistry, tokens: TokenServer, make_client: MakeClient
) -> None:
    source = make_client(guarded).source()
    source.open("v1")
    source.resolve("v1")
    assert source.exists(LAYER.descriptor)
    assert scopes(tokens) == [["repository:app:pull"]]
    assert [x.status for x in guarded.exchanges] == [401, 200, 200, 200]


def test_a_repository_that_is_written_to_needs_one_token_for_everything(
    guarded: ScriptedRegistry, tokens: TokenServer, make_client: MakeClient
) -> None:
    guarded.put("new", IMAGE)
    sink = make_client(guarded, credential=ANN).sink("new")
    blob = push(sink, b"content")
    assert sink.exists(blob)
    sink.publish(IMAGE.root, IMAGE.raw, ["v1"])
    assert sink.open("v1").content == IMAGE.raw
    assert scopes(tokens) == [["repository:new:pull,push"]]


def test_many_threads_fetch_one_token(
    guarded: ScriptedRegistry, tokens: TokenServer, make_client: MakeClient
) -> None:
    source = make_client(guarded).source()
    together = threading.Barrier(THREADS)
    found: list[bool] = []

    def look() -> None:
        together.wait()
        found.append(source.exists(LAYER.descriptor))

    threads = [threading.Thread(target=look) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * THREADS
    assert len(tokens.asked("*", "/token")) == 1


def test_each_repository_is_asked_for_by_its_own_challenge(
    guarded: ScriptedRegistry, tokens: TokenServer, make_client: MakeClient
) -> None:
    client = make_client(guarded)
    for repository in ("app", "base"):
        client.source(repository).open("v1")
    assert scopes(tokens) == [["repository:app:pull"], ["repository:base:pull"]]
    assert [x.status for x in guarded.exchanges] == [401, 200, 200], "the second one knows what to show"


def test_an_expired_token_is_replaced_in_the_middle(
    guarded: ScriptedRegistry, tokens: TokenServer, make_client: MakeClient
) -> None:
    source = make_client(guarded).source()
    source.open("v1")
    tokens.expire()
    assert source.open("v1").content == IMAGE.raw
    assert len(tokens.asked("*", "/token")) == 2


def test_many_threads_replace_an_expired_token_once(
    guarded: ScriptedRegistry, tokens: TokenServer, make_client: MakeClient
) -> None:
    source = make_client(guarded).source()
    source.open("v1")
    tokens.expire()
    threads = [threading.Thread(target=source.open, args=("v1",)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tokens.asked("*", "/token")) == 2


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_token_that_expires_during_an_upload_is_replaced(
    guarded: ScriptedRegistry, tokens: TokenServer, make_client: MakeClient, method: str
) -> None:
    client = make_client(guarded, credential=ANN)
    sink = client.sink("new")
    if method == "PATCH":
        guarded.script(fault.refuse_large_bodies(1_200_000), path="*/uploads/*")
    writer = sink.ingest(LAYER.descriptor)
    tokens.expire()
    rewinds = 0
    while True:
        try:
            for start in range(writer.offset, len(LAYER.data), 700_000):
                writer.write(LAYER.data[start : start + 700_000])
            writer.commit()
        except Rewound:
            rewinds += 1
            try:
                writer.recover()
            except NotFound:
                writer.abort()
                writer = sink.ingest(LAYER.descriptor)
        else:
            break
    assert rewinds
    assert sink.exists(LAYER.descriptor)
    assert writer.verified_here
    assert len(tokens.asked("*", "/token")) == 2


def test_a_registry_that_refuses_each_token_is_not_asked_for_ever(
    guarded: ScriptedRegistry, tokens: TokenServer, make_client: MakeClient
) -> None:
    tokens.lifetime_s = -1.0
    with pytest.raises(Unauthorized):
        make_client(guarded, credential=ANN).source().open("v1")
    assert len(guarded.exchanges) == 3


def test_what_is_denied_is_said_to_be(
    guarded: ScriptedRegistry, tokens: TokenServer, make_client: MakeClient
) -> None:
    with pytest.raises(RegistryError) as caught:
        make_client(guarded).source("private").open("v1")
    assert caught.value.status in {401, 403}
    assert caught.value.hint


def test_a_wrong_password_is_said_and_not_shown(
    guarded: ScriptedRegistry, tokens: TokenServer, make_client: MakeClient
) -> None:
    wrong = Credential(username="ann", password="hunter2")
    with pytest.raises(Unauthorized) as caught:
        make_client(guarded, credential=wrong).source().open("v1")
    assert "ann" in caught.value.message
    assert "hunter2" not in repr(caught.value) + caught.value.message + caught.value.hint


def test_a_token_server_that_throttles_is_waited_for_and_given_up(
    guarded: ScriptedRegistry, tokens: TokenServer, make_client: MakeClient
) -> None:
    rule = tokens.script(fault.answer(429, {"Retry-After": "0"}), times=2)
    client = make_client(guarded)
    client.source().open("v1")
    tokens.unscript(rule)
    tokens.script(fault.answer(429, {"Retry-After": "0"}))
    with pytest.raises(RateLimited):
        client.source("base").open("v1")


@pytest.mark.parametrize(
    "realm",
    [
        "http://169.254.169.254/token",
        "http://[fd00:ec2::254]/token",
        "http://metadata.google.internal@169.254.169.254/token",
        "file:///etc/passwd",
        "//",
    ],
)
def test_a_realm_that_credentials_must_not_go_to(
    guarded: ScriptedRegistry, tokens: TokenServer, make_client: MakeClient, realm: str
) -> None:
    tokens.realm = realm
    with pytest.raises(AddressRefused):
        make_client(guarded, credential=ANN).source().open("v1")


def test_a_token_server_that_redirects_is_not_followed(
    guarded: ScriptedRegistry, tokens: TokenServer, make_client: MakeClient
) -> None:
    with TokenServer({"ann": "secret"}) as other:
        tokens.script(fault.redirect(f"{other.url}/token"), path="/token")
        with pytest.raises(RegistryError) as caught:
            make_client(guarded, credential=ANN).source().open("v1")
        assert caught.value.status == 307
        assert other.exchanges == []


def test_basic_credentials_are_shown_when_asked_for(
    registry: ScriptedRegistry, make_client: MakeClient
) -> None:
    registry.put("app", IMAGE, "v1")
    registry.script(basic_login({"ann": "secret"}))
    source = make_client(registry, credential=ANN).source()
    assert source.open("v1").content == IMAGE.raw
    source.open("v1")
    assert [x.headers.get("Authorization")[:6] for x in registry.exchanges] == ["", "Basic ", "Basic "]
    with pytest.raises(Unauthorized):
        make_client(registry).source().open("v1")
    wrong = Credential(username="ann", password="hunter2")
    with pytest.raises(Unauthorized):
        make_client(registry, credential=wrong).source().open("v1")


def test_nobody_is_shown_anything_who_did_not_ask(
    registry: ScriptedRegistry, make_client: MakeClient
) -> None:
    registry.put("app", IMAGE, "v1")
    make_client(registry, credential=ANN).source().open("v1")
    assert not registry.exchanges[0].headers.get("Authorization")


def test_a_mount_needs_a_token_for_both_repositories(
    guarded: ScriptedRegistry, tokens: TokenServer, make_client: MakeClient
) -> None:
    client = make_client(guarded, credential=ANN)
    source, sink = client.source("base"), client.sink("new")
    source.open("v1")
    assert not sink.exists(LAYER.descriptor)
    for leaf in IMAGE.leaves:
        assert sink.mount(leaf.descriptor, source)
    assert scopes(tokens) == [
        ["repository:base:pull"],
        ["repository:new:pull,push"],
        ["repository:new:pull,push", "repository:base:pull"],
    ]


def test_a_mount_that_may_not_be_is_declined_and_not_tried_again(
    guarded: ScriptedRegistry, tokens: TokenServer, make_client: MakeClient
) -> None:
    tokens.script(fault.answer(403), path="/token", when=lambda request: len(request.query.all("scope")) > 1)
    client = make_client(guarded, credential=ANN)
    source, sink = client.source("base"), client.sink("new")
    assert not sink.mount(LAYER.descriptor, source)
    asked = len(guarded.exchanges) + len(tokens.exchanges)
    assert not sink.mount(IMAGE.leaves[0].descriptor, source)
    assert len(guarded.exchanges) + len(tokens.exchanges) == asked
    push(sink, b"pushed all the same")
