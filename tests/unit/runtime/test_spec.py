"""What a runtime is told, by what an image says."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from oci.errors import InvalidDocument
from oci.layers import IdMap, IdRange
from oci.runtime import ProcessUser, SpecOptions, runtime_spec
from oci.spec import ImageConfig


def spec(config: dict[str, object], user: ProcessUser | None = None, **options: Any) -> dict[str, Any]:
    raw = json.dumps({"os": "linux", "architecture": "amd64", "author": "me", "config": config}).encode()
    found = runtime_spec(ImageConfig.parse(raw), user or ProcessUser(0, 0), SpecOptions(**options))
    return cast("dict[str, Any]", json.loads(json.dumps(found)))


def test_what_is_run() -> None:
    made = spec(
        {
            "Entrypoint": ["/bin/app"],
            "Cmd": ["--serve"],
            "Env": ["A=1", "HOME=/elsewhere", "A=2"],
            "WorkingDir": "/srv",
            "Labels": {"org.opencontainers.image.author": "label wins", "x": "y"},
            "ExposedPorts": {"80/tcp": {}, "53/udp": {}},
            "StopSignal": "SIGINT",
        },
        ProcessUser(1000, 100, (44, 63), "/home/app"),
    )
    process = made["process"]
    assert process["args"] == ["/bin/app", "--serve"]
    assert process["env"][1:] == ["HOME=/elsewhere", "A=2"]
    assert process["env"][0].startswith("PATH=/usr/local/sbin:")
    assert (process["cwd"], process["terminal"]) == ("/srv", False)
    assert process["user"] == {"uid": 1000, "gid": 100, "additionalGids": [44, 63]}
    assert made["annotations"] == {
        "org.opencontainers.image.os": "linux",
        "org.opencontainers.image.architecture": "amd64",
        "org.opencontainers.image.author": "label wins",
        "org.opencontainers.image.stopSignal": "SIGINT",
        "org.opencontainers.image.exposedPorts": "53/udp,80/tcp",
        "x": "y",
    }
    assert made["root"] == {"path": "rootfs", "readonly": False}


def test_an_image_that_says_nothing() -> None:
    process = spec({}, ProcessUser(0, 0, (), "/root"))["process"]
    assert (process["args"], process["cwd"], process["env"][1:]) == (["sh"], "/", ["HOME=/root"])


def test_what_whoever_runs_it_decides() -> None:
    made = spec(
        {"Entrypoint": ["/bin/app"], "Cmd": ["x"], "Env": ["A=1"]},
        arguments=("/bin/sh", "-c", "id"),
        environment=("A=9", "B=2"),
        has_terminal=True,
    )
    assert made["process"]["args"] == ["/bin/sh", "-c", "id"]
    assert made["process"]["env"][2:] == ["TERM=xterm", "A=9", "B=2"]


def test_volumes_keep_what_the_image_has_there() -> None:
    mounts = spec({"Volumes": {"/var/lib/b": {}, "/a": {}}})["mounts"]
    assert [each["destination"] for each in mounts[-2:]] == ["/a", "/var/lib/b"]
    assert "tmpcopyup" in mounts[-1]["options"]


def test_without_privileges() -> None:
    ids = IdMap((IdRange(0, 1000, 1),))
    linux = spec({}, uids=ids, gids=ids, is_privileged=False)["linux"]
    assert linux["uidMappings"] == [{"containerID": 0, "hostID": 1000, "size": 1}]
    assert [each["type"] for each in linux["namespaces"]] == ["pid", "ipc", "uts", "mount", "user"]
    assert "resources" not in linux
    mounts = spec({}, uids=ids, gids=ids, is_privileged=False)["mounts"]
    assert not any("gid=5" in each["options"] or "cgroup" in each["type"] for each in mounts)


def test_a_configuration_of_another_shape() -> None:
    with pytest.raises(InvalidDocument):
        spec({"Entrypoint": "not a list"})
