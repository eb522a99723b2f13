"""TLS: every kind of bad certificate fails and says what to do, and so does a port without TLS."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from oci import errors
from oci.frozen import replace
from oci.net.client import Client
from oci.net.request import Request
from oci.net.site import Site
from oci.net.terms import Terms
from oci.net.tls_choice import TlsChoice
from oci.wire.retry import RetryRule
from tests.integration.net.certificate import Authority
from tests.integration.net.raw_request import ask, read
from tests.integration.net.raw_server import OK, answering

if TYPE_CHECKING:
    from pathlib import Path

    from oci.net.transport import SocketTransport
    from tests.integration.net.conftest import Serve
    from tests.integration.net.raw_server import Peer


def get(transport: SocketTransport, url: str, choice: TlsChoice) -> bytes:
    return read(ask(transport, url, terms=Terms(tls=choice)))


def trusting(authority: Authority) -> TlsChoice:
    return TlsChoice(ca_files=(str(authority.path),))


def test_a_certificate_of_a_ca_that_was_given_holds(
    serve: Serve, transport: SocketTransport, authority: Authority
) -> None:
    content = bytes(range(256)) * 8192
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content) + content
    server = serve(answering(answer), tls=authority.server())
    for _ in range(2):
        assert get(transport, server.url, trusting(authority)) == content
    assert server.connections == 1


@pytest.mark.parametrize("address", ["127.0.0.1"])
def test_a_certificate_may_be_for_an_address(
    serve: Serve, transport: SocketTransport, authority: Authority, address: str
) -> None:
    server = serve(answering(OK), tls=authority.server("for-address", names=(address,)))
    url = server.url.replace("localhost", address)
    assert get(transport, url, trusting(authority)) == b"ok"


BAD = {
    "expired": ("expired", {"days": (-30, -1)}),
    "not yet valid": ("expired", {"days": (1, 30)}),
    "for another name": ("wrong-name", {"names": ("registry.example",)}),
    "for another address": ("wrong-name", {"names": ("192.0.2.1",)}),
    "for a wildcard that does not reach": ("wrong-name", {"names": ("*.localhost",)}),
    "self-signed": ("untrusted", {"self_signed": True}),
}


@pytest.mark.parametrize("kind", list(BAD))
def test_a_bad_certificate_fails(
    serve: Serve, transport: SocketTransport, authority: Authority, kind: str
) -> None:
    reason, defect = BAD[kind]
    context = authority.server("bad", **defect)  # type: ignore[arg-type] # a table of keywords
    server = serve(answering(OK), tls=context)
    with pytest.raises(errors.TlsFailed) as caught:
        get(transport, server.url, trusting(authority))
    assert caught.value.reason == reason
    assert caught.value.host == f"localhost:{server.port}"
    assert caught.value.hint
    # Only who asked for it explicitly gets through.
    assert get(transport, server.url, TlsChoice(verify=False)) == b"ok"


def test_a_ca_that_nobody_trusts_fails(
    serve: Serve, transport: SocketTransport, authority: Authority
) -> None:
    server = serve(answering(OK), tls=authority.server())
    with pytest.raises(errors.TlsFailed) as caught:
        get(transport, server.url, TlsChoice())
    assert caught.value.reason == "untrusted"
    assert "CA" in caught.value.hint


def test_plain_http_on_the_port_is_recognised(serve: Serve, transport: SocketTransport) -> None:
    def script(peer: Peer) -> None:
        peer.sock.recv(65536)
        peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        peer.rest()

    server = serve(script)
    with pytest.raises(errors.TlsFailed) as caught:
        get(transport, server.url.replace("http:", "https:"), TlsChoice())
    assert caught.value.reason == "not-tls"
    assert "plain HTTP" in caught.value.hint


@pytest.mark.parametrize("ending", ["hang up", "reset"])
def test_a_peer_that_hangs_up_in_the_handshake(serve: Serve, transport: SocketTransport, ending: str) -> None:
    def script(peer: Peer) -> None:
        peer.sock.recv(65536)
        if ending == "reset":
            peer.reset()

    server = serve(script)
    with pytest.raises(errors.TlsFailed) as caught:
        get(transport, server.url.replace("http:", "https:"), TlsChoice())
    assert caught.value.reason == "closed"


def test_old_protocols_are_not_spoken(serve: Serve, transport: SocketTransport, authority: Authority) -> None:
    context = authority.server()
    with pytest.warns(DeprecationWarning):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.minimum_version = ssl.TLSVersion.TLSv1
    server = serve(answering(OK), tls=context)
    with pytest.raises(errors.TlsFailed) as caught:
        get(transport, server.url, trusting(authority))
    assert caught.value.reason in {"protocol", "closed"}


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_certificate_is_shown(
    serve: Serve, transport: SocketTransport, authority: Authority, version: ssl.TLSVersion
) -> None:
    context = authority.server(wants_client=True)
    context.minimum_version = context.maximum_version = version
    server = serve(answering(OK), tls=context)
    certificate, key = map(str, authority.issue("client", names=("client",)))
    choice = TlsChoice(ca_files=(str(authority.path),), clients=((certificate, key),))
    assert get(transport, server.url, choice) == b"ok"
    with pytest.raises(errors.TransportError) as caught:
        get(transport, server.url, trusting(authority))
    assert isinstance(caught.value, errors.TlsFailed)
    assert caught.value.reason in {"client-certificate", "protocol"}
    assert "client certificate" in caught.value.hint


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_of_several_client_certificates_the_one_that_is_accepted_is_found_and_remembered(
    serve: Serve, authority: Authority, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    (tmp_path / "other").mkdir()
    stranger = Authority(tmp_path / "other")
    context = authority.server(wants_client=True)
    context.minimum_version = context.maximum_version = version
    server = serve(answering(OK), tls=context)
    own = tuple(map(str, authority.issue("client", names=("client",))))
    foreign = [tuple(map(str, stranger.issue(name, names=("client",)))) for name in ("a", "b")]
    choice = TlsChoice(ca_files=(str(authority.path),), clients=(*foreign, own))  # type: ignore[arg-type] # pairs
    request = Request(method="GET", url=server.url, site=Site(server.url, tls=lambda _: choice))
    with Client(retry=RetryRule(attempts=1)) as client:
        assert client.send(request).body == b"ok"
        refused = server.connections
        assert refused == 3
        assert client.send(request).body == b"ok"
        assert server.connections == refused
        with pytest.raises(errors.TlsFailed):
            strangers = replace(choice, clients=tuple(foreign))
            client.send(replace(request, site=Site(server.url, tls=lambda _: strangers)))


def test_only_http_1_1_is_offered(serve: Serve, transport: SocketTransport, authority: Authority) -> None:
    chosen: list[str | None] = []

    def script(peer: Peer) -> None:
        assert isinstance(peer.sock, ssl.SSLSocket)
        chosen.append(peer.sock.selected_alpn_protocol())
        answering(OK)(peer)

    context = authority.server()
    context.set_alpn_protocols(["h2", "http/1.1"])
    server = serve(script, tls=context)
    get(transport, server.url, trusting(authority))
    assert chosen == ["http/1.1"]


def test_an_end_without_goodbye_is_not_the_end_of_a_body(
    serve: Serve, transport: SocketTransport, authority: Authority
) -> None:
    def cut_off(peer: Peer) -> None:
        peer.head()
        peer.send(b"HTTP/1.0 200 OK\r\n\r\nhello")

    def say_goodbye(peer: Peer) -> None:
        cut_off(peer)
        assert isinstance(peer.sock, ssl.SSLSocket)
        peer.sock.unwrap().close()

    server = serve(cut_off, say_goodbye, tls=authority.server())
    with pytest.raises(errors.ConnectionBroken, match="cut off"):
        get(transport, server.url, trusting(authority))
    assert get(transport, server.url, trusting(authority)) == b"hello"


@pytest.mark.parametrize("defect", ["missing", "rubbish", "encrypted"])
def test_certificate_files_that_cannot_be_used_are_named(
    transport: SocketTransport, authority: Authority, tmp_path: Path, defect: str
) -> None:
    path = tmp_path / "file.pem"
    if defect == "rubbish":
        path.write_text("not a certificate")
    if defect == "encrypted":
        from cryptography.hazmat.primitives import serialization

        _, key_path = authority.issue("client")
        key = serialization.load_pem_private_key(key_path.read_bytes(), None)
        lock = serialization.BestAvailableEncryption(b"secret")
        pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        path.write_bytes(key.private_bytes(pem, pkcs8, lock))
    certificate, _ = map(str, authority.issue("client"))
    choices = [TlsChoice(clients=((certificate, str(path)),))]
    if defect != "encrypted":
        choices.append(TlsChoice(ca_files=(str(path),)))
    for choice in choices:
        with pytest.raises(errors.InvalidSettings) as caught:
            get(transport, "https://localhost:1", choice)
        assert caught.value.path == str(path)
