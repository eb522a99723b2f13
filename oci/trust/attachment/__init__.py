"""What is attached to a document by its digest: read with limits, written so that nobody's work is lost.

Two ways: `tag` has cosign's manifests, each under a tag that is made of the digest, one layer for each thing;
`referrer` has manifests that name the document as their subject. Nothing in here knows what a signature is.
What was found is `Gathered`: things that are there, things that are there and no good, and things that could
not be fetched are kept apart, and nothing of the kind at all is `Absent`.
"""

from .gathering import Attached, AttachmentLimits, Flawed, Gathered, Gathering, each_of
from .referrer import attach, read_referrers
from .shelf import AttachedShelf
from .tag import NewLayer, append_layers, read_tag

__all__ = [
    "Attached",
    "AttachedShelf",
    "AttachmentLimits",
    "Flawed",
    "Gathered",
    "Gathering",
    "NewLayer",
    "append_layers",
    "attach",
    "each_of",
    "read_referrers",
    "read_tag",
]
