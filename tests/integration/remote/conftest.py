"""A registry behind a script, and our client for it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

import pytest

from oci.content import CancelToken, Limits
from oci.settings import Security, Settings
from oci.testing import ScriptedRegistry
from oci.transports.name import ImageName
from oci.transports.remote.repository import RemoteRepository
from oci.transports.remote.transport import open_sink, open_source
from oci.transports.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Client:
    """One session: its repositories share connections and logins, and what they warn of is kept.

    Args:
        registry: Whom it speaks to, unless it is told otherwise.
        settings: The user's settings.
        limits: Bounds on answers.
    """

    def __init__(self, registry: ScriptedRegistry, settings: Settings, limits: Limits) -> None:
        self.registry = registry
        self.warnings: list[str] = []
        self.token = CancelToken()
        self.session = Session(settings=settings, limits=limits, warn=self.warnings.append, token=self.token)

    def source(self, repository: str = "app", host: str = "") -> RemoteRepository:
        """Open a repository for reading."""
        source = open_source(self._name(repository, host), self.session)
        assert isinstance(source, RemoteRepository)
        return source

    def sink(self, repository: str = "app", host: str = "") -> RemoteRepository:
        """Open a repository for writing."""
        return open_sink(self._name(repository, host), self.session)

    def _name(self, repository: str, host: str) -> ImageName:
        return ImageName.parse(f"docker://{host or self.registry.host}/{repository}")


class MakeClient(Protocol):
    def __call__(self, registry: ScriptedRegistry, *, limits: Limits = ..., **settings: object) -> Client: ...


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[ScriptedRegistry]:
    with ScriptedRegistry(tmp_path / "registry") as server:
        yield server


@pytest.fixture
def make_client() -> Iterator[MakeClient]:
    """Make clients that never wait long, and close them at the end."""
    stack = ExitStack()

    def make(registry: ScriptedRegistry, *, limits: Limits | None = None, **settings: object) -> Client:
        values: dict[str, object] = {
            "security": Security.PLAIN,
            "retry_delay_s": 0.002,
            "idle_timeout_s": 60.0,
            **settings,
        }
        made: Callable[..., Settings] = Settings
        client = Client(registry, made(**values), limits or Limits())
        stack.callback(client.session.shared.close)
        return client

    with stack:
        yield make


@pytest.fixture
def client(registry: ScriptedRegistry, make_client: MakeClient) -> Client:
    return make_client(registry)
