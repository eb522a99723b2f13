"""A server with a script and a memory: what scripted registry, engine and token server share."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Self, Unpack

from ..frozen import replace
from ..serving import TcpAddress, running
from .exchange import Exchange, ObservedBody
from .script import Matching, Script, matching

if TYPE_CHECKING:
    import ssl
    from types import TracebackType

    from ..serving import Address, Application, Request, Response, Running
    from .script import Fault, Matching, Rule

__all__ = ["ScriptedServer"]


class ScriptedServer:
    """An application on loopback, behind a script, remembering every request; a context manager.

    Args:
        application: Answers what no fault answers.
        tls: Serve https with this context.
        address: Where it listens; any free port of loopback if None.
    """

    def __init__(
        self,
        application: Application,
        *,
        tls: ssl.SSLContext | None = None,
        address: Address | None = None,
    ) -> None:
        self._script = Script(application)
        self._tls = tls
        self._address = address or TcpAddress("127.0.0.1", 0)
        self._stack = ExitStack()
        self._running: Running | None = None
        self.exchanges: list[Exchange] = []
        """All requests so far, in the order in which their heads arrived."""

    def script(self, fault: Fault, **matching: Unpack[Matching]) -> Rule:
        """Let matching requests meet a fault.

        Args:
            fault: One of `oci.testing.fault`, or an ``async def fault(request, application)`` of the test's
                own.
            matching: Which requests: ``method`` and ``path``, as shell patterns (``*`` matches slashes too);
                ``after`` so many of them; so many ``times``, or None for ever; ``when``, a condition.

        Returns:
            The rule, to wait for, to count, to remove.
        """
        return self._script.add(fault, **matching)

    def unscript(self, rule: Rule | None = None) -> None:
        """Take a rule out again, or all of them."""
        self._script.remove(rule)

    def asked(self, method: str = "*", path: str = "*") -> list[Exchange]:
        """Return the requests that match, for assertions: ``len(registry.asked("GET", "*/blobs/*"))``.

        Args:
            method: Shell pattern of the method.
            path: Shell pattern of the decoded path; ``*`` matches slashes too.

        Returns:
            Exchanges in the order in which they began.
        """
        return matching(list(self.exchanges), method, path)

    @property
    def host(self) -> str:
        """``127.0.0.1:PORT``, as references write a registry."""
        return self._server.host

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``, without a slash at the end."""
        return self._server.url

    def __enter__(self) -> Self:
        # Without grace: a test that stalls a request does not wait for it at its end.
        self._running = self._stack.enter_context(
            running(self._answer, self._address, tls=self._tls, grace_s=0.0)
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def _server(self) -> Running:
        if self._running is None:
            raise RuntimeError("the server has not been started: use it in a with statement")
        return self._running

    async def _answer(self, request: Request) -> Response:
        exchange = Exchange.of(request)
        self.exchanges.append(exchange)
        response = await self._before_script(replace(request, body=ObservedBody(request.body, exchange)))
        exchange.status, exchange.answer_headers = response.status, response.headers
        return response

    async def _before_script(self, request: Request) -> Response:
        return await self._script(request)
