"""What every container gets unless somebody says otherwise: what ``runc spec`` writes, as values.

The root is writable, since programs of images expect that; and nobody waits on a terminal.
"""

from __future__ import annotations

from typing import Final

PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ARGUMENTS: Final = ("sh",)
"""What is run where an image does not say."""

CAPABILITIES: Final = ("CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE")
NAMESPACES: Final = ("pid", "network", "ipc", "uts", "mount")
OPEN_FILES: Final = 1024

MASKED_PATHS: Final = (
    "/proc/acpi",
    "/proc/asound",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/sys/firmware",
    "/sys/devices/virtual/powercap",
)
READ_ONLY_PATHS: Final = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")


def mount(destination: str, kind: str, source: str, *options: str) -> dict[str, object]:
    """Return a mount as the specification writes it."""
    return {"destination": destination, "type": kind, "source": source, "options": list(options)}


def usual_mounts() -> list[dict[str, object]]:
    """Return the mounts of a container."""
    quiet = ("nosuid", "noexec", "nodev")
    return [
        mount("/proc", "proc", "proc", *quiet),
        mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
        mount(
            "/dev/pts",
            "devpts",
            "devpts",
            *("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
        ),
        mount("/dev/shm", "tmpfs", "shm", *quiet, "mode=1777", "size=65536k"),  # noqa: S108 - of a container
        mount("/dev/mqueue", "mqueue", "mqueue", *quiet),
        mount("/sys", "sysfs", "sysfs", *quiet, "ro"),
        mount("/sys/fs/cgroup", "cgroup", "cgroup", *quiet, "relatime", "ro"),
    ]


def mounts_without_privileges() -> list[dict[str, object]]:
    """Return the mounts of a container of somebody who is not root: cgroups and group 5 are not theirs."""
    found = []
    for each in usual_mounts():
        if each["destination"] == "/sys/fs/cgroup":
            continue
        options = [option for option in _options(each) if option != "gid=5"]
        if each["destination"] == "/sys":
            found.append(mount("/sys", "none", "/sys", "rbind", "nosuid", "noexec", "nodev", "ro"))
        else:
            found.append({**each, "options": options})
    return found


def _options(one: dict[str, object]) -> list[str]:
    options = one["options"]
    return [str(option) for option in options] if isinstance(options, list) else []
