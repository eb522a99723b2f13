"""The steps in which an image was built, as ``podman history`` shows them.

Steps that made no layer have a size of 0; the size of the others is that of their layers' archives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ..go_time import Time
from ..go_units import human_duration, spaced_size
from ..go_value import Field, Struct
from .local_image import SHORT_ID, created_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oci.store.image import LocalImage

_MISSING: Final = "<missing>"
_SHOWN: Final = 45
"""Characters of a command that are shown."""


class _Step(NamedTuple):
    identity: str
    created: Time
    created_by: str
    size_bytes: int
    comment: str


def history_rows(
    image: LocalImage, sizes: Sequence[int], *, now_s: float, full: bool, human: bool
) -> list[Struct]:
    """Return a row for each step, the last one first.

    Args:
        image: The image.
        sizes: Bytes of the archive of each layer, lowest first.
        now_s: The time, in seconds since 1970.
        full: Whether nothing is cut short.
        human: Whether sizes and times are written as people read them.
    """
    rows = []
    for step in _steps(image, sizes):
        is_known = step.identity != _MISSING
        since = f"{human_duration(now_s - step.created.unix())} ago"
        is_long = not full and len(step.created_by) > _SHOWN
        rows.append(
            Struct(
                "images.historyReporter",
                (
                    Field("ID", step.identity[: SHORT_ID if is_known and not full else None]),
                    Field("Created", since if human else step.created.rfc3339()),
                    Field("CreatedSince", since),
                    Field("CreatedAt", step.created.rfc3339()),
                    Field("CreatedBy", f"{step.created_by[: _SHOWN - 3]}..." if is_long else step.created_by),
                    Field("Size", spaced_size(step.size_bytes) if human else str(step.size_bytes)),
                    Field("Comment", step.comment),
                    Field("Tags", list(image.tags) if is_known else []),
                ),
            )
        )
    return rows


def step_objects(image: LocalImage, sizes: Sequence[int]) -> list[Struct]:
    """Return an object for each step, as ``podman history --format json`` has it."""
    return [
        Struct(
            "images.historyJSON",
            (
                Field("id", step.identity),
                Field("created", step.created),
                Field("CreatedBy", step.created_by),
                Field("size", step.size_bytes),
                Field("comment", step.comment, omit_empty=True),
                Field("Created", step.created.whole_second()),
            ),
        )
        for step in _steps(image, sizes)
    ]


def _steps(image: LocalImage, sizes: Sequence[int]) -> list[_Step]:
    history = [] if image.config is None else image.config.history
    left = list(sizes)
    steps = []
    for entry in history:
        size = 0 if entry.get("empty_layer") is True or not left else left.pop(0)
        steps.append(
            _Step(_MISSING, _time(entry, image), _text(entry, "created_by"), size, _text(entry, "comment"))
        )
    steps += [_Step(_MISSING, created_of(image), "", size, "") for size in left]
    if steps:
        steps[-1] = steps[-1]._replace(identity=image.image_id.encoded)
    return steps[::-1]


def _time(entry: dict[str, object], image: LocalImage) -> Time:
    try:
        return Time.parse(_text(entry, "created"))
    except ValueError:
        return created_of(image)


def _text(entry: dict[str, object], name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""
