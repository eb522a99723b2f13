"""The tar codec: headers to values and back (POSIX.1-2017 pax, "ustar Interchange Format"; GNU's extensions).

Touches no file system and skips no bodies by itself: it is handed a function that reads, and tells
how far a body reaches. Extraction to disk is none of its business.
"""

from .header import Header, Kind
from .limit import TarLimits
from .reader import TarReader
from .sparse import Part, SparseMap
from .writer import END, encode_header, padding

__all__ = ["END", "Header", "Kind", "Part", "SparseMap", "TarLimits", "TarReader", "encode_header", "padding"]
