"""Durations as Go programs take them: ``90s``, ``1h30m``, ``250ms``; a bare number means seconds."""

from __future__ import annotations

import re
from typing import Final

import click

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_NUMBER: Final = r"([0-9]+(?:\.[0-9]+)?)"
_PART: Final = rf"{_NUMBER}(ms|s|m|h)"


class Duration(click.ParamType[float]):
    """A length of time, in seconds once it is read."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read a duration; a number stands for itself."""
        if isinstance(value, int | float):
            return float(value)
        text = str(value)
        if re.fullmatch(_NUMBER, text):
            return float(text)
        if not re.fullmatch(f"(?:{_PART})+", text):
            self.fail(f"{text!r} is not a length of time such as 90s or 1h30m", param, ctx)
        return sum(float(number) * _UNITS[unit] for number, unit in re.findall(_PART, text))
