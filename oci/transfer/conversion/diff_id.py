"""Other DiffIDs in a configuration: the one change of it, for layers that expand to something else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ...spec import field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...spec import Digest, ImageConfig


def with_diff_ids(config: ImageConfig, changes: Mapping[int, Digest]) -> bytes:
    """Write a configuration anew.

    Args:
        config: It.
        changes: DiffIDs by the position of the layer.
    """
    rootfs = field.mapping(config.members, "rootfs", where="image config") or {}
    known = [str(changes.get(position, digest)) for position, digest in enumerate(config.diff_ids)]
    members = {**config.members, "rootfs": {**rootfs, "diff_ids": known}}
    return json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode()
