"""What lies in a bundle besides what the runtime reads: which image it came from, and what its tree was then.

A bundle is a directory with ``config.json`` and ``rootfs`` (runtime-spec, bundle.md). The files of ours are
``ocitool.json`` and ``ocitool.tree``; runtimes leave them alone.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from ..errors import InvalidDocument
from ..frozen import frozen
from ..layers import IdMap, IdRange, Ownership
from ..spec import Digest, field, strict_json

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG: Final = "config.json"
ROOT: Final = "rootfs"
RECORD: Final = "ocitool.json"
TREE: Final = "ocitool.tree"
MAX_RECORD_BYTES: Final = 1024 * 1024
_VERSION: Final = 1


@frozen(kw_only=True)
class BundleRecord:
    """Which image a bundle came from.

    Args:
        image: Its name.
        digest: The digest of its manifest.
        ownership: How owners became owners of files.
    """

    image: str
    digest: Digest
    ownership: Ownership

    @property
    def raw(self) -> bytes:
        """The record as it is written."""
        members = {
            "version": _VERSION,
            "image": self.image,
            "digest": str(self.digest),
            "keepsOwners": self.ownership.keeps_owners,
            "uidMappings": _written(self.ownership.uids),
            "gidMappings": _written(self.ownership.gids),
        }
        return json.dumps(members, indent=2).encode() + b"\n"

    @classmethod
    def parse(cls, raw: bytes, *, where: str) -> BundleRecord:
        """Read a record.

        Args:
            raw: What was written.
            where: The file, for error messages.

        Raises:
            InvalidDocument: It is something else, or of a newer version.
        """
        members = strict_json.load_object(raw, where=where)
        if members.get("version") != _VERSION:
            raise InvalidDocument(f"{where}: of a version that is not known here")
        return cls(
            image=field.text(members, "image", where=where),
            digest=Digest.parse(field.text(members, "digest", where=where)),
            ownership=Ownership(
                _read(members, "uidMappings", where),
                _read(members, "gidMappings", where),
                keeps_owners=members.get("keepsOwners") is True,
            ),
        )


def _written(ids: IdMap) -> list[list[int]]:
    return [[each.inside, each.outside, each.count] for each in ids.ranges]


def _read(members: Mapping[str, object], key: str, where: str) -> IdMap:
    ranges = members.get(key)
    if not isinstance(ranges, list):
        raise InvalidDocument(f"{where}: has no {key}")
    found = []
    for each in ranges:
        match each:
            case [int(inside), int(outside), int(count)]:
                found.append(IdRange(inside, outside, count))
            case _:
                raise InvalidDocument(f"{where}: {key} are malformed")
    return IdMap(tuple(found))
