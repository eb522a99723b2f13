"""Layers made of what differs, for tests that look at them in several ways."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

from oci.layers import Branch, LayerWriter, Other, changes_of_upper, differences
from tests.integration.layers.material import owned_by_us

if TYPE_CHECKING:
    from pathlib import Path

    from oci.layers import Change, Ownership


def opened(stack: ExitStack, path: Path) -> Branch:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    stack.callback(os.close, descriptor)
    return stack.enter_context(Branch(descriptor))


def written(
    changes: list[Change],
    branch: Branch,
    *,
    latest_s: int | None = None,
    keeps_holes: bool = False,
    prefix: str = "",
    ownership: Ownership | None = None,
) -> bytes:
    pieces: list[bytes] = []
    writer = LayerWriter(
        pieces.append,
        ownership=ownership or owned_by_us(),
        latest_s=latest_s,
        keeps_holes=keeps_holes,
        prefix=prefix,
    )
    writer.write(changes, branch)
    writer.finish()
    return b"".join(pieces)


def diff(
    before: Path | None, after: Path, *, latest_s: int | None = None, keeps_holes: bool = False
) -> bytes:
    """Write a layer that leads from one tree to another."""
    with ExitStack() as stack:
        branch = opened(stack, after)
        known = None if before is None else Other(opened(stack, before), branch)
        return written(list(differences(known, branch)), branch, latest_s=latest_s, keeps_holes=keeps_holes)


def diff_of_upper(upper: Path) -> bytes:
    """Write the layer that an overlay's upper directory stands for."""
    with ExitStack() as stack:
        branch = opened(stack, upper)
        return written(list(changes_of_upper(branch)), branch)
