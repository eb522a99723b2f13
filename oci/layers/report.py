"""What could not be done as a layer asks, and was left out: by reason, with a count and an example."""

from __future__ import annotations

from ..frozen import frozen


@frozen
class Omission:
    """Something that was left out.

    Args:
        reason: What, and why.
        count: Of how many entries.
        example: The first of them.
    """

    reason: str
    count: int
    example: str


class Report:
    """Collects omissions; their number does not grow with the layer."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, str]] = {}

    def omit(self, reason: str, path: object) -> None:
        """Note one."""
        count, example = self._found.get(reason, (0, str(path)))
        self._found[reason] = count + 1, example

    @property
    def omissions(self) -> tuple[Omission, ...]:
        """All of them, in the order in which each kind was met first."""
        return tuple(Omission(reason, count, example) for reason, (count, example) in self._found.items())
