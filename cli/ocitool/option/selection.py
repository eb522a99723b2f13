"""Which images of an index are copied: the options, and what they mean to the library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from oci.frozen import frozen

from .bundle import bundle
from .platform import PlatformType
from .switch import switch

if TYPE_CHECKING:
    from oci.spec import Platform
    from oci.transfer import Selection

    from .bundle import Decorator


@frozen(kw_only=True)
class Choice:
    """What the options say about an index.

    Args:
        everything: Whether all of it is meant.
        platforms: The platforms that are meant.
        index: ``sparse`` or ``rewrite``, or None where it was not said.
        strips: Whether ``rewrite`` is said in skopeo's words.
        multi_arch: ``system``, ``all``, ``index-only`` or platforms with commas between them, or None.
    """

    everything: bool
    platforms: tuple[Platform, ...]
    index: str | None
    strips: bool
    multi_arch: str | None

    @property
    def is_usual(self) -> bool:
        """Whether nothing was said, so that of an index the usual image is taken."""
        return not self.everything and not self.platforms and self.multi_arch is None

    def selection(self, usual: Platform) -> Selection:
        """Return what the library is to be asked for.

        Args:
            usual: The platform to copy the image of where nothing was said.

        Raises:
            UsageError: The options contradict each other.
        """
        from oci.transfer import Everything, Instance, Subset

        given = [self.everything, bool(self.platforms), self.multi_arch is not None]
        if sum(given) > 1:
            raise click.UsageError("--all, --platform and --multi-arch exclude each other")
        platforms = self.platforms or _listed(self.multi_arch)
        if (self.index is not None or self.strips) and not platforms:
            raise click.UsageError("--index belongs to --platform")
        if self.index == "sparse" and self.strips:
            raise click.UsageError("--index sparse and --strip-removed-platforms exclude each other")
        if self.everything or self.multi_arch == "all":
            return Everything()
        if self.multi_arch == "index-only":
            return Subset(())
        if not platforms:
            return Instance(usual, is_strict=False)
        if len(platforms) == 1 and self.index is None and not self.strips:
            return Instance(platforms[0])
        return Subset(platforms, rewrite=self.index == "rewrite" or self.strips)


def selection_options(parameter: str) -> Decorator:
    """Declare the options.

    Args:
        parameter: The command's parameter that gets the `Choice`.
    """
    return bundle(
        parameter,
        Choice,
        {
            "everything": switch("-a", "--all", text="Copy an index with all of its images."),
            "platforms": click.option(
                "--platform",
                type=PlatformType(),
                multiple=True,
                help="Copy the image for this platform, and no other one; of an index, this machine's by"
                " default. Given several times: an index of these.",
            ),
            "index": click.option(
                "--index",
                type=click.Choice(["sparse", "rewrite"]),
                help="With --platform: keep the index byte for byte, with entries for images that are not"
                " there (sparse, the default for several platforms), or write a new one without those"
                " (rewrite).",
            ),
            "strips": switch("--strip-removed-platforms", hidden=True, text="The same as --index rewrite."),
            "multi_arch": click.option(
                "--multi-arch",
                metavar="system|all|index-only|PLATFORM,...",
                help="The same choices in skopeo's words.",
            ),
        },
    )


def _listed(multi_arch: str | None) -> tuple[Platform, ...]:
    if multi_arch in {None, "system", "all", "index-only"}:
        return ()
    assert multi_arch is not None
    return tuple(PlatformType().convert(name, None, None) for name in multi_arch.split(","))
