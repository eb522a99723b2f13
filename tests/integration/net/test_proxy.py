"""Requests through an HTTP proxy: tunnels for https, the absolute form for http."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest

from oci import errors
from oci.net.proxy import ProxySettings
from oci.net.terms import Purpose, Terms
from oci.net.tls_choice import TlsChoice
from oci.net.transport import SocketTransport
from oci.settings import Proxies
from tests.integration.net.raw_request import ask, read
from tests.integration.net.raw_server import OK, answering, sending

if TYPE_CHECKING:
    from tests.integration.net.certificate import Authority
    from tests.integration.net.conftest import Serve
    from tests.integration.net.raw_server import Peer, RawServer, Script


def tunnelling(target: RawServer, heads: list[bytes]) -> Script:
    """Script: a proxy that connects every tunnel to one server."""

    def script(peer: Peer) -> None:
        heads.append(peer.head())
        with socket.create_connection(("127.0.0.1", target.port)) as onward:
            peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pump, args=(onward, peer.sock))
            back.start()
            _pump(peer.sock, onward)
            back.join()

    return script


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while received := source.recv(65536):
            target.sendall(received)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def get(transport: SocketTransport, url: str, terms: Terms | None = None) -> bytes:
    return read(ask(transport, url, terms=terms))


def test_https_goes_through_a_tunnel(serve: Serve, authority: Authority) -> None:
    heads: list[bytes] = []
    target = serve(answering(OK), tls=authority.server(names=("registry.example",)))
    proxy = serve(tunnelling(target, heads))
    settings = ProxySettings.parse(Proxies(https=f"http://user:p%40ss@127.0.0.1:{proxy.port}"))
    terms = Terms(tls=TlsChoice(ca_files=(str(authority.path),)))
    with SocketTransport(proxies=settings) as transport:
        for _ in range(2):
            assert get(transport, "https://registry.example/v2/", terms) == b"ok"
    assert proxy.connections == 1
    lines = heads[0].split(b"\r\n")
    assert lines[0] == b"CONNECT registry.example:443 HTTP/1.1"
    assert b"Host: registry.example:443" in lines
    assert b"Proxy-Authorization: Basic dXNlcjpwQHNz" in lines


def test_http_is_asked_for_in_absolute_form(serve: Serve) -> None:
    heads: list[bytes] = []

    def script(peer: Peer) -> None:
        while head := peer.head():
            heads.append(head)
            peer.send(OK)

    proxy = serve(script)
    settings = ProxySettings.parse(Proxies(http=f"u:p@127.0.0.1:{proxy.port}"))
    with SocketTransport(proxies=settings) as transport:
        assert get(transport, "http://registry.example:5000/v2/?n=1") == b"ok"
    lines = heads[0].split(b"\r\n")
    assert lines[0] == b"GET http://registry.example:5000/v2/?n=1 HTTP/1.1"
    assert b"Proxy-Authorization: Basic dTpw" in lines


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "407"),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno!", "403 Forbidden"),
        (b"HTTP/1.1 502 Bad\x1b[31mGateway\r\n\r\n", "502 Bad"),
    ],
)
def test_a_proxy_that_refuses_is_named(serve: Serve, answer: bytes, said: str) -> None:
    proxy = serve(sending(answer))
    settings = ProxySettings.parse(Proxies(https=f"http://user:secret@127.0.0.1:{proxy.port}"))
    with SocketTransport(proxies=settings) as transport, pytest.raises(errors.TransportError) as caught:
        get(transport, "https://registry.example/")
    assert said in caught.value.message
    assert f"proxy 127.0.0.1:{proxy.port}" in caught.value.message
    assert "secret" not in caught.value.message
    assert "\x1b" not in caught.value.message


def test_a_proxy_that_speaks_for_the_host_is_broken(serve: Serve) -> None:
    proxy = serve(sending(b"HTTP/1.1 200 OK\r\n\r\n\x16\x03\x03 and more"))
    settings = ProxySettings.parse(Proxies(https=f"http://127.0.0.1:{proxy.port}"))
    with SocketTransport(proxies=settings) as transport, pytest.raises(errors.ConnectionBroken) as caught:
        get(transport, "https://registry.example/")
    assert "tunnel" in caught.value.message


def test_a_proxy_that_is_not_there(serve: Serve) -> None:
    server = serve(answering(OK))
    server.close()
    settings = ProxySettings.parse(Proxies(https=f"http://127.0.0.1:{server.port}"))
    with SocketTransport(proxies=settings) as transport, pytest.raises(errors.ConnectFailed, match="proxy"):
        get(transport, "https://registry.example/")


def test_an_address_is_judged_although_a_proxy_would_connect(serve: Serve) -> None:
    proxy = serve(answering(OK))
    asked: list[str] = []

    def permit(host: str, address: str, port: int, purpose: Purpose) -> None:
        asked.append(address)
        raise errors.AddressRefused("no", host=host)

    settings = ProxySettings.parse(Proxies(http=f"http://127.0.0.1:{proxy.port}"))
    with SocketTransport(proxies=settings) as transport:
        for host in ("169.254.169.254", "[fe80::1]"):
            with pytest.raises(errors.AddressRefused):
                get(transport, f"http://{host}/", Terms(permit=permit))
    assert asked == ["169.254.169.254", "fe80::1"]
    assert proxy.connections == 0
