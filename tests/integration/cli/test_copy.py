"""``ocitool copy`` between layouts, archives and a registry."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from oci.errors import NotFound
from oci.testing import Fault, ScriptedEngine, ScriptedRegistry, basic_login, build_artifact, fault
from oci.transports.layout.store import LayoutStore
from ocitool.progress.json_lines import SCHEMA
from tests.integration.cli.process import ocitool

if TYPE_CHECKING:
    from pathlib import Path

    from oci.testing import Content

PLAIN = ("--src-tls-verify=false", "--dest-tls-verify=false")


@pytest.fixture
def layout(tmp_path: Path, index: Content) -> str:
    """Return the name of the index in a layout."""
    index.write_to(tmp_path / "layout", "1")
    return f"oci:{tmp_path}/layout:1"


def test_everything_goes_to_a_registry_and_back(
    registry: ScriptedRegistry, layout: str, index: Content, tmp_path: Path
) -> None:
    name = f"docker://{registry.host}/team/app:1"
    done = ocitool("copy", *PLAIN, "--all", layout, name)
    assert (done.returncode, done.stdout) == (0, f"{index.digest}\n")
    assert registry.content("team/app", "1") == index.raw
    done = ocitool("copy", *PLAIN, "--all", name, f"oci-archive:{tmp_path}/image.tar:1")
    assert (done.returncode, done.stdout) == (0, f"{index.digest}\n")
    assert ocitool("inspect", "--raw", f"oci-archive:{tmp_path}/image.tar:1").stdout == index.raw.decode()


def test_without_a_choice_one_image_is_taken_and_that_is_said(
    layout: str, image: Content, tmp_path: Path
) -> None:
    arguments = ("--override-arch", "amd64", "copy", "--progress", "none", layout, f"oci:{tmp_path}/to:1")
    done = ocitool(*arguments)
    assert (done.returncode, done.stdout) == (0, f"{image.digest}\n")
    assert (
        done.stderr == "ocitool: of the index, only the image for linux/amd64 is copied; --all copies all\n"
    )


def test_of_a_single_image_nothing_is_said_about_platforms(image: Content, tmp_path: Path) -> None:
    image.write_to(tmp_path / "layout", "1")
    done = ocitool("copy", "--progress=none", f"oci:{tmp_path}/layout:1", f"oci:{tmp_path}/to:1")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{image.digest}\n", "")


def test_a_single_image_is_not_taken_for_another_platform_and_is_asked_only_then(
    registry: ScriptedRegistry, image: Content, tmp_path: Path
) -> None:
    registry.put("app", image, "1")
    name, target = f"docker://{registry.host}/app:1", f"oci:{tmp_path}/to:1"
    done = ocitool("copy", *PLAIN, "--platform", "linux/arm64", name, target)
    assert (done.returncode, done.stdout) == (2, "")
    assert "the image is for linux/amd64, not for linux/arm64" in done.stderr
    assert not (tmp_path / "to" / "index.json").exists()
    config = f"*/blobs/{image.leaves[0].descriptor.digest}"
    assert len(registry.asked("GET", config)) == 1
    done = ocitool("--override-arch", "arm64", "copy", *PLAIN, "-q", name, target)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(registry.asked("GET", config)) == 2


def test_an_artifact_is_taken_for_any_platform_with_a_warning(tmp_path: Path) -> None:
    artifact = build_artifact("application/vnd.example.thing", b"payload")
    artifact.write_to(tmp_path / "layout", "1")
    arguments = ("--platform", "linux/arm64", f"oci:{tmp_path}/layout:1", f"oci:{tmp_path}/to:1")
    done = ocitool("copy", "-q", *arguments)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("ocitool: warning: ")
    assert done.stderr.endswith("nothing tells what platform this is for; it is taken for linux/arm64\n")


def test_one_platform(layout: str, index: Content, tmp_path: Path) -> None:
    done = ocitool("copy", "--progress=none", "--platform", "linux/arm64", layout, f"oci:{tmp_path}/to:1")
    assert (done.stdout, done.stderr) == (f"{index.parts[1].digest}\n", "")


def test_a_sparse_index_keeps_its_bytes(layout: str, index: Content, tmp_path: Path) -> None:
    choice = ("--platform", "linux/arm64", "--platform", "linux/arm/v7")
    done = ocitool("copy", "-q", *choice, layout, f"oci:{tmp_path}/to:1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    store = LayoutStore.at(tmp_path / "to")
    assert store.open("1").content == index.raw
    assert store.open(index.parts[1].digest).content == index.parts[1].raw
    with pytest.raises(NotFound):
        store.open(index.parts[0].digest)


def test_a_rewritten_index_has_only_what_was_chosen(layout: str, index: Content, tmp_path: Path) -> None:
    done = ocitool("copy", "--platform=linux/arm64", "--index=rewrite", layout, f"oci:{tmp_path}/to:1")
    assert done.returncode == 0
    written = json.loads(LayoutStore.at(tmp_path / "to").open("1").content)
    assert [entry["digest"] for entry in written["manifests"]] == [str(index.parts[1].digest)]


def test_the_index_only(layout: str, index: Content, tmp_path: Path) -> None:
    done = ocitool("copy", "--multi-arch=index-only", layout, f"oci:{tmp_path}/to:1")
    assert (done.returncode, done.stdout) == (0, f"{index.digest}\n")
    with pytest.raises(NotFound):
        LayoutStore.at(tmp_path / "to").open(index.parts[0].digest)


def test_what_is_attached_goes_along_when_it_is_asked_for(
    registry: ScriptedRegistry, image: Content, tmp_path: Path
) -> None:
    registry.put("app", image, "1")
    signature = build_artifact("application/vnd.example.signature", b"signed", subject=image.root)
    registry.put("app", signature)
    name = f"docker://{registry.host}/app:1"
    for number, (options, is_there) in enumerate((((), False), (("--referrers",), True))):
        done = ocitool("copy", *PLAIN, "--json", *options, name, f"oci:{tmp_path}/to{number}:1")
        assert done.returncode == 0
        assert (str(signature.digest) in json.loads(done.stdout)["Attached"]) is is_there


def test_further_tags_and_the_digest_file(
    registry: ScriptedRegistry, layout: str, index: Content, tmp_path: Path
) -> None:
    done = ocitool(
        *("copy", *PLAIN, "-a", "--additional-tag", "stable", "--additional-tag", "2"),
        *("--digestfile", str(tmp_path / "digest"), layout, f"docker://{registry.host}/app:1"),
    )
    assert done.returncode == 0
    assert (tmp_path / "digest").read_text() == str(index.digest)
    assert [registry.content("app", tag) for tag in ("1", "2", "stable")] == [index.raw] * 3


def test_the_plan_says_what_would_be_done_and_does_nothing(
    registry: ScriptedRegistry, layout: str, index: Content, tmp_path: Path
) -> None:
    index.parts[1].write_to(registry.folder / "app", "arm")
    name = f"docker://{registry.host}/app:1"
    done = ocitool("copy", *PLAIN, "--dry-run", "--json", "--all", layout, name)
    assert done.returncode == 0
    plan = json.loads(done.stdout)
    present = sum(part.descriptor.size for part in index.parts[1].leaves)
    total = sum(
        size
        for size in {b.descriptor.digest: b.descriptor.size for p in index.parts for b in p.leaves}.values()
    )
    assert plan["Bytes"] == {"sent": total - present, "mounted": 0, "skipped": present, "left-out": 0}
    assert (plan["Digest"], plan["Names"]) == (str(index.digest), ["1"])
    assert registry.asked("POST") == registry.asked("PUT") == []
    text = ocitool("copy", *PLAIN, "--dry-run", "--all", layout, name).stdout
    assert f"{index.digest} as 1" in text
    assert "at least" in text


def test_planning_does_not_make_a_layout(layout: str, tmp_path: Path) -> None:
    done = ocitool("copy", "--dry-run", "--all", layout, f"oci:{tmp_path}/none:1")
    assert done.returncode == 0
    assert not (tmp_path / "none").exists()


def test_progress_as_json_follows_the_schema(registry: ScriptedRegistry, layout: str) -> None:
    done = ocitool("copy", *PLAIN, "--progress", "json", "-a", layout, f"docker://{registry.host}/app:1")
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert lines[-1]["event"] == "ended"
    assert lines[-1]["succeeded"] is True
    for line in lines:
        assert line.keys() == {"event", "time_s"} | SCHEMA[line["event"]].keys()
    finished = [line for line in lines if line["event"] == "finished"]
    assert sum(line["moved"] for line in finished) == lines[-1]["moved"]


def test_progress_as_lines_is_what_a_log_gets(
    registry: ScriptedRegistry, layout: str, index: Content
) -> None:
    done = ocitool("copy", *PLAIN, "-a", layout, f"docker://{registry.host}/app:1")
    last = done.stderr.splitlines()[-1]
    assert "done: " in last
    assert "4 documents" in last
    assert f"published {index.digest!s:.19} as 1" in done.stderr
    again = ocitool("copy", *PLAIN, "-a", layout, f"docker://{registry.host}/app:1")
    assert "already there" in again.stderr.splitlines()[-1]


def test_credentials_of_one_side_stay_there(registry: ScriptedRegistry, layout: str, index: Content) -> None:
    registry.script(basic_login({"ann": "secret"}))
    name = f"docker://{registry.host}/app:1"
    assert ocitool("copy", *PLAIN, "-a", "--src-creds", "ann:secret", layout, name).returncode == 3
    assert ocitool("copy", *PLAIN, "-a", "--dest-creds", "ann:secret", layout, name).returncode == 0
    assert registry.content("app", "1") == index.raw


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ((fault.corrupt(10), "*/blobs/*"), 5),
        ((fault.answer(404), "*/blobs/*"), 2),
        ((fault.answer(429, {"Retry-After": "0"}), "*/blobs/*"), 4),
        ((fault.answer(404), "*/manifests/*"), 2),
    ],
    ids=["corrupt-blob", "absent-blob", "throttled", "absent-manifest"],
)
def test_a_failure_names_what_failed_and_leaves_no_name(
    registry: ScriptedRegistry, index: Content, tmp_path: Path, wrong: tuple[Fault, str], code: int
) -> None:
    registry.put("app", index, "1")
    registry.script(wrong[0], method="GET", path=wrong[1])
    done = ocitool(
        *("copy", *PLAIN, "-a", "--retry-times=0", "--progress=none"),
        *(f"docker://{registry.host}/app:1", f"oci:{tmp_path}/to:1"),
    )
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith("ocitool: copy")
    assert list(LayoutStore.create(tmp_path / "to").names()) == []


def test_ctrl_c_ends_a_stalled_read(registry: ScriptedRegistry, index: Content, tmp_path: Path) -> None:
    registry.put("app", index, "1")
    rule = registry.script(fault.stall(1000), method="GET", path="*/blobs/*")
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "ocitool", "copy", *PLAIN, "-a", "--progress=none"),
            *(f"docker://{registry.host}/app:1", f"oci:{tmp_path}/to:1"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        rule.wait()
        process.send_signal(signal.SIGINT)
        output, remarks = process.communicate(timeout=60)
    assert (process.returncode, output) == (130, b"")
    assert remarks.startswith(b"ocitool: ")
    assert list(LayoutStore.create(tmp_path / "to").names()) == []


def test_a_digest_file_that_cannot_be_written_is_named(layout: str, tmp_path: Path) -> None:
    done = ocitool("copy", "-q", "-a", "--digestfile", f"{tmp_path}/no/such", layout, f"oci:{tmp_path}/to:1")
    assert done.returncode == 7
    assert f"{tmp_path}/no/such" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["oci:a:1"],
        ["oci:a:1", "oci:b:1", "oci:c:1"],
        ["--all", "--platform", "linux/amd64", "oci:a:1", "oci:b:1"],
        ["--index", "sparse", "oci:a:1", "oci:b:1"],
        ["--parallel", "0", "oci:a:1", "oci:b:1"],
        ["oci:a:1", "nonsense://b"],
    ],
)
def test_a_wrong_command_line(arguments: list[str], tmp_path: Path) -> None:
    done = ocitool("copy", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr.startswith("ocitool: copy")
    assert list(tmp_path.iterdir()) == []


def test_a_copy_goes_on_when_nobody_reads_its_progress(layout: str, index: Content, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "ocitool", "copy", "-a", layout, f"oci:{tmp_path}/to:1"],
        stdout=subprocess.PIPE, stderr=writing, check=False, timeout=60,
    )  # fmt: skip
    os.close(writing)
    assert (done.returncode, done.stdout.decode()) == (0, f"{index.digest}\n")
    assert LayoutStore.at(tmp_path / "to").open("1").content == index.raw


def test_a_quota_that_runs_out_is_told(registry: ScriptedRegistry, index: Content, tmp_path: Path) -> None:
    registry.put("app", index, "1")
    registry.script(fault.state_quota(100, 9, 21600), path="*/manifests/*")
    name = f"docker://{registry.host}/app:1"
    done = ocitool("copy", *PLAIN, "--json", "--all", name, f"oci:{tmp_path}/to:1")
    said = f"warning: docker://{registry.host}/app: 9 of 100 requests per 6 h are left"
    assert (done.returncode, done.stderr.count(said)) == (0, 1)
    assert json.loads(done.stdout)["RateLimits"] == {
        "Source": {"Limit": 100, "Remaining": 9, "WindowSeconds": 21600}
    }
    inspected = ocitool("inspect", PLAIN[0].replace("src-", ""), "--platform", "linux/arm64", name)
    assert inspected.stderr == f"ocitool: warning: {registry.host}/app: 9 of 100 requests per 6 h are left\n"


def test_of_a_quota_that_is_large_nothing_is_said(
    registry: ScriptedRegistry, index: Content, tmp_path: Path
) -> None:
    registry.put("app", index, "1")
    registry.script(fault.state_quota(100, 10, 21600), path="*/manifests/*")
    name = f"docker://{registry.host}/app:1"
    done = ocitool("copy", *PLAIN, "-q", "--all", name, f"oci:{tmp_path}/to:1")
    assert (done.returncode, done.stderr) == (0, "")


def test_an_image_goes_to_an_engine_and_comes_back(layout: str, index: Content, tmp_path: Path) -> None:
    with ScriptedEngine() as engine:
        host = engine.daemon_host
        done = ocitool("copy", "--dest-daemon-host", host, "--progress=plain", layout, "docker-daemon:app:1")
        assert done.returncode == 0, done.stderr
        assert f"writing docker-daemon at {host}" in done.stderr
        assert "warning: docker-daemon" in done.stderr
        back = ocitool(
            "copy", "--quiet", "docker-daemon:app:1", f"dir:{tmp_path}/b", env={"DOCKER_HOST": host}
        )
        assert back.returncode == 0, back.stderr
        listed = ocitool("list-tags", "docker-daemon:", env={"DOCKER_HOST": host})
        assert json.loads(listed.stdout) == {"Tags": ["docker.io/library/app:1"]}
        refused = ocitool("copy", "--all", "--dest-daemon-host", host, layout, "docker-daemon:app:1")
        assert refused.returncode == 9
    config = ocitool("inspect", "--config", "--raw", f"dir:{tmp_path}/b").stdout
    assert config.encode() == index.parts[0].leaves[0].data
    gone = ocitool("inspect", "--daemon-host", f"unix://{tmp_path}/none", "docker-daemon:app:1")
    assert gone.returncode == 6
    assert "there is no such socket" in gone.stderr
