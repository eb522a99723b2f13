"""Columns of text as Go's text/tabwriter aligns them, with the settings of podman's reports.

Cells end in tabs; what follows the last tab of a line belongs to no column. A column is a run of
neighbouring lines that have the cell, so that one line without it starts the widths anew.
"""

from __future__ import annotations

from typing import Final

MIN_WIDTH: Final = 12
"""Characters of the narrowest column, padding included."""

PADDING: Final = 2
"""Spaces between a column's widest cell and the next column."""


def align(text: str) -> str:
    """Replace the tabs of a text by spaces, so that its columns stand in line.

    Args:
        text: Lines of cells; a form feed ends a line and all columns.

    Returns:
        The text, without spaces after the last cell of a line.
    """
    if text.endswith(("\t", "\v")):
        text = text[:-1]  # It opens a cell that nothing was written to, which is not there.
    sections = text.split("\f")
    return "\n".join("\n".join(_align(section)) for section in sections)


def _align(section: str) -> list[str]:
    rows = [line.replace("\v", "\t").split("\t") for line in section.split("\n")]
    widths: list[list[int]] = [[] for _ in rows]
    columns = max(map(len, rows)) - 1
    for column in range(columns):
        start = 0
        while start < len(rows):
            end = start
            while end < len(rows) and column < len(rows[end]) - 1:
                end += 1
            if end > start:
                width = max(MIN_WIDTH, *(len(row[column]) + PADDING for row in rows[start:end]))
                for row_widths in widths[start:end]:
                    row_widths.append(width)
            start = end + 1
    return [
        "".join(cell.ljust(width) for cell, width in zip(row, row_widths, strict=False)) + row[-1]
        for row, row_widths in zip(rows, widths, strict=True)
    ]
