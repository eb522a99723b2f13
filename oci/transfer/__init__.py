"""Moving images: one children-first walk over the seam, whatever the two places are.

`copy` moves one image, `plan` says what it would do. What happens meanwhile is told in typed events
(`oci.transfer.event`), what came of it in a `CopyResult`. Nothing here knows of any particular transport.
"""

from .conversion import Conversion, Extent, Format, LayerForm
from .copy import copy
from .event import Event, Listener, Outcome
from .option import CopyOptions
from .plan import plan
from .result import BlobResult, Change, CopyResult, Plan, PlannedBlob
from .selection import Everything, Instance, Selection, Subset

__all__ = [
    "BlobResult",
    "Change",
    "Conversion",
    "CopyOptions",
    "CopyResult",
    "Event",
    "Everything",
    "Extent",
    "Format",
    "Instance",
    "LayerForm",
    "Listener",
    "Outcome",
    "Plan",
    "PlannedBlob",
    "Selection",
    "Subset",
    "copy",
    "plan",
]
