"""Layers of which single files can be read: eStargz and zstd:chunked, written and read.

Both compress every file by itself and end with a table of contents, whose digest the manifest knows: what is
read through the table is checked by the digests in it. An ordinary reader sees an ordinary layer. eStargz
keeps its table within the archive, so that the DiffID changes; zstd:chunked beside it, so that it stays.
"""

from .entry import TableChunk, TableEntry, TableLimits
from .table import Reach, Table, read_table
from .writer import SeekableWriter, writer_of

__all__ = [
    "Reach",
    "SeekableWriter",
    "Table",
    "TableChunk",
    "TableEntry",
    "TableLimits",
    "read_table",
    "writer_of",
]
