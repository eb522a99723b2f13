"""The one-call façade: a common job, from names in the form people write them to a typed result."""

from .call import (
    TagList,
    copy,
    delete,
    inspect,
    inspect_all,
    list_tags,
    plan,
    raw_config,
    raw_manifest,
    resolve,
)
from .inspection import Inspection, PlatformEntry
from .place import Context

__all__ = [
    "Context",
    "Inspection",
    "PlatformEntry",
    "TagList",
    "copy",
    "delete",
    "inspect",
    "inspect_all",
    "list_tags",
    "plan",
    "raw_config",
    "raw_manifest",
    "resolve",
]
