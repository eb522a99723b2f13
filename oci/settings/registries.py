"""What ``registries.conf`` says: where images are read from, which are blocked, what short names mean.

containers-registries.conf(5). Values and pure functions; `registries_file` reads the text, and
`registries_search` finds the files. An image name is compared with the rules' prefixes as a whole, with its
registry spelt out (``docker.io/library/alpine:3``), and the longest prefix decides. Mirrors and other
locations serve reading. What a name means to policies and to people stays the name itself.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from ..errors import Forbidden, InvalidReference, InvalidSettings, OciError
from ..frozen import field, frozen, replace
from ..spec import Reference

if TYPE_CHECKING:
    from collections.abc import Mapping

AUTH_FILES: Final = "containers-auth.json"
"""What stands for the auth files in the list of credential helpers."""


class MirrorUse(Enum):
    """Which names a mirror is asked for (``pull-from-mirror``)."""

    ALL = "all"
    DIGEST_ONLY = "digest-only"
    TAG_ONLY = "tag-only"

    def serves(self, reference: Reference) -> bool:
        """Tell whether a mirror of this use is asked for a reference."""
        if self is MirrorUse.ALL:
            return True
        return (self is MirrorUse.DIGEST_ONLY) == (reference.digest is not None)


class ShortNameMode(Enum):
    """What becomes of a short name that several registries could have (``short-name-mode``)."""

    ENFORCING = "enforcing"
    PERMISSIVE = "permissive"
    DISABLED = "disabled"


@frozen(kw_only=True)
class Mirror:
    """Another place for the images of a rule.

    Args:
        location: A registry, or a namespace in it, that takes the place of the rule's prefix.
        is_insecure: Whether it may speak plain http, or show any certificate.
        use: Which names it is asked for.
    """

    location: str
    is_insecure: bool = False
    use: MirrorUse = MirrorUse.ALL


@frozen(kw_only=True)
class RegistryRule:
    """One ``[[registry]]``.

    Args:
        prefix: The names it is for: a registry, a namespace, a repository, an image, or ``*.example.com``.
        location: What takes the place of the prefix; empty to leave the name as it is.
        is_insecure: Whether the location may speak plain http, or show any certificate.
        is_blocked: Whether the location must not be asked.
        mirrors: Places that are asked before it, in order.
        origin: The file that it is written in.
    """

    prefix: str
    location: str = ""
    is_insecure: bool = False
    is_blocked: bool = False
    mirrors: tuple[Mirror, ...] = ()
    origin: str = field(default="", compare=False)

    def match(self, name: str) -> int:
        """Return how many characters of a name the prefix stands for, or -1 where the rule is not for it.

        Args:
            name: A registry, or a repository or image with its registry.
        """
        if self.prefix.startswith("*."):
            host = name.partition("/")[0]
            end = host.find(self.prefix[1:]) + len(self.prefix) - 1
            found = end >= len(self.prefix) - 1
        else:
            end = len(self.prefix)
            found = name.startswith(self.prefix)
        # As the original has it, a port may follow: "example.com" is "example.com:5000" as well.
        return end if found and name[end : end + 1] in {"", ":", "/", "@"} else -1

    def refusal(self, name: str) -> Forbidden:
        """Return the error for a name that this rule blocks.

        Args:
            name: What was to be asked for.
        """
        return Forbidden(
            f"{name}: {self.origin or 'registries.conf'} blocks {self.prefix}",
            path=self.origin,
            key=f'registry "{self.prefix}" blocked',
            hint="nothing has been asked there; whoever wrote that file decides",
        )


@frozen(kw_only=True)
class PullSource:
    """One place to read an image from.

    Args:
        reference: The image's name in that place.
        is_insecure: Whether the place may speak plain http, or show any certificate.
        is_mirror: Whether it is a mirror of the image's own place.
        blocked_by: The rule that forbids to ask there, or None.
    """

    reference: Reference
    is_insecure: bool = False
    is_mirror: bool = False
    blocked_by: RegistryRule | None = None


@frozen(kw_only=True)
class RegistriesConf:
    """Everything that the ``registries.conf`` files say together.

    Args:
        rules: The rules, each prefix once.
        search_registries: Where short names are looked for (``unqualified-search-registries``).
        short_name_mode: What becomes of a short name that several registries could have.
        aliases: Short names, and the repositories that they stand for.
        credential_helpers: Who is asked for credentials, in order; `AUTH_FILES` stands for the auth files.
        origins: The files that were read.
        ignored: Keys in them that are not known here, each with its file.
    """

    rules: tuple[RegistryRule, ...] = ()
    search_registries: tuple[str, ...] = ()
    short_name_mode: ShortNameMode = ShortNameMode.PERMISSIVE
    aliases: Mapping[str, str] = field(default_factory=dict)
    credential_helpers: tuple[str, ...] = (AUTH_FILES,)
    origins: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    def rule_for(self, name: str) -> RegistryRule | None:
        """Return the rule with the longest prefix of a name, or None.

        Args:
            name: A registry, or a repository or image with its registry.
        """
        best: RegistryRule | None = None
        for rule in self.rules:
            if rule.match(name) >= 0 and (best is None or len(rule.prefix) > len(best.prefix)):
                best = rule
        return best

    def pull_sources(self, reference: Reference) -> tuple[PullSource, ...]:
        """Return where to read an image, in the order in which the places are to be asked.

        Mirrors come first, and the primary location last. Those that are blocked are among them, marked.

        Args:
            reference: The image, with its tag or digest.

        Raises:
            InvalidSettings: A rule makes something of the name that is none.
        """
        rule = self.rule_for(str(reference))
        if rule is None:
            return (PullSource(reference=reference),)
        mirrors = [
            self._mirrored(rule, position, reference)
            for position, mirror in enumerate(rule.mirrors)
            if mirror.use.serves(reference)
        ]
        return (*mirrors, self._primary(rule, reference))

    def as_named(self) -> RegistriesConf:
        """Return the same for whoever means each image under its own name: to list its tags, to delete it."""
        return replace(self, rules=tuple(replace(rule, location="", mirrors=()) for rule in self.rules))

    def own(self, reference: Reference) -> PullSource:
        """Return where an image is written, deleted, and has its tags listed: under the name that it has.

        Locations are for reading images only, as containers-registries.conf(5) has it: what is pushed to a
        registry must not end up in the cache that is read instead of it.
        """
        rule = self.rule_for(str(reference))
        if rule is None:
            return PullSource(reference=reference)
        return PullSource(
            reference=reference,
            is_insecure=rule.is_insecure,
            blocked_by=rule if rule.is_blocked else None,
        )

    def is_insecure(self, name: str) -> bool:
        """Tell whether a registry, or a repository, may speak plain http, or show any certificate."""
        rule = self.rule_for(name)
        return rule is not None and rule.is_insecure

    def blocking(self, name: str) -> RegistryRule | None:
        """Return the rule that blocks a registry, a repository or an image, or None."""
        rule = self.rule_for(name)
        return rule if rule is not None and rule.is_blocked else None

    def _mirrored(self, rule: RegistryRule, position: int, reference: Reference) -> PullSource:
        mirror = rule.mirrors[position]
        moved = _moved(reference, rule, mirror.location, f"mirror[{position}].location")
        return PullSource(
            reference=moved,
            is_insecure=mirror.is_insecure,
            is_mirror=True,
            blocked_by=self.blocking(str(moved)),
        )

    def _primary(self, rule: RegistryRule, reference: Reference) -> PullSource:
        moved = _moved(reference, rule, rule.location, "location") if rule.location else reference
        blocked_by = rule if rule.is_blocked else self.blocking(str(moved))
        return PullSource(reference=moved, is_insecure=rule.is_insecure, blocked_by=blocked_by)


def _moved(reference: Reference, rule: RegistryRule, location: str, key: str) -> Reference:
    name = str(reference)
    text = location + name[rule.match(name) :]
    try:
        moved = Reference.parse(text)
    except OciError as error:
        raise _unusable(reference, rule, key) from error
    if moved.name != text[: len(moved.name)]:
        # Docker's defaults have been put in: the location does not say which registry it is in.
        raise _unusable(reference, rule, key) from InvalidReference("no registry in it")
    # Where the prefix names one image, the location may name a repository: the tag stays the one asked for.
    return moved if moved.tag or moved.digest else replace(moved, tag=reference.tag, digest=reference.digest)


def _unusable(reference: Reference, rule: RegistryRule, key: str) -> InvalidSettings:
    # The location itself stays unsaid: people who are used to URLs write passwords into them.
    return InvalidSettings(
        f"{rule.origin}: the {key} of the registry {rule.prefix!r} makes no image name of {reference}",
        path=rule.origin,
        key=f'registry "{rule.prefix}" {key}',
        hint="a location is HOST[:PORT], or HOST[:PORT]/NAMESPACE, without a scheme and a user",
    )
