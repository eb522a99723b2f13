"""What the tests of the network client share: raw servers, a transport, certificates."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

import pytest

from oci.net.transport import SocketTransport
from tests.integration.net.certificate import Authority
from tests.integration.net.raw_server import RawServer

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.net.raw_server import Script


class Serve(Protocol):
    """Starts a raw server that ends with the test."""

    def __call__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> RawServer: ...


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(*scripts: Script, tls: ssl.SSLContext | None = None) -> RawServer:
            return stack.enter_context(RawServer(*scripts, tls=tls))

        yield start


@pytest.fixture
def transport() -> Iterator[SocketTransport]:
    with SocketTransport() as transport:
        yield transport


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder: Path = tmp_path_factory.mktemp("authority")
    return Authority(folder)
