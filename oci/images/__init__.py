"""Images that are made: from nothing, or from another one with layers on top and another configuration.

Nothing that exists is changed: what comes out is a new image, as a source that `oci.transfer.copy` reads.
"""

from .base import Base
from .config import ConfigChanges
from .draft import Draft
from .draft_source import DraftSource
from .instruction import parse_instructions

__all__ = ["Base", "ConfigChanges", "Draft", "DraftSource", "parse_instructions"]
