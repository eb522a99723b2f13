"""Where the signatures of registries' images are kept besides them: ``registries.d`` as a value.

containers-registries.d(5). The most specific scope of an image that says something of a matter decides it;
``default-docker`` comes after all of them, and the usual directory of this host after that.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from ..frozen import field, frozen
from .policy_scope import scopes_of_reference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..spec import Reference


FILE_SCHEME: Final = "file://"
"""What the URL of a directory begins with; such places alone can be written to."""


@frozen(kw_only=True)
class LookasideRule:
    """What is said of one scope; what is empty or None is not said.

    Args:
        read: The URL that signatures are read at (``lookaside``), and written to where nothing else is said.
        write: The URL that they are written to (``lookaside-staging``).
        uses_attachments: Whether sigstore signatures are kept in the registry (``use-sigstore-attachments``).
    """

    read: str = ""
    write: str = ""
    uses_attachments: bool | None = None


@frozen(kw_only=True)
class LookasideConf:
    """All rules.

    Args:
        scopes: For each scope (``host/repository:tag``, a namespace, a host, ``*.domain``) what is said.
        default: What is said of everything else, or None.
        usual: The URL of the usual place, or an empty string for none.
    """

    scopes: Mapping[str, LookasideRule] = field(default_factory=dict)
    default: LookasideRule | None = None
    usual: str = ""

    def to_read(self, name: Reference) -> str:
        """Return the URL beneath which the signatures of an image are read, or an empty string."""
        return next((rule.read for rule in self._rules(name) if rule.read), self.usual)

    def to_write(self, name: Reference) -> str:
        """Return the URL beneath which the signatures of an image are written, or an empty string."""
        said = (rule.write or rule.read for rule in self._rules(name))
        return next((url for url in said if url), self.usual)

    def uses_attachments(self, name: Reference) -> bool | None:
        """Tell whether sigstore signatures are kept in the registry; None where nothing is said."""
        said = (rule.uses_attachments for rule in self._rules(name))
        return next((answer for answer in said if answer is not None), None)

    def _rules(self, name: Reference) -> Iterator[LookasideRule]:
        for scope in scopes_of_reference(name):
            if scope in self.scopes:
                yield self.scopes[scope]
        if self.default is not None:
            yield self.default


def path_of(url: str) -> Path:
    """Return the directory that a ``file:`` URL means."""
    return Path(unquote(url.removeprefix(FILE_SCHEME)))
