"""Short names: what ``app:1`` may mean to somebody whose ``registries.conf`` says something about that.

containers-registries.conf(5), "Short-Name Aliasing". An alias decides alone; else each of the registries that
are searched is a candidate, in order. A name that begins with a registry is not short. Nothing is chosen
here, and nothing is recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frozen import frozen, replace
from ..spec import Reference
from ..spec.reference import DEFAULT_REGISTRY

if TYPE_CHECKING:
    from .registries import RegistriesConf


@frozen
class ShortName:
    """What a short name may mean.

    Args:
        candidates: The full names, best first; more than one where it is ambiguous.
        is_alias: Whether an alias says so.
    """

    candidates: tuple[Reference, ...]
    is_alias: bool = False

    @property
    def is_ambiguous(self) -> bool:
        """Tell whether somebody has to choose."""
        return len(self.candidates) > 1


def has_registry(name: str) -> bool:
    """Tell whether a name begins with a registry, rather than being short."""
    first, slash, _ = name.partition("/")
    return bool(slash) and ("." in first or ":" in first or first == "localhost")


def resolve_short_name(name: str, conf: RegistriesConf) -> ShortName | None:
    """Return what a short name may mean, or None where nobody says anything about it.

    Args:
        name: The name, with a tag or digest if it has one.
        conf: What ``registries.conf`` says.

    Returns:
        None for a name with a registry, too.

    Raises:
        InvalidReference: It is no name.
    """
    if has_registry(name):
        return None
    written = Reference.parse(name)
    alias = conf.aliases.get(_without_target(name))
    if alias is not None:
        full = Reference.parse(alias)
        return ShortName((replace(full, tag=written.tag, digest=written.digest),), is_alias=True)
    candidates = [Reference.parse(f"{registry}/{name}") for registry in _full(conf.search_registries)]
    return ShortName(tuple(dict.fromkeys(candidates))) if candidates else None


def _without_target(name: str) -> str:
    head, slash, last = name.partition("@")[0].rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"


def _full(registries: tuple[str, ...]) -> list[str]:
    # A host without a dot would be read as a namespace of Docker Hub's; it is passed over rather than that.
    return [each for each in registries if has_registry(f"{each}/") or each == DEFAULT_REGISTRY]
