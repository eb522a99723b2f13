"""The text of one ``registries.conf`` (version 2), or of a file with short names alone.

Everything about one file is checked here; what files say together is put together by `merged`. Keys that are
not known are ignored, as the original ignores them, but collected, so that somebody can be told. The old
format (``[registries.search]``) is refused, as the original has done since 2026.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..errors import InvalidReference, OciError
from ..frozen import frozen
from ..spec import Reference
from ..spec.reference import check_registry
from .registries import AUTH_FILES, Mirror, MirrorUse, RegistriesConf, RegistryRule, ShortNameMode
from .short_name import has_registry
from .toml_file import Table, load_toml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FILE_KEYS: Final = frozenset(
    {
        "registry",
        "unqualified-search-registries",
        "short-name-mode",
        "aliases",
        "credential-helpers",
        "additional-layer-store-auth-helper",
    }
)
_ENDPOINT_KEYS: Final = frozenset({"location", "insecure"})
_MIRROR_KEYS: Final = _ENDPOINT_KEYS | {"pull-from-mirror"}
_RULE_KEYS: Final = _ENDPOINT_KEYS | {"prefix", "blocked", "mirror", "mirror-by-digest-only"}
_OLD_KEYS: Final = ("search", "insecure", "block")
_UNPRINTABLE: Final = re.compile(r"[\s\x00-\x1f\x7f]")


@frozen(kw_only=True)
class RegistriesFile:
    """What one file says; None is what it does not mention, and leaves to the files before it.

    Args:
        path: The file.
        rules: Its rules.
        search_registries: Where short names are looked for, or None.
        short_name_mode: What becomes of ambiguous short names, or None.
        aliases: Short names and what they stand for; empty texts take an alias away.
        credential_helpers: Who is asked for credentials, or None.
        ignored: Keys that are not known here.
    """

    path: str
    rules: tuple[RegistryRule, ...]
    search_registries: tuple[str, ...] | None
    short_name_mode: ShortNameMode | None
    aliases: Mapping[str, str]
    credential_helpers: tuple[str, ...] | None
    ignored: tuple[str, ...]


def parse_registries(raw: bytes, *, path: str) -> RegistriesFile:
    """Read a file.

    Args:
        raw: Its bytes.
        path: Where they were read, for messages.

    Raises:
        InvalidSettings: It says something that cannot be meant.
    """
    table = load_toml(raw, path=path)
    _refuse_old_format(table)
    ignored = list(table.unknown(_FILE_KEYS))
    rules: dict[str, RegistryRule] = {}
    entries: list[tuple[Table, RegistryRule]] = []
    for entry in table.tables("registry"):
        rule = _rule(entry, ignored)
        _check_agreement(entry, rule, entries)
        entries.append((entry, rule))
        # Of two entries with one prefix the first counts, and the second is nothing, as in the original.
        rules.setdefault(rule.prefix, rule)
    search = table.texts("unqualified-search-registries")
    mode = table.text("short-name-mode")
    try:
        short_name_mode = ShortNameMode(mode) if mode else None
    except ValueError as error:
        raise table.wrong("short-name-mode", _one_of(mode, ShortNameMode)) from error
    return RegistriesFile(
        path=path,
        rules=tuple(rules.values()),
        search_registries=None if search is None else tuple(_search_registry(table, each) for each in search),
        short_name_mode=short_name_mode,
        aliases=_aliases(table),
        credential_helpers=table.texts("credential-helpers"),
        ignored=tuple(f"{path}: {key}" for key in ignored),
    )


def merged(files: Iterable[RegistriesFile]) -> RegistriesConf:
    """Return what files say together.

    A rule takes the place of one with the same prefix, an alias that of one with the same name, and each of
    the other settings that of the one before it.

    Args:
        files: The files; later ones count more.
    """
    rules: dict[str, RegistryRule] = {}
    aliases: dict[str, str] = {}
    origins: list[str] = []
    ignored: list[str] = []
    search: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    mode = ShortNameMode.PERMISSIVE
    for file in files:
        rules.update((rule.prefix, rule) for rule in file.rules)
        aliases.update(file.aliases)
        search = search if file.search_registries is None else file.search_registries
        helpers = helpers if file.credential_helpers is None else file.credential_helpers
        mode = file.short_name_mode or mode
        origins.append(file.path)
        ignored += file.ignored
    return RegistriesConf(
        rules=tuple(rules[prefix] for prefix in sorted(rules)),
        search_registries=search,
        short_name_mode=mode,
        aliases={name: value for name, value in aliases.items() if value},
        credential_helpers=helpers or (AUTH_FILES,),
        origins=tuple(origins),
        ignored=tuple(ignored),
    )


def _refuse_old_format(table: Table) -> None:
    old = table.mapping("registries")
    found = next((name for name in old if name.lower() in _OLD_KEYS), None)
    if found is not None:
        raise table.wrong(
            f"registries.{found}",
            "belongs to version 1 of the format, which is not read any more",
            hint="write [[registry]] tables and unqualified-search-registries instead",
        )


def _rule(entry: Table, ignored: list[str]) -> RegistryRule:
    ignored += entry.unknown(_RULE_KEYS)
    if entry.text("pull-from-mirror"):
        raise entry.wrong("pull-from-mirror", "belongs into a [[registry.mirror]]")
    prefix, location = _location(entry, "prefix"), _location(entry, "location")
    if not prefix and not location:
        raise entry.wrong("", "has neither a prefix nor a location")
    if prefix.startswith("*."):
        if any(character in prefix for character in "/@:"):
            raise entry.wrong("prefix", "has a wildcard, so that only a host can follow, as in *.example.com")
    elif not location:
        raise entry.wrong("location", f"is missing, and the prefix {prefix!r} has no wildcard")
    by_digest_only = entry.flag("mirror-by-digest-only")
    mirrors = [_mirror(each, ignored, by_digest_only=by_digest_only) for each in entry.tables("mirror")]
    return RegistryRule(
        prefix=prefix or location,
        location=location,
        is_insecure=entry.flag("insecure"),
        is_blocked=entry.flag("blocked"),
        mirrors=tuple(mirrors),
        origin=entry.path,
    )


def _mirror(mirror: Table, ignored: list[str], *, by_digest_only: bool) -> Mirror:
    ignored += mirror.unknown(_MIRROR_KEYS)
    location = _location(mirror, "location")
    if not location:
        raise mirror.wrong("location", "is missing")
    use = mirror.text("pull-from-mirror")
    if use and by_digest_only:
        raise mirror.wrong("pull-from-mirror", "contradicts the mirror-by-digest-only of its registry")
    try:
        chosen = MirrorUse(use) if use else MirrorUse.ALL
    except ValueError as error:
        raise mirror.wrong("pull-from-mirror", _one_of(use, MirrorUse)) from error
    return Mirror(
        location=location,
        is_insecure=mirror.flag("insecure"),
        use=MirrorUse.DIGEST_ONLY if by_digest_only else chosen,
    )


def _location(entry: Table, name: str) -> str:
    text = entry.text(name).rstrip("/")
    if text.lower().startswith(("http://", "https://")):
        raise entry.wrong(name, "has a scheme", hint="a location begins with its host; insecure allows http")
    if "@" in text and "/" in text[text.index("@") :]:
        # Not repeated in the message: what stands before the "@" may be a password.
        raise entry.wrong(name, "has something like user:password@ in it", hint="log in to the registry")
    if _UNPRINTABLE.search(text):
        raise entry.wrong(name, "has spaces or control characters in it")
    return text


def _check_agreement(entry: Table, rule: RegistryRule, others: list[tuple[Table, RegistryRule]]) -> None:
    """Refuse one location that is to be reached in two ways, or is blocked and is not."""
    place = rule.location or rule.prefix
    for other_entry, other in others:
        if place != (other.location or other.prefix):
            continue
        for name, differs in (
            ("insecure", rule.is_insecure != other.is_insecure),
            ("blocked", rule.is_blocked != other.is_blocked),
        ):
            if differs:
                raise entry.wrong(name, f"says of {place} what {other_entry.key} denies")


def _search_registry(table: Table, text: str) -> str:
    try:
        return check_registry(text.rstrip("/"))
    except InvalidReference as error:
        raise table.wrong("unqualified-search-registries", f"has no host in {text[:80]!a}") from error


def _aliases(table: Table) -> dict[str, str]:
    return {name: _alias(table, name, value) for name, value in table.mapping("aliases").items()}


def _alias(table: Table, name: str, value: object) -> str:
    key = f"aliases.{name[:80]}"
    if not isinstance(value, str):
        raise table.wrong(key, "must be a string")
    try:
        short = Reference.parse(name)
    except OciError as error:
        raise table.wrong(key, "is no short name") from error
    if short.tag or short.digest or has_registry(name):
        raise table.wrong(key, "is no short name: it has a registry, a tag or a digest")
    if not value:
        return ""
    try:
        full = Reference.parse(value)
    except OciError as error:
        raise table.wrong(key, f"is no name of a repository: {value[:80]!a}") from error
    if full.tag or full.digest or not has_registry(value):
        raise table.wrong(key, f"must be a registry and a repository, without a tag: {value[:80]!a}")
    return full.name


def _one_of(text: str, kinds: type[MirrorUse | ShortNameMode]) -> str:
    return f"is {text[:40]!a}, and has to be one of {', '.join(kind.value for kind in kinds)}"
