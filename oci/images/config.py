"""Changes of an image's configuration; what they do not speak of stays as it is (image-spec, config.md)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..errors import InvalidValue
from ..frozen import field, frozen
from ..spec import field as member
from ..spec import strict_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..spec import Digest, Platform

_WHERE = "image config"


@frozen(kw_only=True)
class ConfigChanges:
    """What a new image says that the one it is built on does not; None and nothing leave things as they are.

    Args:
        env: Variables; others stay.
        labels: Labels; others stay.
        entrypoint: The program that is always run; empty for none.
        command: What it is run with, or what is run; empty for nothing. A new entrypoint does away with the
            old command, as in a Containerfile.
        working_directory: The directory to run it in.
        user: The user to run it as: ``name``, ``uid``, with ``:group`` where need be.
        exposed_ports: Ports to add, such as ``80/tcp``.
        volumes: Directories to add that hold data of a container's own.
        stop_signal: The signal that asks it to end.
        author: Who is responsible for the image.
    """

    env: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    working_directory: str | None = None
    user: str | None = None
    exposed_ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    stop_signal: str | None = None
    author: str | None = None

    def __post_init__(self) -> None:
        for name in self.env:
            if not name or "=" in name or "\0" in name:
                raise InvalidValue(f"{name!r} is no name of a variable")

    def applied_to(self, execution: Mapping[str, object]) -> dict[str, object]:
        """Return the member ``config`` as it is to be.

        Args:
            execution: The member as it was.
        """
        changed = dict(execution)
        if self.env:
            changed["Env"] = _with_variables(member.texts(execution, "Env", where=_WHERE), self.env)
        if self.labels:
            changed["Labels"] = {
                **(member.text_map(execution, "Labels", where=_WHERE) or {}),
                **self.labels,
            }
        if self.entrypoint is not None:
            changed["Entrypoint"] = list(self.entrypoint)
            changed.pop("Cmd", None)
        if self.command is not None:
            changed["Cmd"] = list(self.command)
        for key, names in (("ExposedPorts", self.exposed_ports), ("Volumes", self.volumes)):
            if names:
                known = member.mapping(execution, key, where=_WHERE) or {}
                changed[key] = {**known, **{name: {} for name in names}}
        texts = {"WorkingDir": self.working_directory, "User": self.user, "StopSignal": self.stop_signal}
        changed.update({key: text for key, text in texts.items() if text is not None})
        return changed


@frozen(kw_only=True)
class Step:
    """One step of an image's history.

    Args:
        created_by: What was done.
        diff_id: The layer that came of it, or None where none did.
        comment: What somebody wanted to say of it.
    """

    created_by: str
    diff_id: Digest | None
    comment: str = ""


def new_config(
    raw: bytes | None, platform: Platform, changes: ConfigChanges, steps: Sequence[Step], *, created: str
) -> bytes:
    """Write a configuration.

    Args:
        raw: The one to go on from, or None.
        platform: What the image is for, where there is none to go on from.
        changes: What becomes different.
        steps: What was done, with the layers that were put on top.
        created: When, as in RFC 3339.

    Raises:
        InvalidDocument: What there is is malformed.
    """
    members = dict(strict_json.load_object(raw, where=_WHERE)) if raw is not None else _fresh(platform)
    rootfs = dict(member.mapping(members, "rootfs", where=_WHERE) or {"type": "layers"})
    known = list(member.texts(rootfs, "diff_ids", where=_WHERE))
    rootfs["diff_ids"] = known + [str(step.diff_id) for step in steps if step.diff_id is not None]
    history = list(member.mappings(members, "history", where=_WHERE))
    # Readers match layers with the steps that are not empty: where a history is missing, none is begun.
    if history or not known:
        history += [_described(step, created) for step in steps]
        members["history"] = history
    members["created"] = created
    if changes.author is not None:
        members["author"] = changes.author
    members["config"] = changes.applied_to(member.mapping(members, "config", where=_WHERE) or {})
    members["rootfs"] = rootfs
    # What Docker keeps of the container that a layer was made in is not true of the new image.
    members.pop("container", None)
    members.pop("container_config", None)
    return json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode()


def _fresh(platform: Platform) -> dict[str, object]:
    members: dict[str, object] = {"architecture": platform.architecture, "os": platform.os}
    if platform.variant:
        members["variant"] = platform.variant
    return members


def _described(step: Step, created: str) -> dict[str, object]:
    described: dict[str, object] = {"created": created, "created_by": step.created_by}
    if step.comment:
        described["comment"] = step.comment
    if step.diff_id is None:
        described["empty_layer"] = True
    return described


def _with_variables(known: Sequence[str], changes: Mapping[str, str]) -> list[str]:
    """Replace variables where they stand, and put new ones at the end."""
    left = dict(changes)
    found = []
    for each in known:
        name = each.partition("=")[0]
        found.append(f"{name}={left.pop(name)}" if name in left else each)
    return found + [f"{name}={value}" for name, value in left.items()]
