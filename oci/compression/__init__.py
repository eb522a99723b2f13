"""Compressed streams: what a stream is compressed with, reading it expanded, and writing one.

Knows bytes only. The codecs are loaded when a stream needs one.
"""

from .detection import DETECTION_BYTES, Compression, detect
from .encoding import Encoder, check_level, encoder
from .expansion import expanded
from .seekable import SeekableForm

__all__ = [
    "DETECTION_BYTES",
    "Compression",
    "Encoder",
    "SeekableForm",
    "check_level",
    "detect",
    "encoder",
    "expanded",
]
