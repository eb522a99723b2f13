"""Ranges of user and group numbers, as ``INSIDE:OUTSIDE:COUNT``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from oci.layers import IdRange


class IdRangeType(click.ParamType["IdRange"]):
    """A range, as podman's ``--uidmap`` and a line of /proc/PID/uid_map have it."""

    name = "inside:outside:count"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> IdRange:
        """Read a range."""
        from oci.layers import IdRange

        if isinstance(value, IdRange):
            return value
        parts = str(value).split(":")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
            self.fail(f"{value!r} is no range: three numbers with colons between them", param, ctx)
        return IdRange(*map(int, parts))
