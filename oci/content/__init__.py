"""The one seam: what holds content speaks these small protocols, and everything else is written against them.

`Source` and `Sink` are what every transport is; the optional abilities (`ListsNames`, `Mounts`, ...)
are protocols of their own, asked for with ``isinstance``. Bytes are checked against the digest and size that
were asked for: by `VerifiedReader` when somebody reads, by `Check` inside every writer when they are stored.
"""

from .attachment import Attachments, Listed, Unknown
from .cancellation import CancelToken
from .capture import Capture
from .check import Check
from .graph import Node, children_of, walk
from .limits import Limits
from .memory import MemoryStore
from .reader import VerifiedReader
from .sink import (
    Claims,
    Collects,
    Deletes,
    Expects,
    Finishes,
    HoldsOne,
    Locks,
    Mounts,
    Reopens,
    Rewound,
    Sink,
    Writer,
)
from .source import (
    IsServedElsewhere,
    KeepsSignatures,
    ListsNames,
    ListsReferrers,
    Measures,
    Name,
    Opened,
    Source,
    StatesRateLimit,
    TakesSignatures,
    Traits,
    rate_limit_of,
    served_by,
)
from .stream import ByteStream, MemoryStream, read_exactly

__all__ = [
    "Attachments",
    "ByteStream",
    "CancelToken",
    "Capture",
    "Check",
    "Claims",
    "Collects",
    "Deletes",
    "Expects",
    "Finishes",
    "HoldsOne",
    "IsServedElsewhere",
    "KeepsSignatures",
    "Limits",
    "Listed",
    "ListsNames",
    "ListsReferrers",
    "Locks",
    "Measures",
    "MemoryStore",
    "MemoryStream",
    "Mounts",
    "Name",
    "Node",
    "Opened",
    "Reopens",
    "Rewound",
    "Sink",
    "Source",
    "StatesRateLimit",
    "TakesSignatures",
    "Traits",
    "Unknown",
    "VerifiedReader",
    "Writer",
    "children_of",
    "rate_limit_of",
    "read_exactly",
    "served_by",
    "walk",
]
