"""Opening what a name speaks of, for the length of one call."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from ..content import CancelToken, Limits
from ..content.closable import Closable
from ..frozen import field, frozen
from ..settings import Settings
from ..transports.session import Session
from ..transports.shared import Shared
from ..transports.table import open_sink, open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..content import Sink, Source
    from ..transports.name import ImageName


def _ignore(_text: str) -> None:
    """Drop a line."""


@frozen(kw_only=True)
class Context:
    """What every call of the façade may be given besides its names.

    Args:
        settings: What the user has decided, or None to ask this host (`Settings.of_host`).
        token: Stops the call when cancelled; every method then raises `oci.errors.Cancelled`.
        limits: Bounds on what comes from outside.
        warn: Is told, in one line each, what the user should know.
        trace: Is told of every request and its answer, in one line each, without secrets.
        clock: Tells the seconds since 1970; what interrupted work left behind is thrown away when it is old.
    """

    settings: Settings | None = None
    token: CancelToken = field(default_factory=CancelToken)
    limits: Limits = field(default_factory=Limits)
    warn: Callable[[str], None] = _ignore
    trace: Callable[[str], None] = _ignore
    clock: Callable[[], float] = time.time


class Places(Closable):
    """The places that one call works on; closes them, and the connections they shared, at its end.

    Args:
        context: What the caller gave.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self._shared = Shared()
        self._stack = ExitStack()
        self._stack.callback(self._shared.close)
        # A child: a transfer that fails cancels its own sockets, and not the caller's other work.
        self.token = context.token.child()

    def close(self) -> None:
        """Close all that was opened; safe to call more than once."""
        self._stack.close()

    def source(self, image: ImageName, settings: Settings | None = None) -> Source:
        """Open the place that a name speaks of for reading."""
        source = open_source(image, self.session(settings))
        self._stack.callback(source.close)
        return source

    def sink(self, image: ImageName, settings: Settings | None = None) -> Sink:
        """Open the place that a name speaks of for writing, and make it where that makes sense."""
        sink = open_sink(image, self.session(settings))
        self._stack.callback(sink.close)
        return sink

    def open_source(self, image: ImageName, settings: Settings) -> Source:
        """Open a place for reading that the caller closes, sooner than all others."""
        return open_source(image, self.session(settings))

    def open_sink(self, image: ImageName, settings: Settings) -> Sink:
        """Open a place for writing that the caller closes, sooner than all others."""
        return open_sink(image, self.session(settings))

    def repositories(self, registry: str, settings: Settings) -> Iterator[str]:
        """Yield the repositories of a registry, as it lists them."""
        from ..transports.remote.catalog import list_repositories

        return list_repositories(registry, self.session(settings))

    def settings(self) -> Settings:
        """Return the caller's settings, or those of this host."""
        return self.context.settings or Settings.of_host()

    def session(self, settings: Settings | None) -> Session:
        """Return what belongs to one side: its settings, and what this call shares."""
        settings = settings or self.settings()
        return Session(
            settings=settings,
            token=self.token,
            limits=self.context.limits,
            warn=self.context.warn,
            shared=self._shared,
            shared_blobs=settings.shared_blob_directory,
            modified_s=settings.modified_s,
            scratch=settings.scratch_directory,
            trace=self.context.trace,
        )
