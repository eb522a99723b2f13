"""Synchronising many images: all in one crew, each content moved once, a result for each image.

`sync` does lanes (`Lane`): places that images are taken from, with what is wanted of them (`TagFilter`)
and where each goes (`Target`). What came of it is a `SyncReport`. How lanes are made of names that people
write is the façade's business.
"""

from .lane import Lane, Target
from .option import Pruning, SyncOptions
from .report import ImageResult, SyncReport, Verdict
from .run import sync
from .semver import Constraint, Version
from .shard import Shard
from .tag_filter import Pattern, TagFilter

__all__ = [
    "Constraint",
    "ImageResult",
    "Lane",
    "Pattern",
    "Pruning",
    "Shard",
    "SyncOptions",
    "SyncReport",
    "TagFilter",
    "Target",
    "Verdict",
    "Version",
    "sync",
]
