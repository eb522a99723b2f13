"""Platforms: which operating system and processor an image is for (image-spec, image-index.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import InvalidReference
from ..frozen import frozen
from . import field

if TYPE_CHECKING:
    from collections.abc import Mapping

_ARCHITECTURE_ALIASES: Final = {
    "x86_64": ("amd64", ""),
    "x86-64": ("amd64", ""),
    "aarch64": ("arm64", ""),
    "armhf": ("arm", "v7"),
    "armv7l": ("arm", "v7"),
    "armv6l": ("arm", "v6"),
    "armel": ("arm", "v6"),
    "i386": ("386", ""),
    "i586": ("386", ""),
    "i686": ("386", ""),
    "loongarch64": ("loong64", ""),
}
_DEFAULT_VARIANT: Final = {"arm64": "v8", "arm": "v7", "amd64": "v1"}
_ARM_ORDER: Final = ("v8", "v7", "v6", "v5")


@frozen
class Platform:
    """A platform as an index or a config states it.

    Args:
        os: ``linux``, ``windows``, ... as Go's GOOS has them.
        architecture: ``amd64``, ``arm64``, ... as Go's GOARCH has them.
        variant: The processor's variant, or empty.
        os_version: The operating system's version, or empty.
        os_features: Features that the operating system must have.
    """

    os: str
    architecture: str
    variant: str = ""
    os_version: str = ""
    os_features: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)

    @classmethod
    def parse(cls, text: str) -> Platform:
        """Read ``OS/ARCH[/VARIANT]``, as people write it (``linux/x86_64`` is understood).

        Raises:
            InvalidReference: The text has another shape.
        """
        parts = text.strip().lower().split("/")
        if not 2 <= len(parts) <= 3 or not all(part and part.isprintable() for part in parts):
            raise InvalidReference(
                f"{text[:80]!r} is not a platform",
                hint="write OS/ARCH or OS/ARCH/VARIANT, such as linux/arm64/v8",
            )
        architecture, implied = _ARCHITECTURE_ALIASES.get(parts[1], (parts[1], ""))
        return cls(os=parts[0], architecture=architecture, variant=parts[2] if len(parts) == 3 else implied)

    @classmethod
    def from_json(cls, members: Mapping[str, object], *, where: str) -> Platform:
        """Read the ``platform`` member of a descriptor."""
        return cls(
            os=field.text(members, "os", where=where),
            architecture=field.text(members, "architecture", where=where),
            variant=field.text(members, "variant", where=where),
            os_version=field.text(members, "os.version", where=where),
            os_features=field.texts(members, "os.features", where=where),
        )

    def to_json(self) -> dict[str, object]:
        """Return the members that a descriptor carries, without empty ones."""
        members: dict[str, object] = {"architecture": self.architecture, "os": self.os}
        if self.os_version:
            members["os.version"] = self.os_version
        if self.os_features:
            members["os.features"] = list(self.os_features)
        if self.variant:
            members["variant"] = self.variant
        return members

    @property
    def is_unknown(self) -> bool:
        """Tell whether this marks an attestation in a builder's index rather than an image."""
        return self.os == "unknown" and self.architecture == "unknown"

    def normalized(self) -> Platform:
        """Return the platform with its architecture's usual name and its implied variant spelled out."""
        architecture, implied = _ARCHITECTURE_ALIASES.get(self.architecture, (self.architecture, ""))
        variant = self.variant or implied or _DEFAULT_VARIANT.get(architecture, "")
        return Platform(self.os, architecture, variant, self.os_version, self.os_features)

    def rank(self, offered: Platform) -> int | None:
        """Say how well an offered image suits this wished platform.

        The rules are those of the existing runtimes: the operating system and architecture must be equal,
        ``arm64`` means ``v8``, an ``arm`` machine runs older variants, and a wish without variant or
        version takes what comes.

        Returns:
            0 for the best match, larger for worse ones, None for no match.
        """
        wished, given = self.normalized(), offered.normalized()
        if (wished.os, wished.architecture) != (given.os, given.architecture):
            return None
        if self.os_version and given.os_version and not given.os_version.startswith(self.os_version):
            return None
        if not set(wished.os_features) <= set(given.os_features):
            return None
        if wished.variant == given.variant:
            return 0
        if wished.architecture == "arm":
            return _older_arm(wished.variant, given.variant)
        return None if self.variant else 1


def _older_arm(wished: str, given: str) -> int | None:
    if wished not in _ARM_ORDER or given not in _ARM_ORDER:
        return None
    distance = _ARM_ORDER.index(given) - _ARM_ORDER.index(wished)
    return distance if distance > 0 else None
