"""The embedded registry behind a script of faults: what all tests of clients run against.

Everything is real: sockets on loopback, files in a folder, the distribution protocol. A test puts content in,
says what shall go wrong, runs the client, and asserts on what the client did and on what was asked.

Example:
    A registry that throttles the second blob, and breaks the third in the middle::

        def test_pull_survives(tmp_path):
            image = build_image([random_layer(100_000, seed=n) for n in range(3)])
            with ScriptedRegistry(tmp_path / "registry") as registry:
                registry.put("library/app", image, "v1")
                registry.script(fault.answer(429, {"Retry-After": "0"}), path="*/blobs/*", after=1, times=1)
                registry.script(fault.cut(50_000), path="*/blobs/*", after=3, times=1)

                pull(f"docker://{registry.host}/library/app:v1", tmp_path / "layout")

                assert registry.asked("GET", "*/blobs/*")[-1].headers.get("Range") == "bytes=50000-"
                assert registry.content("library/app", "v1") == image.raw
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frozen import replace
from ..registry import Registry
from ..serving import Response
from ..transports.layout.store import LayoutStore
from .scripted_server import ScriptedServer

if TYPE_CHECKING:
    import ssl
    from pathlib import Path
    from types import TracebackType

    from ..registry import RegistryLimits
    from ..serving import Request
    from ..spec import Digest
    from .image_builder import Content
    from .token_server import TokenServer

__all__ = ["ScriptedRegistry"]

_FORBIDDEN = 400


class ScriptedRegistry(ScriptedServer):
    """A registry on loopback; a context manager.

    Args:
        folder: Where it keeps its repositories; may hold some already, and survives.
        tls: Serve https with this context.
        tokens: Ask for tokens of this server, which the test starts.
        limits: The registry's limits.
    """

    def __init__(
        self,
        folder: Path,
        *,
        tls: ssl.SSLContext | None = None,
        tokens: TokenServer | None = None,
        limits: RegistryLimits | None = None,
    ) -> None:
        self.folder = folder
        self._registry = Registry(folder, limits=limits)
        self._tokens = tokens
        self._storage: ScriptedServer | None = None
        super().__init__(self._registry, tls=tls)

    def put(self, repository: str, content: Content, *tags: str) -> None:
        """Put content into a repository, behind the back of the protocol.

        Args:
            repository: The repository's name.
            content: What to put.
            *tags: The tags of its root; without any it is known by its digest.
        """
        content.write_to(self.folder / repository, *tags)

    def layout(self, repository: str) -> LayoutStore:
        """Open a repository's image layout, to look at what a client pushed.

        Args:
            repository: The repository's name.

        Returns:
            The layout.

        Raises:
            NotFound: Nothing has been pushed there.
        """
        return LayoutStore.at(self.folder / repository)

    def content(self, repository: str, name: str | Digest) -> bytes:
        """Return a manifest's bytes, checked against its digest.

        Args:
            repository: The repository's name.
            name: A tag or a digest.

        Returns:
            The bytes.

        Raises:
            NotFound: It is not there.
        """
        return self.layout(repository).open(name).content

    def has_blob(self, repository: str, digest: Digest) -> bool:
        """Tell whether a repository has a blob."""
        return self.layout(repository).blobs.size_of(digest) is not None

    @property
    def storage(self) -> ScriptedServer:
        """Another host that has all blobs, for redirects; started when it is first asked for.

        It refuses requests that carry ``Authorization``, as object stores do that expect a signed query.
        ``registry.script(fault.move_blobs(registry.storage.url), method="GET", path="*/blobs/*")``
        """
        if self._storage is None:
            self._storage = self._stack.enter_context(ScriptedServer(self._answer_storage))
        return self._storage

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self._registry.close()

    async def _before_script(self, request: Request) -> Response:
        refusal = None if self._tokens is None else self._tokens.check(request)
        return await super()._before_script(request) if refusal is None else refusal

    async def _answer_storage(self, request: Request) -> Response:

        if "Authorization" in request.headers or request.query.get("X-Signature") != "secret":
            return Response(_FORBIDDEN, body=b"<Error><Code>InvalidArgument</Code></Error>")
        return await self._registry(replace(request, segments=("v2", *request.segments)))
