"""Which images of a repository are synchronised: the options, and what they mean to the library."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import click

from oci.frozen import frozen

from .bundle import bundle
from .value import number, one_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oci.transfer.sync import TagFilter

    from .bundle import Decorator


class Since(click.ParamType[float]):
    """A moment: a date of ISO 8601, or an age such as ``30d``; seconds since 1970 once it is read."""

    name = "date|age"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read a moment."""
        if isinstance(value, float):
            return value
        import time

        from oci.errors import InvalidValue
        from oci.transfer.sync.date import moment

        try:
            return moment(str(value), time.time())
        except InvalidValue as error:
            self.fail(error.message, param, ctx)


@frozen(kw_only=True)
class Wanted:
    """What the options say about tags.

    Args:
        tags: Exactly these tags.
        include: Regular expressions, one of which must be found in a tag.
        exclude: Regular expressions that must not be found in it.
        semver: A constraint on versions, or None.
        newest: How many at most, or None.
        newest_by: ``version`` or ``date``.
        newer_than: When images must have been made at the earliest, in seconds since 1970, or None.
    """

    tags: tuple[str, ...]
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    semver: str | None
    newest: int | None
    newest_by: str
    newer_than: float | None

    @property
    def is_everything(self) -> bool:
        """Whether nothing was said that a tag must satisfy."""
        return not any((self.tags, self.include, self.exclude, self.semver, self.newest, self.newer_than))

    def tag_filter(self) -> TagFilter:
        """Return what the library is to be asked for.

        Raises:
            UsageError: An expression or a constraint cannot be understood, or options contradict each other.
        """
        from oci.errors import InvalidValue
        from oci.transfer.sync import Constraint, Pattern, TagFilter

        filters = (self.include, self.exclude, self.semver, self.newest, self.newer_than)
        if self.tags and any(each for each in filters):
            raise click.UsageError("--tag names the images: filters do not go with it")
        try:
            return TagFilter(
                include=tuple(Pattern(text) for text in self.include),
                exclude=tuple(Pattern(text) for text in self.exclude),
                semver=None if self.semver is None else Constraint.parse(self.semver),
                newest=self.newest,
                by_date=self.newest_by == "date",
                newer_than_s=self.newer_than,
            )
        except InvalidValue as error:
            raise click.UsageError(error.message) from error


def filter_options(parameter: str) -> Decorator:
    """Declare the options.

    Args:
        parameter: The command's parameter that gets the `Wanted`.
    """
    tag = click.option("--tag", multiple=True, metavar="TAG", help="Only this tag; may be repeated.")
    return bundle(parameter, Wanted, {"tags": tag, **_FILTERS})


def listing_options(parameter: str) -> Decorator:
    """Declare the options for a command that lists tags, and so is told none.

    Args:
        parameter: The command's parameter that gets the `Wanted`.
    """
    return bundle(parameter, functools.partial(Wanted, tags=()), _FILTERS)


_FILTERS: Final[Mapping[str, Decorator]] = {
    "include": click.option(
        "--include",
        multiple=True,
        metavar="REGEX",
        help="Only tags in which this is found; may be repeated.",
    ),
    "exclude": click.option(
        "--exclude", multiple=True, metavar="REGEX", help="No tags in which this is found."
    ),
    "semver": click.option(
        "--semver", metavar="CONSTRAINT", help="Only versions such as '>=1.2, <2' or '^1.4'."
    ),
    "newest": number("--newest", text="Only the newest N of these."),
    "newest_by": one_of(
        "--newest-by", "version", "date", text="The highest versions, or the images that were made last."
    ),
    "newer_than": click.option(
        "--newer-than",
        type=Since(),
        help="Only images made since a date (2026-01-31) or within an age (36h, 30d, 8w).",
    ),
}
