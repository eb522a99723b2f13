"""Files that are written while images are synchronised: the report, and the digests.

The report grows image by image beside its place and is put there when it is complete, so that memory does not
grow with it, and nobody takes half a report for a whole one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TextIO

from oci.transfer.sync import Verdict

from ..go_json import encode
from .sync import counts_view, image_view

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from oci.transfer.sync import ImageResult, SyncReport

VERSION = 1
"""Of the report's form: it grows with a member that is taken away or means something else."""


class Record:
    """Writes both files; a context manager.

    Args:
        report: Where the report goes, or None.
        digests: Where the digests go, or None.
    """

    def __init__(self, report: Path | None, digests: Path | None) -> None:
        self._place = report
        self._beside = None if report is None else report.with_name(f".{report.name}.part")
        self._digest_place = digests
        self._report: TextIO | None = None
        self._digests: TextIO | None = None
        self._count = 0
        self._is_complete = False

    def __enter__(self) -> Self:
        if self._beside is not None:
            self._report = self._beside.open("w", encoding="utf-8")
            self._report.write(f'{{\n"Version": {VERSION},\n"Images": [')
        if self._digest_place is not None:
            self._digests = self._digest_place.open("w", encoding="utf-8")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._digests is not None:
            self._digests.close()
        if self._report is not None:
            self._report.close()
        if self._beside is not None and not self._is_complete:
            self._beside.unlink(missing_ok=True)

    def take(self, image: ImageResult) -> None:
        """Write what became of an image."""
        if self._report is not None:
            self._report.write("," * bool(self._count) + f"\n{encode(image_view(image))}")
            self._count += 1
        is_there = image.verdict in {Verdict.COPIED, Verdict.UNCHANGED}
        if self._digests is not None and is_there and image.digest is not None:
            self._digests.write(f"{image.digest} {image.destination}\n")

    def complete(self, report: SyncReport) -> None:
        """Write the sums, and put the report in its place."""
        if self._report is None or self._beside is None or self._place is None:
            return
        self._report.write(f'\n],\n"Sum": {encode(counts_view(report))}\n}}\n')
        self._report.close()
        self._beside.replace(self._place)
        self._is_complete = True
