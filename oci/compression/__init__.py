"""Compressed streams: what a stream is compressed with, and reading it expanded, a bounded piece at a time.

Knows bytes only. The decoders are loaded when a stream needs one.
"""

from .detection import DETECTION_BYTES, Compression, detect
from .expansion import expanded

__all__ = ["DETECTION_BYTES", "Compression", "detect", "expanded"]
