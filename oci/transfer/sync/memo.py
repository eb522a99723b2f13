"""What earlier runs have found out: this document, treated like that, became that one.

A run that takes one image of each index, or converts images, sees different digests on both sides; only
reading (or even converting) would tell that they belong together. A memo spares that: it keeps *facts*, each
the hash of a wish, a document's digest at the source and the digest of what came of it. All three are known
from two HEAD requests when a fact is looked up, so that a memo is never believed about anything that was not
seen: what is not in it, and whatever is damaged, costs the reading that it would have spared.

There is one file for each place that images are taken from, with a line for each fact; several processes may
add to it. A memo that cannot be written remembers nothing: no synchronisation fails because of it.
"""

from __future__ import annotations

import bisect
import contextlib
import hashlib
import os
import re
import threading
from typing import TYPE_CHECKING, Final

from ...frozen import replace
from ..selection import Everything, Instance, Subset

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ...spec import Digest
    from ..conversion import Conversion
    from ..option import CopyOptions
    from ..selection import Selection

MAX_FACTS: Final = 50_000
"""Facts that are kept for one place; the oldest go first."""

MAX_AGE_S: Final = 90 * 24 * 3600
"""Seconds after which the file of a place that nobody asks about any more is thrown away."""

_VERSION: Final = "1"
_SUFFIX: Final = ".facts"
_FACT_BYTES: Final = 16
_LINE: Final = re.compile(rb"^([0-9a-f]{32})$", re.MULTILINE)
_MAX_FILE_BYTES: Final = 2 * MAX_FACTS * (2 * _FACT_BYTES + 1)


def wish_of(selection: Selection, options: CopyOptions) -> str | None:
    """Write down what is done to an image, in a form that is equal for equal wishes.

    Returns:
        The wish; None where images keep their digests, so that there is nothing to remember.
    """
    # Where temporary files go makes no difference to what comes of it.
    conversion = replace(options.conversion, scratch=None)
    if isinstance(selection, Everything) and conversion.is_idle:
        return None
    return f"{_selection_text(selection)}; {'' if conversion.is_idle else _conversion_text(conversion)}"


def _selection_text(selection: Selection) -> str:
    match selection:
        case Everything():
            return "all"
        case Instance(platform=platform, is_strict=is_strict):
            return f"one {platform} {is_strict}"
        case Subset(platforms=platforms, rewrite=rewrite):
            return f"some {' '.join(map(str, platforms))} {rewrite}"


def _conversion_text(conversion: Conversion) -> str:
    form = conversion.layers
    layers = "" if form is None else f"{form.compression.value} {form.level} {form.extent.value}"
    family = "" if conversion.format is None else conversion.format.value
    return f"{family}; {layers}; {conversion.allows_loss} {conversion.leaves_attached}"


class Memo:
    """The files of all places.

    Args:
        directory: Where they are, made on first use; None to remember nothing.
    """

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory

    def page(self, place: str) -> Page:
        """Return what is known of the images of one place.

        Args:
            place: The place that they are taken from, as people write it.
        """
        if self._directory is None:
            return Page(None)
        name = hashlib.sha256(place.encode()).hexdigest()[: 2 * _FACT_BYTES]
        return Page(self._directory / (name + _SUFFIX))

    def collect(self, now_s: float) -> None:
        """Throw away what has not been asked for in a long time.

        Args:
            now_s: The present, in seconds since 1970.
        """
        if self._directory is None:
            return
        with contextlib.suppress(OSError):
            for path in self._directory.glob(f"*{_SUFFIX}"):
                if now_s - path.stat().st_mtime > MAX_AGE_S:
                    path.unlink(missing_ok=True)


class Page:
    """What is known of the images of one place; used from several threads.

    Args:
        path: Its file, or None to remember nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        # Facts lie packed and in order: a set of them would take six times the memory.
        self._old: bytes | None = None
        self._new: set[bytes] = set()

    def knows(self, wish: str, before: Digest, after: Digest) -> bool:
        """Tell whether a document has become another one in an earlier run.

        Args:
            wish: What was done to it; see `wish_of`.
            before: What it is at the source.
            after: What it is at the destination.
        """
        fact = _fact(wish, before, after)
        with self._lock:
            return self._has(fact)

    def learn(self, wish: str, before: Digest, after: Digest) -> None:
        """Remember that a document has become another one; see `knows`."""
        fact = _fact(wish, before, after)
        with self._lock:
            if self._path is None or self._has(fact):
                return
            self._new.add(fact)
            with contextlib.suppress(OSError):
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
                handle = os.open(self._path, flags, 0o600)
                try:
                    os.write(handle, fact.hex().encode() + b"\n")
                finally:
                    os.close(handle)

    def _has(self, fact: bytes) -> bool:
        if self._old is None:
            self._old = self._read()
        old = self._old
        place = bisect.bisect_left(range(len(old) // _FACT_BYTES), fact, key=lambda n: _at(old, n))
        return fact in self._new or _at(old, place) == fact

    def _read(self) -> bytes:
        path = self._path
        if path is None:
            return b""
        try:
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                file.seek(max(0, size - _MAX_FILE_BYTES))
                lines = _LINE.findall(file.read(_MAX_FILE_BYTES))
            os.utime(path)
            if len(lines) > MAX_FACTS:
                lines = lines[-MAX_FACTS:]
                self._shorten(path, lines)
        except OSError:
            return b""
        return b"".join(sorted(map(bytes.fromhex, map(bytes.decode, lines))))

    def _shorten(self, path: Path, lines: Sequence[bytes]) -> None:
        """Write the file anew with these lines only; what somebody adds meanwhile is found out again."""
        beside = path.with_suffix(f".{os.getpid()}")
        beside.touch(mode=0o600)
        beside.write_bytes(b"".join(line + b"\n" for line in lines))
        beside.replace(path)


def _at(facts: bytes, number: int) -> bytes:
    return facts[number * _FACT_BYTES : (number + 1) * _FACT_BYTES]


def _fact(wish: str, before: Digest, after: Digest) -> bytes:
    text = "\n".join((_VERSION, wish, str(before), str(after)))
    return hashlib.sha256(text.encode()).digest()[:_FACT_BYTES]
