"""The text of one file of ``registries.d``: strictly, as a misspelt key would hide signatures.

containers-registries.d(5), with the names that keys had before 2022 (``sigstore``, ``sigstore-staging``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..frozen import frozen
from .lookaside import LookasideRule
from .yaml_tree import Reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..errors import InvalidSettings
    from .yaml_tree import Tree

_URLS: Final = {"lookaside": "sigstore", "lookaside-staging": "sigstore-staging"}
"""The keys of URLs, and what they were called before."""
_ATTACHMENTS: Final = "use-sigstore-attachments"
_SCHEMES: Final = ("file:///", "http://", "https://")


@frozen
class LookasideFile:
    """What a file says.

    Args:
        path: The file.
        scopes: Its scopes.
        default: What it says of everything else, or None.
    """

    path: str
    scopes: Mapping[str, LookasideRule]
    default: LookasideRule | None


def parse_lookaside(raw: bytes, *, path: str) -> LookasideFile:
    """Read a file.

    Args:
        raw: Its bytes, of which one more than `yaml_tree.MAX_BYTES` is enough to see that there are too many.
        path: Where they were read, for messages.

    Raises:
        InvalidSettings: It cannot be understood.
    """
    reading = Reading(path)
    whole = _known(reading, reading.tree(raw), "", ("default-docker", "docker"))
    default = whole.get("default-docker")
    scopes = reading.members(whole["docker"], "docker") if "docker" in whole else {}
    return LookasideFile(
        path,
        {scope: _rule(reading, tree, f"docker.{scope}") for scope, tree in scopes.items()},
        None if default is None else _rule(reading, default, "default-docker"),
    )


def _rule(reading: Reading, tree: Tree, key: str) -> LookasideRule:
    members = _known(reading, tree, key, (*_URLS, *_URLS.values(), _ATTACHMENTS))
    read, write = (_url(reading, members, name, key) for name in _URLS)
    said = members.get(_ATTACHMENTS)
    return LookasideRule(
        read=read,
        write=write,
        uses_attachments=None if said is None else reading.boolean(said, f"{key}.{_ATTACHMENTS}"),
    )


def _url(reading: Reading, members: Mapping[str, Tree], name: str, key: str) -> str:
    old = _URLS[name]
    given = {each: reading.text(members[each], f"{key}.{each}") for each in (name, old) if each in members}
    if len(set(given.values())) > 1:
        raise reading.wrong(
            f"is there besides {name}, and says something else", members[old].line, f"{key}.{old}"
        )
    for each, url in given.items():
        if url and not url.startswith(_SCHEMES):
            text = "must be a file:, http: or https: URL with an absolute path"
            raise reading.wrong(text, members[each].line, f"{key}.{each}")
        if set(url) & set("?#@"):
            text = "must have no query, no fragment and no credentials"
            raise reading.wrong(text, members[each].line, f"{key}.{each}")
    return next(iter(given.values()), "").rstrip("/")


def _known(reading: Reading, tree: Tree, key: str, names: tuple[str, ...]) -> Mapping[str, Tree]:
    members = reading.members(tree, key)
    for name, value in members.items():
        if name not in names:
            raise _unknown(reading, value, f"{key}.{name}" if key else name)
    return members


def _unknown(reading: Reading, value: Tree, key: str) -> InvalidSettings:
    return reading.wrong("is not known here", value.line, key)
