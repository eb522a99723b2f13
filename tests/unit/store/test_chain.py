"""ChainIDs as image-spec defines them."""

from __future__ import annotations

import hashlib

from oci.spec import Digest
from oci.store.chain import chain_ids


def test_each_is_made_of_the_one_below_and_its_diff_id() -> None:
    a, b, c = (Digest.of(text) for text in (b"a", b"b", b"c"))
    below = f"sha256:{hashlib.sha256(f'{a} {b}'.encode()).hexdigest()}"
    top = f"sha256:{hashlib.sha256(f'{below} {c}'.encode()).hexdigest()}"
    assert [str(chain) for chain in chain_ids([a, b, c])] == [str(a), below, top]
    assert chain_ids([]) == ()
