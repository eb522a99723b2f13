"""``--filter`` of images, as podman has it: of one key any value will do, of several keys all must."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from oci.store.image import LocalImage

    from .bundle import Decorator

_UNITS_S: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SPAN: Final = re.compile(r"(?:\d+[smhd])+", re.ASCII)
_NEVER: Final = ("containers", "intermediate", "readonly")
"""What no image here is or has."""

KEYS: Final = (
    *("after", "before", "containers", "dangling", "digest", "id", "intermediate", "label", "manifest"),
    *("readonly", "reference", "since", "until"),
)


def filter_option(*short: str) -> Decorator:
    """Declare the option.

    Args:
        short: A further name for it.
    """
    return click.option(
        *short,
        "--filter",
        "filters",
        multiple=True,
        metavar="KEY=VALUE",
        callback=_checked,
        help=f"Show only some images: {', '.join(KEYS)}.",
    )


def _checked(_ctx: click.Context, _option: click.Parameter, texts: tuple[str, ...]) -> tuple[str, ...]:
    for text in texts:
        key, equals, _ = text.partition("=")
        if not equals or key not in KEYS:
            raise click.UsageError(f"{text!r} is no filter: write KEY=VALUE, KEY one of {', '.join(KEYS)}")
    return texts


class ImageFilter:
    """Says which images are meant.

    Args:
        texts: What the user wrote, checked by the option.
        find: Finds an image that a filter speaks of.
        now_s: The time, in seconds since 1970.

    Raises:
        UsageError: A value is none.
    """

    def __init__(self, texts: Sequence[str], find: Callable[[str], LocalImage], now_s: float) -> None:
        self._find = find
        self._now_s = now_s
        self._wanted: dict[str, list[Callable[[LocalImage], bool]]] = {}
        for text in texts:
            key, _, value = text.partition("=")
            self._wanted.setdefault(key, []).append(self._test(key, value))

    def accepts(self, image: LocalImage) -> bool:
        """Tell whether an image is meant."""
        return all(any(test(image) for test in tests) for tests in self._wanted.values())

    def _test(self, key: str, value: str) -> Callable[[LocalImage], bool]:
        from oci.spec.media_type import INDEXES

        tests: dict[str, Callable[[LocalImage], bool]] = {
            "dangling": lambda image: image.is_dangling is _boolean(value),
            "manifest": lambda image: (image.record.descriptor.media_type in INDEXES) is _boolean(value),
            "label": lambda image: _has_label(image, value),
            "reference": lambda image: any(matches_reference(name, value) for name in image.record.names),
            "digest": lambda image: str(image.digest).startswith(value),
            "id": lambda image: image.image_id.encoded.startswith(value.removeprefix("sha256:")),
            **dict.fromkeys(_NEVER, lambda _image: not _boolean(value)),
        }
        return tests[key] if key in tests else self._test_of_time(key, value)

    def _test_of_time(self, key: str, value: str) -> Callable[[LocalImage], bool]:
        if key == "until":
            limit_s = self._moment(value)
            return lambda image: created_s(image) < limit_s
        other_s = created_s(self._find(value))
        if key == "before":
            return lambda image: created_s(image) < other_s
        return lambda image: created_s(image) > other_s

    def _moment(self, value: str) -> float:
        """Read a time: seconds since 1970, RFC 3339, or how long ago (``24h``)."""
        from ..go_time import Time

        if _SPAN.fullmatch(value):
            spans = re.findall(r"(\d+)([smhd])", value)
            return self._now_s - sum(int(count) * _UNITS_S[unit] for count, unit in spans)
        if value.isascii() and value.isdigit():
            return float(value)
        try:
            return float(Time.parse(value).unix())
        except ValueError as error:
            raise click.UsageError(f"{value!r} is no time") from error


def created_s(image: LocalImage) -> float:
    """Return when an image was made, in seconds since 1970."""
    from ..view.local_image import created_of

    return float(created_of(image).unix())


def matches_reference(name: str, pattern: str) -> bool:
    """Tell whether a name, or the end of it behind a slash, is of a pattern, with or without its tag."""
    repository, _, tag = name.rpartition(":")
    whole = {name} if "@" in name else {name, repository}
    del tag
    return any(
        fnmatch.fnmatchcase(text, pattern) or fnmatch.fnmatchcase(text, f"*/{pattern}") for text in whole
    )


def _boolean(value: str) -> bool:
    if value.lower() not in {"true", "false", "1", "0"}:
        raise click.UsageError(f"{value!r} is neither true nor false")
    return value.lower() in {"true", "1"}


def _has_label(image: LocalImage, wanted: str) -> bool:
    name, equals, value = wanted.partition("=")
    labels = image.config.labels if image.config is not None else None
    found = (labels or {}).get(name)
    return found is not None and (not equals or found == value)
