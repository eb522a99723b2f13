"""Every limit of the library, by name, with the value it has unless somebody says otherwise."""

from __future__ import annotations

from ..frozen import frozen

_MIB = 1024 * 1024


@frozen(kw_only=True)
class Limits:
    """Bounds on what comes from outside; passing one raises `oci.errors.LimitExceeded` with its name.

    Args:
        manifest_bytes: A manifest or an index (distribution-spec asks registries for at least 4 MiB).
        config_bytes: An image configuration.
        layer_bytes: A layer, expanded.
        answer_bytes: Any other small answer: tokens, errors, one page of a listing.
        index_depth: Indexes within indexes.
        graph_nodes: Documents and blobs reachable from one root.
        names: Names in one listing, over all of its pages.
        pages: Pages of one listing.
        redirects: Redirects that one request may follow.
        referrers: Things attached to one image.
        buffer_bytes: All buffers of a transfer together.
    """

    manifest_bytes: int = 4 * _MIB
    config_bytes: int = 4 * _MIB
    layer_bytes: int = 64 * 1024 * _MIB
    answer_bytes: int = 8 * _MIB
    index_depth: int = 8
    graph_nodes: int = 100_000
    names: int = 1_000_000
    pages: int = 10_000
    redirects: int = 5
    referrers: int = 10_000
    buffer_bytes: int = 32 * _MIB
