from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest

from oci.testing import ScriptedRegistry, TokenServer, build_image, layer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IMAGE = build_image([layer({"a": b"1"})])


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    with TokenServer({"ann": "secret"}, denied=["repository:private"], has_refresh_tokens=True) as server:
        yield server


@pytest.fixture
def client(tmp_path: Path, tokens: TokenServer) -> Iterator[httpx.Client]:
    with (
        ScriptedRegistry(tmp_path / "registry", tokens=tokens) as registry,
        httpx.Client(base_url=registry.url, trust_env=False, timeout=60) as made,
    ):
        registry.put("app", IMAGE, "v1")
        yield made


def challenge(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 401
    return dict(re.findall(r'(\w+)="([^"]*)"', answer.headers["WWW-Authenticate"]))


def token(tokens: TokenServer, scope: str, auth: tuple[str, str] | None = None) -> dict[str, str]:
    answer = httpx.get(f"{tokens.url}/token", params={"service": tokens.service, "scope": scope}, auth=auth)
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def test_a_pull_needs_a_token_with_its_scope(client: httpx.Client, tokens: TokenServer) -> None:
    asked = challenge(client.get("/v2/app/manifests/v1"))
    assert asked == {
        "realm": f"{tokens.url}/token",
        "service": "registry.test",
        "scope": "repository:app:pull",
    }
    headers = token(tokens, asked["scope"])
    assert client.get("/v2/app/manifests/v1", headers=headers).content == IMAGE.raw
    other = challenge(client.get("/v2/other/manifests/v1", headers=headers))
    assert (other["scope"], other["error"]) == ("repository:other:pull", "insufficient_scope")


def test_nobody_in_particular_may_only_pull(client: httpx.Client, tokens: TokenServer) -> None:
    asked = challenge(client.post("/v2/app/blobs/uploads/"))
    assert asked["scope"] == "repository:app:pull,push"
    assert challenge(client.post("/v2/app/blobs/uploads/", headers=token(tokens, asked["scope"])))["error"]
    allowed = token(tokens, asked["scope"], ("ann", "secret"))
    assert client.post("/v2/app/blobs/uploads/", headers=allowed).status_code == 202


def test_wrong_credentials_get_no_token(tokens: TokenServer) -> None:
    assert httpx.get(f"{tokens.url}/token", auth=("ann", "wrong")).status_code == 401
    assert httpx.get(f"{tokens.url}/token", headers={"Authorization": "Basic !"}).status_code == 401


def test_what_is_denied_is_left_out_without_a_word(client: httpx.Client, tokens: TokenServer) -> None:
    headers = token(tokens, "repository:private:pull", ("ann", "secret"))
    assert challenge(client.get("/v2/private/tags/list", headers=headers))["error"] == "insufficient_scope"


def test_a_mount_needs_both_repositories(client: httpx.Client, tokens: TokenServer) -> None:
    path = f"/v2/new/blobs/uploads/?mount={IMAGE.leaves[1].descriptor.digest}&from=app"
    asked = challenge(client.post(path))
    assert asked["scope"] == "repository:new:pull,push repository:app:pull"
    assert client.post(path, headers=token(tokens, asked["scope"], ("ann", "secret"))).status_code == 201


def test_tokens_expire_when_told_to(client: httpx.Client, tokens: TokenServer) -> None:
    headers = token(tokens, "repository:app:pull")
    assert client.get("/v2/", headers=headers).status_code == 200
    tokens.expire()
    assert challenge(client.get("/v2/", headers=headers))["error"] == "invalid_token"


def test_refresh_tokens_by_post(client: httpx.Client, tokens: TokenServer) -> None:
    form = {"grant_type": "password", "username": "ann", "password": "secret", "access_type": "offline"}
    first = httpx.post(f"{tokens.url}/token", data={**form, "scope": "repository:app:pull"}).json()
    again = {
        "grant_type": "refresh_token",
        "refresh_token": first["refresh_token"],
        "scope": "repository:app:pull,push",
    }
    second = httpx.post(f"{tokens.url}/token", data=again).json()
    headers = {"Authorization": f"Bearer {second['access_token']}"}
    assert client.post("/v2/app/blobs/uploads/", headers=headers).status_code == 202
    tokens.forget_refresh_tokens()
    assert httpx.post(f"{tokens.url}/token", data=again).status_code == 401


def test_the_catalog_and_deletion_have_scopes_of_their_own(client: httpx.Client) -> None:
    assert challenge(client.get("/v2/_catalog"))["scope"] == "registry:catalog:*"
    assert challenge(client.delete("/v2/app/manifests/v1"))["scope"] == "repository:app:delete"
    assert "scope" not in challenge(client.get("/v2/"))


def test_the_token_server_has_a_script_too(tokens: TokenServer) -> None:
    from oci.testing import fault

    tokens.script(fault.answer(503), method="POST", times=1)
    assert httpx.post(f"{tokens.url}/token").status_code == 503
    assert tokens.asked("POST")[0].status == 503
