"""The local store: images kept for use, with their layers unpacked once and shared by all that have them.

Linux only. The truth about content is the file under its digest, the truth about names and about who needs
what is the database; either may be missing what the other has, after a crash, and the collector and the check
settle it. See docs/adr/0030-local-store.md.
"""

from .catalogue import Record
from .pull import PullSink
from .store import ImageStore

__all__ = ["ImageStore", "PullSink", "Record"]
