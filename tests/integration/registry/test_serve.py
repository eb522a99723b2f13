"""A registry as it is really run: protection, users, TLS, guards, and its end."""

from __future__ import annotations

import ssl
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import bcrypt
import httpx
import pytest

from oci.content.cancellation import CancelToken
from oci.errors import InvalidSettings, InvalidValue, Locked
from oci.registry import ServeOptions, Serving, serve
from oci.serving import TcpAddress, UnixAddress
from oci.spec import Digest
from oci.testing import build_image, layer
from oci.testing.certificate import make_certificates
from tests.integration.registry.server import served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IMAGE = build_image([layer({"a": b"1"})])
ANY_PORT = TcpAddress("127.0.0.1", 0)


@contextmanager
def run(options: ServeOptions) -> Iterator[Serving]:
    stop, up = CancelToken(), threading.Event()
    told: list[Serving] = []
    failures: list[Exception] = []

    def on_ready(serving: Serving) -> None:
        told.append(serving)
        up.set()

    def target() -> None:
        try:
            serve(options, on_ready=on_ready, stop=stop)
        except Exception as error:  # noqa: BLE001 - told to the test that waits
            failures.append(error)
            up.set()

    thread = threading.Thread(target=target)
    thread.start()
    assert up.wait(60)
    try:
        if failures:
            raise failures[0]
        yield told[0]
    finally:
        stop.cancel()
        thread.join(60)
        assert not thread.is_alive()


def users(folder: Path) -> Path:
    path = folder / "users"
    path.write_text(f"ann:{bcrypt.hashpw(b'secret', bcrypt.gensalt(4)).decode()}\n")
    return path


def test_it_serves_and_ends(tmp_path: Path) -> None:
    IMAGE.write_to(tmp_path / "registry" / "app", "v1")
    with run(ServeOptions(folder=tmp_path / "registry", address=ANY_PORT)) as serving:
        assert serving.url.startswith("http://127.0.0.1:")
        assert serving.address.is_local
        assert serving.repository is None
        assert httpx.get(f"{serving.url}/v2/app/manifests/v1").content == IMAGE.raw
        again = ServeOptions(folder=tmp_path / "registry", address=serving.address)
        with pytest.raises(Locked), run(again):
            pass
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{serving.url}/v2/")


def test_web_pages_and_rebound_names_are_kept_out(tmp_path: Path) -> None:
    options = ServeOptions(folder=tmp_path / "registry", address=ANY_PORT, names=("registry.test",))
    with run(options) as serving:
        statuses = {
            host: httpx.get(f"{serving.url}/v2/", headers={"Host": host}).status_code
            for host in ("localhost:5000", "registry.test", "evil.test")
        }
        assert statuses == {"localhost:5000": 200, "registry.test": 200, "evil.test": 421}
        assert httpx.get(f"{serving.url}/v2/", headers={"Origin": "http://evil.test"}).status_code == 403


def test_users(tmp_path: Path) -> None:
    IMAGE.write_to(tmp_path / "registry" / "app", "v1")
    options = ServeOptions(folder=tmp_path / "registry", address=ANY_PORT, htpasswd=users(tmp_path))
    with run(options) as serving:
        for path in ("/v2/", "/v2/app/manifests/v1"):
            refused = httpx.get(serving.url + path)
            assert refused.status_code == 401
            assert refused.headers["WWW-Authenticate"].startswith('Basic realm="')
            assert refused.json()["errors"][0]["code"] == "UNAUTHORIZED"
            assert httpx.get(serving.url + path, auth=("ann", "wrong")).status_code == 401
            assert httpx.get(serving.url + path, auth=("eve", "secret")).status_code == 401
            assert httpx.get(serving.url + path, auth=("ann", "secret")).status_code == 200
        for field in ("Basic", "Basic !!!", "Basic YW5u", "Bearer x", "Basic " + "A" * 8000):
            assert httpx.get(f"{serving.url}/v2/", headers={"Authorization": field}).status_code == 401


def test_tls(tmp_path: Path) -> None:
    IMAGE.write_to(tmp_path / "registry" / "app", "v1")
    made = make_certificates(tmp_path)
    options = ServeOptions(
        folder=tmp_path / "registry", address=ANY_PORT, certificate=made.certificate, key=made.key
    )
    with run(options) as serving:
        assert serving.url.startswith("https://")
        with httpx.Client(
            base_url=serving.url, verify=ssl.create_default_context(cafile=str(made.authority))
        ) as client:
            data = bytes(range(256)) * 8000
            digest = Digest.of(data)
            assert client.post(f"/v2/app/blobs/uploads/?digest={digest}", content=data).status_code == 201
            assert client.get(f"/v2/app/blobs/{digest}").content == data
            assert client.get(f"/v2/app/blobs/{digest}", headers={"Range": "bytes=5-"}).content == data[5:]


def test_a_unix_socket(tmp_path: Path) -> None:
    address = UnixAddress(tmp_path / "s.sock")
    with run(ServeOptions(folder=tmp_path / "registry", address=address)):
        transport = httpx.HTTPTransport(uds=str(address.path))
        with httpx.Client(transport=transport, base_url="http://any.name") as client:
            assert client.get("/v2/").status_code == 200


def test_other_machines_need_protection(tmp_path: Path) -> None:
    everywhere = TcpAddress("0.0.0.0", 0)
    made = make_certificates(tmp_path)
    folder = tmp_path / "registry"
    for options in (
        ServeOptions(folder=folder, address=everywhere),
        ServeOptions(folder=folder, address=everywhere, htpasswd=users(tmp_path)),
        ServeOptions(folder=folder, address=everywhere, certificate=made.certificate, key=made.key),
    ):
        with pytest.raises(InvalidValue), run(options):
            pass
    with run(ServeOptions(folder=folder, address=everywhere, allows_unprotected=True)) as serving:
        assert not serving.address.is_local
    protected = ServeOptions(
        folder=folder,
        address=everywhere,
        certificate=made.certificate,
        key=made.key,
        htpasswd=users(tmp_path),
    )
    with run(protected) as serving:
        assert serving.url.startswith("https://0.0.0.0:")


def test_wrong_certificates_are_said_to_be(tmp_path: Path) -> None:
    made = make_certificates(tmp_path)
    (tmp_path / "junk").write_text("junk")
    for certificate, key in (
        (made.certificate, made.authority),
        (tmp_path / "junk", made.key),
        (tmp_path / "absent", made.key),
        (None, made.key),
    ):
        options = ServeOptions(folder=tmp_path / "r", address=ANY_PORT, certificate=certificate, key=key)
        with pytest.raises(InvalidSettings), run(options):
            pass


def test_read_only(tmp_path: Path) -> None:
    IMAGE.write_to(tmp_path / "app", "v1")
    with served(tmp_path, is_read_only=True) as client:
        assert client.get("/v2/app/manifests/v1").content == IMAGE.raw
        assert client.head("/v2/app/manifests/v1").status_code == 200
        for method, path in (
            ("POST", "/v2/app/blobs/uploads/"),
            ("PUT", "/v2/app/manifests/v2"),
            ("DELETE", "/v2/app/manifests/v1"),
            ("DELETE", f"/v2/app/blobs/{IMAGE.digest}"),
        ):
            answer = client.request(method, path)
            assert answer.status_code == 405
            assert answer.headers["Allow"] in {"GET, HEAD", ""}
        assert client.get("/v2/app/tags/list").json()["tags"] == ["v1"]


def test_a_folder_that_cannot_be_written_to_is_forbidden(tmp_path: Path) -> None:
    (tmp_path / "registry").write_text("in the way")
    with served(tmp_path / "registry") as client:
        answer = client.post("/v2/app/blobs/uploads/")
    assert answer.status_code == 500
    assert str(tmp_path) not in answer.text
