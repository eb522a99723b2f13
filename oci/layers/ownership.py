"""Who is to own what a layer holds: the layer's numbers, mapped, or whoever we are."""

from __future__ import annotations

from ..errors import InvalidValue
from ..frozen import frozen

LARGEST_ID = 2**32 - 2
"""One more means \"leave it as it is\" to chown(2)."""


@frozen
class IdRange:
    """A range of user or group numbers, as in a line of /proc/PID/uid_map (user_namespaces(7)).

    Args:
        inside: The first number as the layer has it.
        outside: The first number on this host.
        count: How many.
    """

    inside: int
    outside: int
    count: int


@frozen
class IdMap:
    """A mapping of numbers; an empty one leaves them as they are.

    Args:
        ranges: Its ranges.
    """

    ranges: tuple[IdRange, ...] = ()

    def outside(self, number: int) -> int:
        """Return a layer's number as it is on this host.

        Raises:
            InvalidValue: The mapping has none for it, or no system could have one.
        """
        if number > LARGEST_ID:
            raise InvalidValue(f"id {number} is out of range")
        if not self.ranges:
            return number
        for each in self.ranges:
            if 0 <= number - each.inside < each.count:
                return number - each.inside + each.outside
        raise InvalidValue(
            f"id {number} is not mapped", hint="give a mapping that covers every owner in the image"
        )

    def inside(self, number: int) -> int:
        """Return a number of this host as a layer has it.

        Raises:
            InvalidValue: The mapping has none for it.
        """
        for each in self.ranges:
            if 0 <= number - each.outside < each.count:
                return number - each.outside + each.inside
        if self.ranges:
            raise InvalidValue(
                f"id {number} of this host is not mapped",
                hint="give a mapping that covers every owner in the tree",
            )
        return number


@frozen
class Ownership:
    """How owners of a layer's entries become owners of files.

    Args:
        uids: Of users.
        gids: Of groups.
        keeps_owners: Whether files are given to their owners. Without the privilege everything belongs to
            whoever unpacks, devices are left out, and both are said in the result.
    """

    uids: IdMap = IdMap()
    gids: IdMap = IdMap()
    keeps_owners: bool = True
