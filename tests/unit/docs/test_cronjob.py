"""The CronJob of the guide has the shape that Kubernetes wants, and its file is one that we read."""

from __future__ import annotations

import shlex
from pathlib import Path

import yaml

from oci.transfer.sync.sync_file import parse_sync_file

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guide"


def documents() -> dict[str, dict[str, object]]:
    loaded = list(yaml.safe_load_all((GUIDE / "mirror-cronjob.yaml").read_text(encoding="utf-8")))
    return {document["kind"]: document for document in loaded}


def at(value: object, *path: str | int) -> object:
    for step in path:
        assert isinstance(value, dict | list)
        value = value[step]  # type: ignore[index]
    return value


def test_the_file_in_the_config_map_is_read() -> None:
    text = at(documents()["ConfigMap"], "data", "sync.yaml")
    parts = parse_sync_file(str(text).encode(), path="sync.yaml", now_s=0.0)
    assert [part.registry for part in parts] == ["quay.io", "docker.io"]
    assert all(part.wishes for part in parts)


def test_the_cron_job_has_the_shape_of_batch_v1() -> None:
    job = documents()["CronJob"]
    assert at(job, "apiVersion") == "batch/v1"
    assert len(str(at(job, "spec", "schedule")).split()) == 5
    assert at(job, "spec", "concurrencyPolicy") == "Forbid"
    template = at(job, "spec", "jobTemplate", "spec")
    assert at(template, "completionMode") == "Indexed"
    assert at(template, "completions") == at(template, "parallelism")
    pod = at(template, "template", "spec")
    assert at(pod, "restartPolicy") in {"OnFailure", "Never"}
    container = at(pod, "containers", 0)
    assert at(container, "securityContext", "readOnlyRootFilesystem") is True
    volumes, mounts = at(pod, "volumes"), at(container, "volumeMounts")
    assert isinstance(volumes, list) and isinstance(mounts, list)
    assert {volume["name"] for volume in volumes} == {mount["name"] for mount in mounts}


def test_its_command_is_one_of_ours() -> None:
    from ocitool.command.sync import command

    pod = at(documents()["CronJob"], "spec", "jobTemplate", "spec", "template", "spec")
    completions = at(documents()["CronJob"], "spec", "jobTemplate", "spec", "completions")
    words = shlex.split(str(at(pod, "containers", 0, "args", 0)))
    assert words[:3] == ["exec", "ocitool", "sync"]
    known = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known
    assert words[words.index("--shard") + 1].endswith(f"/{completions}")
