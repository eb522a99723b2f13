"""Addresses are judged where they are connected to: resolved, and again for a connection at rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oci import errors
from oci.net.terms import Purpose, Terms
from tests.integration.net.raw_request import ask, read
from tests.integration.net.raw_server import OK, answering

if TYPE_CHECKING:
    from oci.net.transport import SocketTransport
    from tests.integration.net.conftest import Serve


class Rule:
    """A rule on addresses that writes down what it was asked."""

    def __init__(self, *refused: str) -> None:
        self.asked: list[tuple[str, str, int, Purpose]] = []
        self._refused = refused

    def __call__(self, host: str, address: str, port: int, purpose: Purpose) -> None:
        self.asked.append((host, address, port, purpose))
        if address in self._refused:
            raise errors.AddressRefused(f"not {address}", host=host)


def get(transport: SocketTransport, url: str, rule: Rule) -> bytes:
    terms = Terms(permit=rule, purpose=Purpose.REDIRECT)
    return read(ask(transport, url, terms=terms))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "0x7f000001", "2130706433"])
def test_the_rule_sees_what_a_name_resolves_to(serve: Serve, transport: SocketTransport, host: str) -> None:
    server = serve(answering(OK))
    rule = Rule("127.0.0.1")
    with pytest.raises(errors.AddressRefused):
        get(transport, f"http://{host}:{server.port}/", rule)
    assert (host, "127.0.0.1", server.port, Purpose.REDIRECT) in rule.asked
    assert server.connections == 0


def test_the_rule_is_asked_again_for_a_connection_at_rest(serve: Serve, transport: SocketTransport) -> None:
    server = serve(answering(OK))
    url = f"http://127.0.0.1:{server.port}/"
    permissive = Rule()
    assert get(transport, url, permissive) == b"ok"
    assert get(transport, url, permissive) == b"ok"
    assert [address for _, address, _, _ in permissive.asked] == ["127.0.0.1"] * 2
    with pytest.raises(errors.AddressRefused):
        get(transport, url, Rule("127.0.0.1"))
    assert server.connections == 1


def test_nobody_listening(serve: Serve, transport: SocketTransport) -> None:
    server = serve(answering(OK))
    server.close()
    with pytest.raises(errors.ConnectFailed, match="refused") as caught:
        get(transport, server.url, Rule())
    assert caught.value.host == f"localhost:{server.port}"
    assert caught.value.hint


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b", "x" * 64 + ".example"])
def test_names_that_lead_nowhere(transport: SocketTransport, host: str) -> None:
    with pytest.raises(errors.ConnectFailed) as caught:
        get(transport, f"http://{host}/", Rule())
    assert host in caught.value.message
