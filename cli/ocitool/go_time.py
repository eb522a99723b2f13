"""Go's time.Time as image documents carry it: parsed from RFC 3339, printed and formatted as Go does.

Nanoseconds are kept, which is why ``datetime`` alone will not do. Nothing here asks for the current time
or the host's zone: an offset of zero is UTC, any other offset is a zone without a name.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final, Self

from oci.frozen import frozen, replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from .go_value import Method

_DEFAULT_LAYOUT: Final = "2006-01-02 15:04:05.999999999 -0700 MST"
_RFC3339_NANO: Final = "2006-01-02T15:04:05.999999999Z07:00"
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_YEAR_ONE: Final = -62_135_596_800  # seconds from 1970 to Go's zero time
_EPOCH: Final = date(1970, 1, 1).toordinal()


class CalendarName(int):
    """A number that prints as a name: a ``time.Month`` or a ``time.Weekday``."""

    go_type: str
    text: str

    def __new__(cls, number: int, go_type: str, text: str) -> Self:
        """Return the number with its Go type and its name."""
        self = super().__new__(cls, number)
        self.go_type = go_type
        self.text = text
        return self

    def go_string(self) -> str:
        """Return the name."""
        return self.text


@frozen
class Time:
    """An instant with an offset.

    Args:
        wall: Date and time of day at that offset, to the second, without tzinfo.
        nanosecond: What lies beyond the second, 0 to 999 999 999.
        offset_s: Seconds east of UTC.
    """

    go_type: ClassVar[str] = "time.Time"

    wall: datetime
    nanosecond: int = 0
    offset_s: int = 0

    @classmethod
    def parse(cls, text: str) -> Time:
        """Read an RFC 3339 timestamp; digits beyond the nanosecond are dropped.

        Raises:
            ValueError: The text is not an RFC 3339 timestamp with a year from 1 on.
        """
        try:
            return cls._parse(text)
        except (ValueError, IndexError) as error:
            message = f"not an RFC 3339 timestamp: {text[:64]!r}"
            raise ValueError(message) from error

    @classmethod
    def _parse(cls, text: str) -> Time:
        if not text.isascii() or (text[4], text[7], text[10], text[13], text[16]) != (
            "-",
            "-",
            "T",
            ":",
            ":",
        ):
            raise ValueError
        wall = datetime.fromisoformat(text[:19])
        rest, digits = text[19:], ""
        if rest[0] == ".":
            digits = rest[1 : 1 + len(rest[1:]) - len(rest[1:].lstrip("0123456789"))]
            rest = rest[1 + len(digits) :]
            if not digits:
                raise ValueError
        return cls(wall, int(digits[:9].ljust(9, "0")), _parse_offset(rest))

    def go_string(self) -> str:
        """Return what Go prints for it, as ``2023-05-06 07:08:09.12 +0000 UTC``."""
        return self.format(_DEFAULT_LAYOUT)

    def go_method(self, name: str) -> Method | None:
        """Return the method of that name bound to this instant, or None."""
        method = _METHODS.get(name)
        return None if method is None else lambda *arguments: method(self, *arguments)

    def rfc3339(self) -> str:
        """Return the form that JSON documents carry, as ``2023-05-06T07:08:09.12Z``."""
        return self.format(_RFC3339_NANO)

    def whole_second(self) -> Time:
        """Return the second that it is in."""
        return replace(self, nanosecond=0)

    def unix(self) -> int:
        """Return the seconds since 1970 in UTC."""
        wall = self.wall
        days = wall.toordinal() - _EPOCH
        return days * 86400 + wall.hour * 3600 + wall.minute * 60 + wall.second - self.offset_s

    def utc(self) -> Time:
        """Return the same instant at offset zero.

        Raises:
            ValueError: It lies outside the years 1 to 9999 there.
        """
        try:
            return Time(self.wall - timedelta(seconds=self.offset_s), self.nanosecond)
        except OverflowError as error:
            message = "the time lies outside the years 1 to 9999"
            raise ValueError(message) from error

    def format(self, layout: str) -> str:
        """Write the instant as the layout shows the reference time, Mon Jan 2 15:04:05 MST 2006."""
        parts: list[str] = []
        position = 0
        while position < len(layout):
            length, part = self._next_part(layout, position)
            parts.append(part)
            position += length
        return "".join(parts)

    def _next_part(self, layout: str, position: int) -> tuple[int, str]:
        first = layout[position]
        for element, write in _ELEMENTS.get(first, ()):
            end = position + len(element)
            if layout.startswith(element, position) and not _is_longer_word(element, layout[end : end + 1]):
                return len(element), write(self)
        if first in ".,":
            return self._fraction(layout, position)
        return 1, first

    def _fraction(self, layout: str, position: int) -> tuple[int, str]:
        digit = layout[position + 1 : position + 2]
        run = layout[position + 1 :]
        count = len(run) - len(run.lstrip(digit)) if digit in ("0", "9") else 0
        if not count or run[count : count + 1].isdecimal():
            return 1, layout[position]
        digits = f"{self.nanosecond:09}".ljust(count, "0")[:count]
        if digit == "9":
            digits = digits.rstrip("0")
        return 1 + count, layout[position] + digits if digits or digit == "0" else ""


def _is_longer_word(element: str, following: str) -> bool:
    """Tell whether "Jan" or "Mon" only begins a word, such as "Janus", which the layout means literally."""
    return element in ("Jan", "Mon") and "a" <= following <= "z"


def _parse_offset(text: str) -> int:
    if text == "Z":
        return 0
    hours, colon, minutes = text[1:].partition(":")
    valid = text[0] in "+-" and colon and len(hours) == len(minutes) == 2 and (hours + minutes).isdecimal()
    if not valid or int(hours) > 23 or int(minutes) > 59:
        raise ValueError
    seconds = int(hours) * 3600 + int(minutes) * 60
    return -seconds if text[0] == "-" else seconds


def _month(time: Time) -> CalendarName:
    return CalendarName(time.wall.month, "time.Month", _MONTHS[time.wall.month - 1])


def _weekday(time: Time) -> CalendarName:
    return CalendarName(time.wall.isoweekday() % 7, "time.Weekday", _WEEKDAYS[time.wall.weekday()])


def _year_day(time: Time) -> int:
    return time.wall.timetuple().tm_yday


def _hour12(time: Time) -> int:
    return time.wall.hour % 12 or 12


def _format(time: Time, layout: object) -> str:
    if not isinstance(layout, str):
        message = 'Format expects a layout, such as "2006-01-02"'
        raise TypeError(message)
    return time.format(layout)


def _zone(time: Time, form: str) -> str:
    """Write the offset as the form shows it: -07, -0700, -07:00, with Z for a Z at zero offset."""
    if form[0] == "Z" and not time.offset_s:
        return "Z"
    minutes = abs(time.offset_s) // 60
    sign = "-" if time.offset_s <= -60 else "+"
    colon = ":" if ":" in form else ""
    fields = [f"{minutes // 60:02}", f"{minutes % 60:02}", f"{abs(time.offset_s) % 60:02}"]
    return sign + colon.join(fields[: len(form.replace(":", "")) // 2])


def _zone_elements(prefix: str) -> tuple[tuple[str, Callable[[Time], str]], ...]:
    forms = [prefix + form for form in ("070000", "07:00:00", "0700", "07:00", "07")]
    return tuple((form, partial(_zone, form=form)) for form in forms)


# The elements of a layout by their first character, in the order Go tries them (time/format.go).
_ELEMENTS: Final[dict[str, tuple[tuple[str, Callable[[Time], str]], ...]]] = {
    "J": (("January", lambda t: _month(t).text), ("Jan", lambda t: _month(t).text[:3])),
    "M": (
        ("Monday", lambda t: _weekday(t).text),
        ("Mon", lambda t: _weekday(t).text[:3]),
        ("MST", lambda t: _zone(t, "-0700") if t.offset_s else "UTC"),
    ),
    "0": (
        ("01", lambda t: f"{t.wall.month:02}"),
        ("02", lambda t: f"{t.wall.day:02}"),
        ("03", lambda t: f"{_hour12(t):02}"),
        ("04", lambda t: f"{t.wall.minute:02}"),
        ("05", lambda t: f"{t.wall.second:02}"),
        ("06", lambda t: f"{t.wall.year % 100:02}"),
        ("002", lambda t: f"{_year_day(t):03}"),
    ),
    "1": (("15", lambda t: f"{t.wall.hour:02}"), ("1", lambda t: str(t.wall.month))),
    "2": (("2006", lambda t: f"{t.wall.year:04}"), ("2", lambda t: str(t.wall.day))),
    "_": (
        ("_2006", lambda t: f"_{t.wall.year:04}"),
        ("_2", lambda t: f"{t.wall.day:2}"),
        ("__2", lambda t: f"{_year_day(t):3}"),
    ),
    "3": (("3", lambda t: str(_hour12(t))),),
    "4": (("4", lambda t: str(t.wall.minute)),),
    "5": (("5", lambda t: str(t.wall.second)),),
    "P": (("PM", lambda t: "PM" if t.wall.hour >= 12 else "AM"),),
    "p": (("pm", lambda t: "pm" if t.wall.hour >= 12 else "am"),),
    "-": _zone_elements("-"),
    "Z": _zone_elements("Z"),
}

_METHODS: Final[dict[str, Callable[..., object]]] = {
    "Day": lambda t: t.wall.day,
    "Format": _format,
    "Hour": lambda t: t.wall.hour,
    "IsZero": lambda t: t.unix() == _YEAR_ONE and not t.nanosecond,
    "Minute": lambda t: t.wall.minute,
    "Month": _month,
    "Nanosecond": lambda t: t.nanosecond,
    "Second": lambda t: t.wall.second,
    "String": Time.go_string,
    "UTC": Time.utc,
    "Unix": Time.unix,
    "UnixMilli": lambda t: t.unix() * 1000 + t.nanosecond // 1_000_000,
    "UnixNano": lambda t: t.unix() * 1_000_000_000 + t.nanosecond,
    "Weekday": _weekday,
    "Year": lambda t: t.wall.year,
    "YearDay": _year_day,
}
