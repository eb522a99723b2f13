"""Values of the OCI specifications, checked when they are made. No input or output of any kind.

A value of this room that exists is well formed: digests and references are parsed at every boundary,
a registry's answers included, so that no later room has to look twice.
"""

from .config import ImageConfig
from .descriptor import Descriptor
from .digest import Digest
from .document import Document
from .index import Index
from .manifest import Manifest
from .parser import parse_document
from .platform import Platform
from .reference import Reference

__all__ = [
    "Descriptor",
    "Digest",
    "Document",
    "ImageConfig",
    "Index",
    "Manifest",
    "Platform",
    "Reference",
    "parse_document",
]
