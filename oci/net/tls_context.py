"""SSL contexts, made when they are first needed: loading the system's store of CAs costs about 20 ms."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

    from .tls_choice import TlsChoice

__all__ = ["Contexts"]


class Contexts:
    """One SSL context per choice; for several threads at once."""

    def __init__(self) -> None:
        self._made: dict[TlsChoice, ssl.SSLContext] = {}
        self._lock = threading.Lock()

    def context(self, choice: TlsChoice) -> ssl.SSLContext:
        """Give the context of a choice.

        Raises:
            InvalidSettings: A certificate or key file is missing or is not one.
        """
        from .tls import make_context  # loads ssl, which plain HTTP has no use for

        with self._lock:
            context = self._made.get(choice)
            if context is None:
                context = self._made[choice] = make_context(choice)
            return context
