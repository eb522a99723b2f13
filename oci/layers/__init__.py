"""Layers: applied to a directory, verified on the way, never beyond it; and written (image-spec, layer.md).

Rules of this room:

- Every path is resolved by the kernel beneath the target, against what is there at that moment. Nothing is
  ever decided by comparing strings.
- Nothing of a layer is to be believed before its stream has ended: only then are digest and DiffID known.
  Whoever applies a layer does so in a place that nobody uses yet.
- No process-wide state is touched: no umask, no working directory, no root.
"""

from .apply import Applied, apply_layer
from .branch import Branch
from .change import Change, Mark
from .descent import Descent, by_kernel, by_walk
from .difference import Before, Other, differences
from .limit import LayerLimits
from .ownership import IdMap, IdRange, Ownership
from .path import LayerPath
from .report import Omission
from .stack import apply_layers
from .stream import LayerReader, LayerStream
from .tree import remove_tree
from .upper import changes_of_upper
from .writer import LayerWriter

__all__ = [
    "Applied",
    "Before",
    "Branch",
    "Change",
    "Descent",
    "IdMap",
    "IdRange",
    "LayerLimits",
    "LayerPath",
    "LayerReader",
    "LayerStream",
    "LayerWriter",
    "Mark",
    "Omission",
    "Other",
    "Ownership",
    "apply_layer",
    "apply_layers",
    "by_kernel",
    "by_walk",
    "changes_of_upper",
    "differences",
    "remove_tree",
]
