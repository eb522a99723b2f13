"""Inclusion proofs: that an entry is in a tree of a given root (RFC 9162, section 2.1.3.2; RFC 6962)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from ...errors import NotVerified
from ...frozen import field, frozen
from ..verdict import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_HASHES: Final = 64
"""Hashes of a proof: enough for any tree that there will ever be."""


@frozen(kw_only=True)
class InclusionProof:
    """A way from an entry up to the root of a tree.

    Args:
        index: The entry's number in the tree.
        size: Entries that the tree has.
        root: The root's hash.
        hashes: The hashes beside the way, the lowest first.
    """

    index: int
    size: int
    root: bytes = field(repr=False)
    hashes: tuple[bytes, ...] = field(repr=False)

    def check(self, body: bytes) -> None:
        """Verify that an entry is in the tree.

        Args:
            body: The entry.

        Raises:
            NotVerified: It is not, or not at that place.
        """
        leaf = hashlib.sha256(b"\0" + body).digest()
        if _root(leaf, self.index, self.size, self.hashes) != self.root:
            raise NotVerified(
                "the proof that the log has the entry is for another tree, or another entry",
                fault=Fault.UNRECORDED.value,
            )


def _root(leaf: bytes, index: int, size: int, hashes: Sequence[bytes]) -> bytes | None:
    if not 0 <= index < size or len(hashes) > MAX_HASHES:
        return None
    number, last, node = index, size - 1, leaf
    for each in hashes:
        if last == 0 or len(each) != hashlib.sha256().digest_size:
            return None
        if number & 1 or number == last:
            node = _parent(each, node)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            node = _parent(node, each)
        number, last = number >> 1, last >> 1
    return node if last == 0 else None


def _parent(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()
