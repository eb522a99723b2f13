"""The file of skopeo-sync(1) that says what to synchronise, with additions of ours; parsed strictly.

For each registry: ``images`` (tags and digests of each repository; an empty list for all tags),
``images-by-tag-regex``, ``images-by-semver``, ``credentials``, ``tls-verify``, ``cert-dir``. Ours, which
skopeo passes over: ``images-by-filter``, where each repository has ``include``, ``exclude`` (one regular
expression, or a list), ``semver``, ``newest``, ``newest-by`` (version or date), ``newer-than`` (a date,
or an age such as 30d), ``platforms`` and ``all``. Whatever else is in there, or cannot be understood, is an
error before anything moves; it names the file, the line and the key.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from ...errors import InvalidValue
from ...frozen import field, frozen
from ...settings import Credential
from ...settings.yaml_tree import Items, Reading
from ...spec import Digest, Platform, Reference
from ...spec.reference import check_tag
from ..selection import Everything, Instance, Subset
from .date import moment
from .semver import Constraint
from .tag_filter import Pattern, TagFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ...settings.yaml_tree import Tree
    from ..selection import Selection


_T = TypeVar("_T")

_KEYS: Final = (
    *("images", "images-by-tag-regex", "images-by-semver", "images-by-filter"),
    *("credentials", "tls-verify", "cert-dir"),
)
_FILTER_KEYS: Final = (
    *("include", "exclude", "semver", "newest", "newest-by", "newer-than", "platforms", "all"),
)
_CREDENTIAL_KEYS: Final = ("username", "password")


@frozen(kw_only=True)
class Wish:
    """What is wanted of one repository.

    Args:
        repository: The repository.
        names: Exactly these tags and digests, or None to list it.
        wanted: Which of its tags.
        selection: Which images of an index, or None for what is asked for otherwise.
    """

    repository: Reference
    names: tuple[str | Digest, ...] | None = None
    wanted: TagFilter = field(default_factory=TagFilter)
    selection: Selection | None = None


@frozen(kw_only=True)
class RegistryPart:
    """What the file says about one registry.

    Args:
        registry: Its host.
        wishes: What is wanted of it.
        credential: What it is shown, or None for what it is shown otherwise.
        tls_verify: Whether its certificate must be valid, or None.
        certificate_directory: Where certificates are, or None.
    """

    registry: str
    wishes: tuple[Wish, ...]
    credential: Credential | None = None
    tls_verify: bool | None = None
    certificate_directory: str | None = None


def parse_sync_file(raw: bytes, *, path: str, now_s: float) -> tuple[RegistryPart, ...]:
    """Read the file.

    Args:
        raw: Its bytes.
        path: Its name, for messages.
        now_s: The time that ages count from, in seconds since 1970.

    Raises:
        InvalidSettings: Something in it cannot be understood.
    """
    reading = Reading(path)
    registries = reading.members(reading.tree(raw), "")
    return tuple(_Part(reading, registry, now_s).parse(tree) for registry, tree in registries.items())


class _Part:
    def __init__(self, reading: Reading, registry: str, now_s: float) -> None:
        self._reading = reading
        self._registry = registry
        self._now_s = now_s

    def parse(self, tree: Tree) -> RegistryPart:
        """Read what the file says about the registry."""
        members = self._reading.known(tree, self._registry, _KEYS)
        wishes: list[Wish] = []
        for key, read in (
            ("images", self._listed),
            ("images-by-tag-regex", self._by_regex),
            ("images-by-semver", self._by_semver),
            ("images-by-filter", self._by_filter),
        ):
            if key in members:
                wishes += self._wishes(members[key], f"{self._registry}.{key}", read)
        verify, directory = members.get("tls-verify"), members.get("cert-dir")
        place = self._registry
        return RegistryPart(
            registry=self._registry,
            wishes=tuple(wishes),
            credential=self._credential(members.get("credentials")),
            tls_verify=None if verify is None else self._reading.boolean(verify, f"{place}.tls-verify"),
            certificate_directory=(
                None if directory is None else self._reading.text(directory, f"{place}.cert-dir")
            ),
        )

    def _wishes(self, tree: Tree, key: str, read: Callable[[Reference, Tree, str], Wish]) -> Iterator[Wish]:
        for name, value in self._reading.members(tree, key).items():
            below = f"{key}.{name}"
            repository = self._read(Reference.parse, f"{self._registry}/{name}", value, below)
            if repository.tag is not None or repository.digest is not None:
                raise self._reading.wrong("names an image, not a repository", value.line, below)
            yield read(repository, value, below)

    def _listed(self, repository: Reference, tree: Tree, key: str) -> Wish:
        texts = self._reading.texts(tree, key)
        names = tuple(self._read(_name, text, tree, key) for text in texts)
        return Wish(repository=repository, names=names or None)

    def _by_regex(self, repository: Reference, tree: Tree, key: str) -> Wish:
        text = self._reading.text(tree, key)
        pattern = self._read(Pattern, text, tree, key)
        return Wish(repository=repository, wanted=TagFilter(include=(pattern,)))

    def _by_semver(self, repository: Reference, tree: Tree, key: str) -> Wish:
        text = self._reading.text(tree, key)
        constraint = self._read(Constraint.parse, text, tree, key)
        return Wish(repository=repository, wanted=TagFilter(semver=constraint))

    def _by_filter(self, repository: Reference, tree: Tree, key: str) -> Wish:
        members = self._reading.known(tree, key, _FILTER_KEYS)
        reading = self._reading
        by = reading.text(members["newest-by"], f"{key}.newest-by") if "newest-by" in members else "version"
        if by not in {"version", "date"}:
            raise reading.wrong("must be version or date", members["newest-by"].line, f"{key}.newest-by")
        newest = members.get("newest")
        wanted = TagFilter(
            include=self._patterns(members, key, "include"),
            exclude=self._patterns(members, key, "exclude"),
            semver=self._each(members, key, "semver", Constraint.parse),
            newest=None if newest is None else reading.number(newest, f"{key}.newest"),
            by_date=by == "date",
            newer_than_s=self._each(members, key, "newer-than", lambda text: moment(text, self._now_s)),
        )
        return Wish(repository=repository, wanted=wanted, selection=self._selection(members, key))

    def _selection(self, members: Mapping[str, Tree], key: str) -> Selection | None:
        has_all = "all" in members and self._reading.boolean(members["all"], f"{key}.all")
        if "platforms" not in members:
            return Everything() if has_all else None
        tree, below = members["platforms"], f"{key}.platforms"
        texts = self._reading.texts(tree, below)
        platforms = tuple(self._read(Platform.parse, text, tree, below) for text in texts)
        if has_all or not platforms:
            raise self._reading.wrong("needs at least one platform, and excludes all", tree.line, below)
        return Instance(platforms[0]) if len(platforms) == 1 else Subset(platforms)

    def _patterns(self, members: Mapping[str, Tree], key: str, name: str) -> tuple[Pattern, ...]:
        tree, below = members.get(name), f"{key}.{name}"
        if tree is None:
            return ()
        is_list = isinstance(tree, Items)
        texts = self._reading.texts(tree, below) if is_list else (self._reading.text(tree, below),)
        return tuple(self._read(Pattern, text, tree, below) for text in texts)

    def _each(self, members: Mapping[str, Tree], key: str, name: str, read: Callable[[str], _T]) -> _T | None:
        tree = members.get(name)
        if tree is None:
            return None
        text = self._reading.text(tree, f"{key}.{name}")
        return self._read(read, text, tree, f"{key}.{name}")

    def _credential(self, tree: Tree | None) -> Credential | None:
        key = f"{self._registry}.credentials"
        if tree is None:
            return None
        members = self._reading.known(tree, key, _CREDENTIAL_KEYS)
        if not members:
            return None
        if set(members) != set(_CREDENTIAL_KEYS):
            raise self._reading.wrong("needs username and password", tree.line, key)
        username, password = (self._reading.text(members[name], f"{key}.{name}") for name in _CREDENTIAL_KEYS)
        login = partial(Credential.of_login, secret=password, origin=self._reading.path)
        return self._read(login, username, tree, key)

    def _read(self, read: Callable[[str], _T], text: str, tree: Tree, key: str) -> _T:
        """Read a text as something of ours; what is wrong with it gets its place in the file."""
        try:
            return read(text)
        except InvalidValue as error:
            raise self._reading.wrong(error.message, tree.line, key) from error


def _name(text: str) -> str | Digest:
    return Digest.parse(text) if ":" in text else check_tag(text)
