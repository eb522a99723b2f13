"""The layers of an image, each with the step of its history that made it: a table, and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oci.spec import field

from ..go_value import Field, Struct
from ..text import short_type, size_text
from .inspection import image_config
from .table import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oci import Inspection

_WHERE = "image config"
MAX_STEP = 80
"""Characters of a step that the table shows."""


def layer_views(inspection: Inspection) -> list[Struct]:
    """Return the layers, lowest first, as JSON and templates see them.

    Raises:
        UnsupportedMediaType: It is no image.
        InvalidDocument: A member of its config is of the wrong type.
    """
    config = image_config(inspection)
    rootfs = field.mapping(config.members, "rootfs", where=_WHERE) or {}
    diff_ids = field.texts(rootfs, "diff_ids", where=_WHERE)
    steps = [
        field.text(step, "created_by", where=_WHERE)
        for step in config.history
        if step.get("empty_layer") is not True
    ]
    return [
        Struct(
            "inspect.Layer",
            (
                Field("Number", number),
                Field("Digest", str(layer.digest)),
                Field("Size", layer.size),
                Field("MediaType", layer.media_type),
                Field("DiffID", diff_ids[number] if number < len(diff_ids) else ""),
                Field("CreatedBy", steps[number] if number < len(steps) else ""),
            ),
        )
        for number, layer in enumerate(inspection.layers)
    ]


def layer_table(views: Sequence[Struct]) -> str:
    """Write the layers as a table."""
    rows = [("LAYER", "SIZE", "TYPE", "CREATED BY")]
    for view in views:
        known = {member.name: member.value for member in view.fields}
        step = " ".join(str(known["CreatedBy"]).split())
        size = known["Size"]
        assert isinstance(size, int)
        shown = step if len(step) <= MAX_STEP else f"{step[: MAX_STEP - 3]}..."
        rows.append((str(known["Digest"]), size_text(size), short_type(str(known["MediaType"])), shown))
    return table(rows)
