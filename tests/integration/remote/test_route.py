"""Where requests go: schemes, certificates, redirects to storage, and what goes along."""

from __future__ import annotations

import itertools
import socket
from typing import TYPE_CHECKING

import pytest

from oci.errors import AddressRefused, ConnectFailed, DigestMismatch, RegistryError, TlsFailed
from oci.settings import Credential, Security
from oci.testing import ScriptedRegistry, TokenServer, build_image, fault, random_layer
from oci.testing.certificate import make_certificates

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oci.serving import Application, Request, Response
    from oci.testing import Fault
    from oci.testing.certificate import Certificates
    from oci.transports.remote.repository import RemoteRepository
    from tests.integration.remote.conftest import Client, MakeClient

LAYER = random_layer(300_000)
IMAGE = build_image([LAYER])
BLOB = LAYER.descriptor
BLOBS = "*/blobs/*"
ANN = Credential(username="ann", password="secret")


@pytest.fixture(autouse=True)
def image(registry: ScriptedRegistry) -> None:
    registry.put("app", IMAGE, "v1")


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    (tmp_path / "certs").mkdir()
    return make_certificates(tmp_path / "certs")


@pytest.fixture
def secure(tmp_path: Path, certificates: Certificates) -> Iterator[ScriptedRegistry]:
    with ScriptedRegistry(tmp_path / "secure", tls=certificates.server_context()) as server:
        server.put("app", IMAGE, "v1")
        yield server


def read(source: RemoteRepository) -> bytes:
    with source.fetch(BLOB) as reader:
        return reader.read(limit=BLOB.size)


# ── storage ──


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_blob_is_fetched_from_storage_without_the_login(
    tmp_path: Path, make_client: MakeClient, status: int
) -> None:
    with (
        TokenServer({"ann": "secret"}, anonymous_actions=()) as tokens,
        ScriptedRegistry(tmp_path / "guarded", tokens=tokens) as registry,
    ):
        registry.put("app", IMAGE, "v1")
        registry.script(fault.set_status(status), method="GET", path=BLOBS)
        registry.script(fault.move_blobs(registry.storage.url), method="GET", path=BLOBS)
        source = make_client(registry, credential=ANN).source()
        assert read(source) == LAYER.data
        stream = source.stream(BLOB, 1000, 50)
        buffer = memoryview(bytearray(100))
        assert bytes(buffer[: stream.readinto(buffer)]) == LAYER.data[1000:1050]
        stream.close()
        assert [x.status for x in registry.storage.exchanges] == [200, 206]
        assert all("Authorization" not in x.headers for x in registry.storage.exchanges)
        assert registry.storage.exchanges[1].headers.get("Range") == "bytes=1000-1049"


def test_a_relative_redirect_within_the_registry_keeps_the_login(
    tmp_path: Path, make_client: MakeClient
) -> None:
    with (
        TokenServer({"ann": "secret"}, anonymous_actions=()) as tokens,
        ScriptedRegistry(tmp_path / "guarded", tokens=tokens) as registry,
    ):
        registry.put("app", IMAGE, "v1")
        rule = registry.script(
            fault.redirect(f"../blobs/{BLOB.digest}?moved=1"),
            method="GET",
            path=BLOBS,
            when=lambda request: request.query.get("moved") is None,
        )
        assert read(make_client(registry, credential=ANN).source()) == LAYER.data
        assert rule.hits == 1


def test_storage_that_refuses_is_a_failure_and_not_a_reason_to_log_in(
    registry: ScriptedRegistry, make_client: MakeClient
) -> None:
    registry.script(fault.move_blobs(registry.storage.url), method="GET", path=BLOBS)
    registry.storage.script(fault.answer(401, {"WWW-Authenticate": 'Basic realm="x"'}))
    with pytest.raises(RegistryError) as caught:
        read(make_client(registry, credential=ANN).source())
    assert caught.value.status == 401
    assert "X-Signature" not in caught.value.url + caught.value.message
    assert len(registry.storage.exchanges) == 1


def test_storage_that_is_busy_is_asked_for_by_a_new_redirect(
    registry: ScriptedRegistry, client: Client
) -> None:
    moved = registry.script(fault.move_blobs(registry.storage.url), method="GET", path=BLOBS)
    registry.storage.script(fault.answer(503), times=2)
    assert read(client.source()) == LAYER.data
    assert moved.hits == 3, "what a redirect names expires"


def test_storage_with_other_content_is_found_out(registry: ScriptedRegistry, client: Client) -> None:
    registry.script(fault.move_blobs(registry.storage.url), method="GET", path=BLOBS)
    registry.storage.script(fault.corrupt(5))
    with pytest.raises(DigestMismatch):
        read(client.source())


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://[fd00:ec2::254]/",
        "http://2852039166/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "http://ann:secret@127.0.0.1/",
        "//",
        "http://\u00e9\u0000/",
    ],
)
def test_a_redirect_to_a_place_we_do_not_go_to(
    registry: ScriptedRegistry, client: Client, location: str
) -> None:
    if not location.isascii() or not location.isprintable():
        location = "http://a b/"
    registry.script(fault.redirect(location), method="GET", path=BLOBS)
    with pytest.raises(AddressRefused):
        read(client.source())
    assert len(registry.exchanges) == 1


def test_redirects_in_a_circle_and_without_end_are_given_up(
    registry: ScriptedRegistry, client: Client
) -> None:
    here = f"/v2/app/blobs/{BLOB.digest}"
    rule = registry.script(fault.redirect(here), method="GET", path=BLOBS)
    with pytest.raises(AddressRefused):
        read(client.source())
    assert rule.hits == 1
    registry.unscript(rule)
    rule = registry.script(_ever_further(), method="GET", path=BLOBS)
    with pytest.raises(AddressRefused):
        read(client.source())
    assert rule.hits == client.session.limits.redirects + 1


def _ever_further() -> Fault:
    """Redirect each request to a place of its own."""
    places = itertools.count()

    async def further(request: Request, application: Application) -> Response:
        redirected = fault.redirect(f"/v2/app/blobs/{BLOB.digest}?place={next(places)}")
        return await redirected(request, application)

    return further


def test_what_is_written_is_not_redirected(registry: ScriptedRegistry, client: Client) -> None:
    with pytest.raises(RegistryError) as caught:
        registry.script(fault.redirect(f"{registry.storage.url}/x"), method="P*")
        client.sink().publish(IMAGE.root, IMAGE.raw, ["v2"])
    assert caught.value.status == 307
    assert registry.storage.exchanges == []


# ── schemes and certificates ──


def test_a_certificate_has_to_be_trusted(secure: ScriptedRegistry, make_client: MakeClient) -> None:
    with pytest.raises(TlsFailed):
        make_client(secure, security=Security.VERIFIED).source().open("v1")
    assert secure.exchanges == []


def test_a_certificate_of_the_user_s_authority_is(
    secure: ScriptedRegistry, make_client: MakeClient, tmp_path: Path, certificates: Certificates
) -> None:
    folder = tmp_path / "certs.d" / secure.host
    folder.mkdir(parents=True)
    (folder / "ca.crt").write_bytes(certificates.authority.read_bytes())
    client = make_client(secure, security=Security.VERIFIED, certificate_directories=(tmp_path / "certs.d",))
    assert client.source().open("v1").content == IMAGE.raw


def test_https_is_tried_before_http_where_the_user_does_not_care(
    registry: ScriptedRegistry, secure: ScriptedRegistry, make_client: MakeClient
) -> None:
    for server in (secure, registry):
        client = make_client(server, security=Security.UNVERIFIED)
        assert client.source().open("v1").content == IMAGE.raw
        assert client.source().open("v1").content == IMAGE.raw
        assert [x.path for x in server.exchanges if x.path == "/v2/"] == ["/v2/"], "found out once"


def test_nobody_there_is_said_of_the_first_way(registry: ScriptedRegistry, make_client: MakeClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        host = f"127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(ConnectFailed):
        make_client(registry, security=Security.UNVERIFIED).source(host=host).open("v1")


def test_http_is_not_tried_where_certificates_count(
    registry: ScriptedRegistry, make_client: MakeClient
) -> None:
    with pytest.raises(TlsFailed):
        make_client(registry, security=Security.VERIFIED).source().open("v1")
    assert registry.exchanges == []


def test_an_https_registry_leads_nobody_to_http(
    secure: ScriptedRegistry, registry: ScriptedRegistry, make_client: MakeClient
) -> None:
    client = make_client(secure, security=Security.UNVERIFIED)
    secure.script(fault.redirect(f"{registry.url}/v2/app/blobs/{BLOB.digest}"), method="GET", path=BLOBS)
    with pytest.raises(AddressRefused):
        read(client.source())
    secure.script(fault.set_header("Location", f"{registry.url}/v2/app/blobs/uploads/1"), method="POST")
    with pytest.raises(AddressRefused):
        client.sink().ingest(BLOB)
    assert registry.exchanges == []


def test_a_realm_without_tls_is_not_for_an_https_registry(
    tmp_path: Path, certificates: Certificates, make_client: MakeClient
) -> None:
    with (
        TokenServer({"ann": "secret"}) as tokens,
        ScriptedRegistry(tmp_path / "s", tls=certificates.server_context(), tokens=tokens) as registry,
    ):
        client = make_client(registry, security=Security.UNVERIFIED, credential=ANN)
        with pytest.raises(AddressRefused):
            client.source().open("v1")
        assert tokens.exchanges == []


def test_what_the_user_does_not_verify_is_not_for_other_hosts(
    secure: ScriptedRegistry, tmp_path: Path, certificates: Certificates, make_client: MakeClient
) -> None:
    # The same address under another name: what is allowed to 127.0.0.1 is not allowed to localhost.
    port = secure.host.rpartition(":")[2]
    secure.script(
        fault.redirect(f"https://localhost:{port}/v2/app/blobs/{BLOB.digest}"),
        method="GET",
        path=BLOBS,
        times=1,
    )
    with pytest.raises(TlsFailed):
        read(make_client(secure, security=Security.UNVERIFIED).source())


def test_an_authority_for_everything_counts_for_other_hosts_too(
    secure: ScriptedRegistry, tmp_path: Path, certificates: Certificates, make_client: MakeClient
) -> None:
    folder = tmp_path / "everything"
    folder.mkdir()
    (folder / "ca.crt").write_bytes(certificates.authority.read_bytes())
    port = secure.host.rpartition(":")[2]
    secure.script(
        fault.redirect(f"https://localhost:{port}/v2/app/blobs/{BLOB.digest}"),
        method="GET",
        path=BLOBS,
        times=1,
    )
    client = make_client(secure, security=Security.VERIFIED, certificate_directory=folder)
    assert read(client.source()) == LAYER.data
