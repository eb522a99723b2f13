"""What was left out, as warnings: one line for each reason, however many entries there were."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..task import warn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oci.layers import Omission


def warn_of(omissions: Iterable[Omission]) -> None:
    """Say what was left out, and why."""
    for omission in omissions:
        warn(f"left out: {omission.reason}: {_which(omission)}")


def _which(omission: Omission) -> str:
    if omission.count == 1:
        return omission.example
    return f"{omission.count} entries, the first of them {omission.example}"
