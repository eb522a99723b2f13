"""An image's config as skopeo's ``inspect --config`` shows it: what image-spec knows, in its order.

What the specification does not know is left out here; ``--config --raw`` prints the exact bytes
(image-spec, config.md; the order is that of specs-go/v1 Image).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from oci.spec import field

from ..go_value import Field, Struct
from .inspection import image_config, time_view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oci import Inspection

    from ..go_time import Time

_WHERE: Final = "image config"


def config_view(inspection: Inspection) -> Struct:
    """Return the known members of an image's config.

    Raises:
        UnsupportedMediaType: It is no image.
        InvalidDocument: A member is of the wrong type.
    """
    members = image_config(inspection).members
    rootfs = field.mapping(members, "rootfs", where=_WHERE) or {}
    return Struct(
        "v1.Image",
        (
            Field("Created", _time(members, "created"), "created", omit_empty=True),
            _text("Author", members, "author"),
            Field("Platform", _platform(members), embedded=True),
            Field("Config", _execution(field.mapping(members, "config", where=_WHERE) or {}), "config"),
            Field(
                "RootFS",
                Struct(
                    "v1.RootFS",
                    (
                        _text("Type", rootfs, "type", omit_empty=False),
                        Field("DiffIDs", _list(rootfs, "diff_ids"), "diff_ids"),
                    ),
                ),
                "rootfs",
            ),
            Field(
                "History",
                [_history(step) for step in field.mappings(members, "history", where=_WHERE)],
                "history",
                omit_empty=True,
            ),
        ),
    )


def _platform(members: Mapping[str, object]) -> Struct:
    return Struct(
        "v1.Platform",
        (
            _text("Architecture", members, "architecture", omit_empty=False),
            _text("OS", members, "os", omit_empty=False),
            _text("OSVersion", members, "os.version"),
            _texts("OSFeatures", members, "os.features"),
            _text("Variant", members, "variant"),
        ),
    )


def _execution(members: Mapping[str, object]) -> Struct:
    return Struct(
        "v1.ImageConfig",
        (
            _text("User", members, "User"),
            _set("ExposedPorts", members),
            _texts("Env", members, "Env"),
            _texts("Entrypoint", members, "Entrypoint"),
            _texts("Cmd", members, "Cmd"),
            _set("Volumes", members),
            _text("WorkingDir", members, "WorkingDir"),
            Field("Labels", field.text_map(members, "Labels", where=_WHERE) or {}, "Labels", omit_empty=True),
            _text("StopSignal", members, "StopSignal"),
            Field("ArgsEscaped", members.get("ArgsEscaped") is True, "ArgsEscaped", omit_empty=True),
        ),
    )


def _history(step: Mapping[str, object]) -> Struct:
    return Struct(
        "v1.History",
        (
            Field("Created", _time(step, "created"), "created", omit_empty=True),
            _text("CreatedBy", step, "created_by"),
            _text("Author", step, "author"),
            _text("Comment", step, "comment"),
            Field("EmptyLayer", step.get("empty_layer") is True, "empty_layer", omit_empty=True),
        ),
    )


def _text(name: str, members: Mapping[str, object], key: str, *, omit_empty: bool = True) -> Field:
    return Field(name, field.text(members, key, where=_WHERE), key, omit_empty=omit_empty)


def _texts(name: str, members: Mapping[str, object], key: str) -> Field:
    return Field(name, list(field.texts(members, key, where=_WHERE)), key, omit_empty=True)


def _list(members: Mapping[str, object], key: str) -> list[str] | None:
    return None if members.get(key) is None else list(field.texts(members, key, where=_WHERE))


def _set(name: str, members: Mapping[str, object]) -> Field:
    keys = field.mapping(members, name, where=_WHERE) or {}
    return Field(name, {key: Struct("struct {}", ()) for key in keys}, name, omit_empty=True)


def _time(members: Mapping[str, object], key: str) -> Time | None:
    return time_view(field.text(members, key, where=_WHERE), where=f"{_WHERE}: {key}")
