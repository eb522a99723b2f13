"""Access tokens that end in the middle of a copy: renewed, and what has arrived is not moved again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oci.errors import RegistryError
from oci.settings import Credential
from oci.testing import ScriptedRegistry, build_image, fault, random_layer
from oci.transfer.connections import FAR_S
from oci.transfer.ranged import FIRST_BYTES
from oci.transports.layout.store import LayoutStore
from tests.integration.transfer.conftest import IMAGE, LAYERS, Copier, assert_holds, failing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oci.serving import Application, Request, Response
    from oci.testing import Fault, TokenServer

UPLOADS = "*/blobs/uploads/*"
BIG = random_layer(32_000_000, seed=9, compression="none")
BIG_IMAGE = build_image([BIG])
SIZE = LAYERS[0].descriptor.size


@pytest.fixture
def guarded(tmp_path: Path, tokens: TokenServer) -> Iterator[ScriptedRegistry]:
    """A registry that wants a token for everything."""
    with ScriptedRegistry(tmp_path / "guarded", tokens=tokens) as server:
        yield server


@pytest.fixture
def ann() -> Copier:
    """Somebody who may log in."""
    return Copier(credential=Credential(username="ann", password="secret"))


def expiring(tokens: TokenServer) -> Fault:
    """Answer, and let all tokens end before the next request comes."""

    async def fault(request: Request, application: Application) -> Response:
        tokens.expire()
        return await application(request)

    return fault


def test_while_ranges_are_read_over_several_connections(
    guarded: ScriptedRegistry, tokens: TokenServer, ann: Copier, tmp_path: Path
) -> None:
    guarded.put("app", BIG_IMAGE, "v1")
    blob = f"*/{BIG.descriptor.digest}"
    guarded.script(fault.delay(3 * FAR_S), method="GET", path="*/blobs/*")
    guarded.script(expiring(tokens), method="GET", path=blob, after=6, times=1)
    result = ann.copy(f"docker://{guarded.host}/app:v1", f"oci:{tmp_path / 'layout'}:v1")
    assert all(each.verified_here for each in result.blobs)
    assert result.moved == sum(leaf.descriptor.size for leaf in BIG_IMAGE.leaves)
    asked = guarded.asked("GET", blob)
    refused = [each.headers.get("Range") for each in asked if each.status == 401]
    served = [each.headers.get("Range") for each in asked if each.status == 206]
    assert refused, "the token ended while there were ranges to ask for"
    assert set(refused) <= set(served)
    assert len(served) == len(set(served)), "no range was read twice"
    assert served[0] == f"bytes=0-{FIRST_BYTES - 1}"
    assert len(tokens.asked("*", "/token")) == 2, "one token for all threads, and one more for all of them"


def test_before_an_upload_that_is_one_request(
    guarded: ScriptedRegistry, tokens: TokenServer, ann: Copier, origin: ScriptedRegistry
) -> None:
    rule = guarded.script(expiring(tokens), method="POST", path=UPLOADS, times=1)
    ann.copy(f"docker://{origin.host}/app:v1", f"docker://{guarded.host}/app:v1", parallel=1)
    assert rule.hits == 1
    puts = guarded.asked("PUT", UPLOADS)
    assert [put.status for put in puts] == [401, 201, 201, 201, 201]
    assert puts[0].query.get("digest") == puts[1].query.get("digest")
    assert_holds(guarded, "app", IMAGE, "v1")


def test_between_the_chunks_of_an_upload(
    guarded: ScriptedRegistry, tokens: TokenServer, ann: Copier, origin: ScriptedRegistry
) -> None:
    origin.put("one", build_image(LAYERS[:1]), "v1")
    guarded.script(fault.refuse_large_bodies(1_200_000), path=UPLOADS)
    guarded.script(expiring(tokens), method="PATCH", path=UPLOADS, times=1)
    result = ann.copy(f"docker://{origin.host}/one:v1", f"docker://{guarded.host}/one:v1", parallel=1)
    assert guarded.has_blob("one", LAYERS[0].descriptor.digest)
    assert all(each.verified_here for each in result.blobs)
    mib = 1024 * 1024
    chunks = [(x.method, x.status, x.headers.get("Content-Range")) for x in guarded.asked("P[AU]T*", UPLOADS)]
    assert [chunk for chunk in chunks if chunk[2]] == [
        ("PATCH", 202, f"0-{mib - 1}"),
        ("PATCH", 401, f"{mib}-{2 * mib - 1}"),
        ("PATCH", 202, f"{mib}-{2 * mib - 1}"),
        ("PUT", 201, f"{2 * mib}-{SIZE - 1}"),
    ]
    assert {each.status for each in guarded.asked("GET", UPLOADS)} == {204}, "it was asked how far it is"


def test_between_the_last_chunk_and_the_end_of_an_upload(
    guarded: ScriptedRegistry, tokens: TokenServer, ann: Copier, origin: ScriptedRegistry
) -> None:
    origin.put("one", build_image(LAYERS[:1]), "v1")
    guarded.script(fault.refuse_large_bodies(1_200_000), path=UPLOADS)
    guarded.script(expiring(tokens), method="PATCH", path=UPLOADS, after=1, times=1)
    ann.copy(f"docker://{origin.host}/one:v1", f"docker://{guarded.host}/one:v1", parallel=1)
    last = [x for x in guarded.asked("PUT", UPLOADS) if x.headers.get("Content-Range")]
    assert [put.status for put in last] == [401, 201]
    assert guarded.has_blob("one", LAYERS[0].descriptor.digest)


def test_before_the_name_is_set(
    guarded: ScriptedRegistry, tokens: TokenServer, ann: Copier, origin: ScriptedRegistry
) -> None:
    guarded.script(expiring(tokens), method="PUT", path=UPLOADS)
    ann.copy(f"docker://{origin.host}/app:v1", f"docker://{guarded.host}/app:v1", parallel=1)
    assert [put.status for put in guarded.asked("PUT", "*/manifests/v1")] == [401, 201]
    assert guarded.content("app", "v1") == IMAGE.raw


def test_a_token_that_is_never_good_for_long_is_an_error_and_no_endless_loop(
    guarded: ScriptedRegistry, tokens: TokenServer, ann: Copier, tmp_path: Path
) -> None:
    guarded.put("app", IMAGE, "v1")
    tokens.script(_stillborn(tokens))
    source, destination = f"docker://{guarded.host}/app:v1", f"oci:{tmp_path / 'layout'}:v1"
    cause = failing(ann, source, destination)
    assert isinstance(cause, RegistryError)
    assert cause.status == 401
    assert len(guarded.exchanges) <= 4
    assert list(LayoutStore.create(tmp_path / "layout").names()) == []


def _stillborn(tokens: TokenServer) -> Fault:
    async def fault(request: Request, application: Application) -> Response:
        response = await application(request)
        tokens.expire()
        return response

    return fault
