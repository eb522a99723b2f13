"""The runtime-spec configuration for an image (image-spec, conversion.md; runtime-spec 1.0.2, config.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..frozen import frozen
from ..spec import field
from . import default
from .user import ProcessUser

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..layers import IdMap
    from ..spec import ImageConfig

__all__ = ["ProcessUser", "SpecOptions", "runtime_spec"]

VERSION: Final = "1.0.2"
_WHERE: Final = "image config"
_ANNOTATION: Final = "org.opencontainers.image."


@frozen(kw_only=True)
class SpecOptions:
    """What is decided by whoever runs a container, not by its image.

    Args:
        arguments: The program and its arguments, instead of the image's; None for those.
        environment: Variables, ``NAME=value``, instead of the image's own of that name.
        has_terminal: Whether it gets a terminal.
        root: Where the root file system is, seen from the bundle.
        hostname: Its host name.
        uids: Users within and on this host, for a user namespace; None for none.
        gids: Groups, likewise.
        is_privileged: Whether root starts it. Without, it gets no cgroups, and shares the host's network,
            which takes root to be anything but a dead end.
    """

    arguments: tuple[str, ...] | None = None
    environment: tuple[str, ...] = ()
    has_terminal: bool = False
    root: str = "rootfs"
    hostname: str = "ocitool"
    uids: IdMap | None = None
    gids: IdMap | None = None
    is_privileged: bool = True


def runtime_spec(config: ImageConfig, user: ProcessUser, options: SpecOptions) -> dict[str, object]:
    """Write a configuration.

    Args:
        config: The image's configuration.
        user: Whom the process runs as (`oci.runtime.find_user`).
        options: What the image does not decide.

    Raises:
        InvalidDocument: The image's configuration is malformed.
    """
    execution = field.mapping(config.members, "config", where=_WHERE) or {}
    mounts = default.usual_mounts() if options.is_privileged else default.mounts_without_privileges()
    volumes = sorted(field.mapping(execution, "Volumes", where=_WHERE) or {})
    # What an image has in a volume is there when the container starts, as docker has it.
    mounts += [default.mount(path, "tmpfs", "tmpfs", "nosuid", "nodev", "tmpcopyup") for path in volumes]
    return {
        "ociVersion": VERSION,
        "process": _process(execution, user, options),
        "root": {"path": options.root, "readonly": False},
        "hostname": options.hostname,
        "mounts": mounts,
        "annotations": _annotations(config, execution),
        "linux": _linux(options),
    }


def _process(execution: Mapping[str, object], user: ProcessUser, options: SpecOptions) -> dict[str, object]:
    arguments: Sequence[str] = options.arguments or (
        *field.texts(execution, "Entrypoint", where=_WHERE),
        *field.texts(execution, "Cmd", where=_WHERE),
    )
    capabilities = list(default.CAPABILITIES)
    identity: dict[str, object] = {"uid": user.uid, "gid": user.gid}
    if user.additional_gids:
        identity["additionalGids"] = list(user.additional_gids)
    return {
        "terminal": options.has_terminal,
        "user": identity,
        "args": list(arguments or default.ARGUMENTS),
        "env": _environment(execution, user, options),
        "cwd": field.text(execution, "WorkingDir", where=_WHERE) or "/",
        "capabilities": dict.fromkeys(("bounding", "effective", "permitted", "ambient"), capabilities),
        "rlimits": [{"type": "RLIMIT_NOFILE", "hard": default.OPEN_FILES, "soft": default.OPEN_FILES}],
        "noNewPrivileges": True,
    }


def _environment(execution: Mapping[str, object], user: ProcessUser, options: SpecOptions) -> list[str]:
    usual = [f"PATH={default.PATH}", f"HOME={user.home}"]
    if options.has_terminal:
        usual.append("TERM=xterm")
    found: dict[str, str] = {}
    for each in (*usual, *field.texts(execution, "Env", where=_WHERE), *options.environment):
        name, _, value = each.partition("=")
        found[name] = value
    return [f"{name}={value}" for name, value in found.items()]


def _annotations(config: ImageConfig, execution: Mapping[str, object]) -> dict[str, str]:
    """Return what the specification wants to be kept of an image; its labels have the last word."""
    told = {
        "os": config.platform.os,
        "architecture": config.platform.architecture,
        "variant": config.platform.variant,
        "created": config.created,
        "author": field.text(config.members, "author", where=_WHERE),
        "stopSignal": field.text(execution, "StopSignal", where=_WHERE),
        "exposedPorts": ",".join(sorted(field.mapping(execution, "ExposedPorts", where=_WHERE) or {})),
    }
    found = {_ANNOTATION + key: text for key, text in told.items() if text}
    return {**found, **(config.labels or {})}


def _linux(options: SpecOptions) -> dict[str, object]:
    kinds = [kind for kind in default.NAMESPACES if options.is_privileged or kind != "network"]
    linux: dict[str, object] = {
        "maskedPaths": list(default.MASKED_PATHS),
        "readonlyPaths": list(default.READ_ONLY_PATHS),
    }
    if options.is_privileged:
        linux["resources"] = {"devices": [{"allow": False, "access": "rwm"}]}
    if options.uids is not None and options.gids is not None:
        kinds.append("user")
        linux["uidMappings"] = _mapping(options.uids)
        linux["gidMappings"] = _mapping(options.gids)
    linux["namespaces"] = [{"type": kind} for kind in kinds]
    return linux


def _mapping(ids: IdMap) -> list[dict[str, int]]:
    return [{"containerID": each.inside, "hostID": each.outside, "size": each.count} for each in ids.ranges]
