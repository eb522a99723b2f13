"""Rules that decide which requests meet which fault."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypedDict, Unpack

from ..serving import Application, Request, Response

if TYPE_CHECKING:
    from .exchange import Exchange

__all__ = ["Fault", "Matching", "Rule", "Script"]

Fault = Callable[[Request, Application], Awaitable[Response]]
"""Stands between request and application: answers itself, or passes on and changes what comes or goes."""


class Matching(TypedDict, total=False):
    """Which requests a rule is about; all that is not said matches."""

    method: str
    """Shell pattern of the method."""
    path: str
    """Shell pattern of the decoded path; ``*`` matches slashes too."""
    after: int
    """Matching requests that pass unharmed first."""
    times: int | None
    """How many are harmed then; None for all that follow."""
    when: Callable[[Request], bool] | None
    """A further condition."""


class Rule:
    """One line of a script; made by `Script.add`.

    Args:
        fault: What happens to the requests that match.
        method: See `Matching`, as for all that follows.
        path: Which requests.
        after: Which of them.
        times: How many.
        when: On what condition.
    """

    def __init__(
        self,
        fault: Fault,
        *,
        method: str = "*",
        path: str = "*",
        after: int = 0,
        times: int | None = None,
        when: Callable[[Request], bool] | None = None,
    ) -> None:
        self.fault = fault
        self._method = method
        self._path = path
        self._after = after
        self._times = times
        self._when = when
        self._changed = threading.Condition()
        self.matches = 0
        """Requests that matched so far, harmed or not."""
        self.hits = 0
        """Requests that met the fault so far."""

    def takes(self, request: Request) -> bool:
        """Decide about a request, and count it."""
        path = "/" + "/".join(request.segments)
        if not fnmatchcase(request.method, self._method) or not fnmatchcase(path, self._path):
            return False
        if self._when is not None and not self._when(request):
            return False
        with self._changed:
            self.matches += 1
            if self.matches <= self._after or (self._times is not None and self.hits >= self._times):
                return False
            self.hits += 1
            self._changed.notify_all()
        return True

    def wait(self, hits: int = 1, *, timeout_s: float = 60.0) -> None:
        """Wait in a test until so many requests have met the fault.

        Args:
            hits: How many.
            timeout_s: How long at most.

        Raises:
            TimeoutError: They did not come.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self.hits >= hits, timeout_s):
                raise TimeoutError(f"{self.hits} requests of {hits} met the fault within {timeout_s:g} s")


class Script:
    """Rules in front of an application; all that match apply, the first one outermost.

    Args:
        application: Answers what no fault answers.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._rules: list[Rule] = []

    def add(self, fault: Fault, **matching: Unpack[Matching]) -> Rule:
        """Add a rule.

        Args:
            fault: What happens to the requests that match.
            matching: Which they are.

        Returns:
            The rule, to wait for and to count.
        """
        rule = Rule(fault, **matching)
        self._rules.append(rule)
        return rule

    def remove(self, rule: Rule | None = None) -> None:
        """Take a rule out again, or all of them."""
        self._rules = [other for other in self._rules if rule is not None and other is not rule]

    async def __call__(self, request: Request) -> Response:
        """Answer a request under the rules of this moment."""
        application = self._application
        for rule in reversed([rule for rule in self._rules if rule.takes(request)]):
            application = _wrapped(rule.fault, application)
        return await application(request)


def _wrapped(fault: Fault, application: Application) -> Application:
    async def answer(request: Request) -> Response:
        return await fault(request, application)

    return answer


def matching(exchanges: list[Exchange], method: str, path: str) -> list[Exchange]:
    """Pick exchanges by the patterns of a rule.

    Args:
        exchanges: All.
        method: Shell pattern of the method.
        path: Shell pattern of the decoded path.

    Returns:
        Those that match, in order.
    """
    return [x for x in exchanges if fnmatchcase(x.method, method) and fnmatchcase(x.path, path)]
