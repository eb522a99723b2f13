"""How a synchronisation is done: what is removed, what a failure means, how much at once, which share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from oci.frozen import frozen, replace

from .bundle import bundle
from .duration import Duration
from .switch import switch
from .value import number, one_of

if TYPE_CHECKING:
    from oci.transfer.sync import SyncOptions

    from .bundle import Decorator


@frozen(kw_only=True)
class Course:
    """What the options say about how it is done.

    Args:
        referrers: Whether what is attached goes along.
        dry_run: Whether nothing is changed.
        keep_going: Whether the others are done when one has failed.
        check_content: Whether equal tags are not trusted.
        prune: Whether what the source does not have is removed.
        prune_max: How many images of a repository may be removed, or None for the usual number.
        prune_share: The share of them that may be removed, in percent, or None for the usual one.
        prune_force: Whether there is no such bound.
        shard: The share of the work, as ``i/n``, or None.
        shard_by: ``repository`` or ``tag``.
        parallel: Requests and blobs at once, or None for the usual number.
        rate_limit_below: Requests that shall remain at a source, or None.
        rate_limit_pause_s: Seconds between two looks while it has fewer, or None for the usual time.
    """

    referrers: bool
    dry_run: bool
    keep_going: bool
    check_content: bool
    prune: bool
    prune_max: int | None
    prune_share: int | None
    prune_force: bool
    shard: str | None
    shard_by: str
    parallel: int | None
    rate_limit_below: int | None
    rate_limit_pause_s: float | None

    def options(self) -> SyncOptions:
        """Return what the library is asked for; how each image is copied is left open.

        Raises:
            UsageError: The share cannot be understood, or options contradict each other.
        """
        from oci.errors import InvalidValue
        from oci.transfer.sync import Pruning, Shard, SyncOptions

        share = None if self.prune_share is None else self.prune_share / 100
        bounds = {"most": self.prune_max, "most_share": share, "is_forced": self.prune_force or None}
        given = {name: value for name, value in bounds.items() if value is not None}
        if given and not self.prune:
            raise click.UsageError("--prune-max, --prune-share and --prune-force belong to --prune")
        try:
            shard = None if self.shard is None else Shard.parse(self.shard)
        except InvalidValue as error:
            raise click.UsageError(f"--shard: {error.message}: {error.hint}") from error
        options = SyncOptions(
            keeps_going=self.keep_going,
            dry_run=self.dry_run,
            trusts_tags=not self.check_content,
            pruning=replace(Pruning(), **given) if self.prune else None,
            shard=shard,
            shards_tags=self.shard_by == "tag",
            rate_limit_below=self.rate_limit_below,
        )
        if self.rate_limit_pause_s is not None:
            options = replace(options, rate_limit_pause_s=self.rate_limit_pause_s)
        return options if self.parallel is None else replace(options, parallel=self.parallel)


def course_options(parameter: str) -> Decorator:
    """Declare the options.

    Args:
        parameter: The command's parameter that gets the `Course`.
    """
    return bundle(
        parameter,
        Course,
        {
            "referrers": switch(
                "--referrers", text="Copy what is attached too: signatures, attestations, SBOMs."
            ),
            "dry_run": switch("--dry-run", text="Show what would be done, and change nothing."),
            "keep_going": switch("--keep-going", text="When an image fails, do the others all the same."),
            "check_content": switch(
                "--check-content", text="Where tags are equal, look for everything beneath them too."
            ),
            "prune": switch(
                "--prune", text="Remove tags from the destination that the source does not have."
            ),
            "prune_max": number("--prune-max", text="Remove at most N tags of a repository."),
            "prune_share": number("--prune-share", text="Remove at most N percent of its tags.", most=100),
            "prune_force": switch("--prune-force", text="Remove them without a bound."),
            "shard": click.option(
                "--shard", metavar="I/N", help="Do only one of N equal shares, for N machines."
            ),
            "shard_by": one_of("--shard-by", "repository", "tag", text="What the shares are made of."),
            "rate_limit_below": number(
                "--rate-limit-below", text="Pause while the source would answer fewer than N requests."
            ),
            "rate_limit_pause_s": click.option(
                "--rate-limit-pause", type=Duration(), help="Time between two looks then; 5m by default."
            ),
            "parallel": number("--parallel", text="Requests and blobs at once.", most=128),
        },
    )
