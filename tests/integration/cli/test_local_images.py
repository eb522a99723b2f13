"""``ocitool pull`` and ``ocitool images``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.cli.conftest import PLAIN
from tests.integration.cli.process import ocitool
from tests.integration.layers.conftest import root as root  # noqa: PLC0414
from tests.integration.layers.material import apply, file, folder, listing, tar

if TYPE_CHECKING:
    from oci.testing import Content, ScriptedRegistry


@pytest.fixture
def local(tmp_path: Path) -> str:
    return f"--root={tmp_path}/store"


def test_there_are_no_images_where_there_is_no_store(tmp_path: Path, local: str) -> None:
    done = ocitool("images", local)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["REPOSITORY", "TAG", "IMAGE", "ID", "CREATED", "SIZE"]
    assert not (tmp_path / "store").exists()
    assert ocitool("images", local, "--format", "json").stdout == "[]\n"


def test_what_was_pulled_is_listed(
    registry: ScriptedRegistry, index: Content, image: Content, local: str
) -> None:
    registry.put("team/app", index, "v1")
    identity = image.leaves[0].descriptor.digest.encoded
    pulled = ocitool("pull", local, PLAIN, "-q", f"{registry.host}/team/app:v1")
    assert (pulled.returncode, pulled.stdout, pulled.stderr) == (0, f"{identity}\n", "")
    listed = ocitool("images", local, "--digests").stdout.splitlines()
    assert listed[0].split() == ["REPOSITORY", "TAG", "DIGEST", "IMAGE", "ID", "CREATED", "SIZE"]
    row = listed[1].split()
    assert row[:4] == [f"{registry.host}/team/app", "v1", str(image.digest), identity[:12]]
    assert row[-2:] == ["216", "kB"]
    assert ocitool("images", local, "-q", "--no-trunc").stdout == f"sha256:{identity}\n"
    (found,) = json.loads(ocitool("images", local, "--format", "json").stdout)
    assert found["Names"] == [f"{registry.host}/team/app:v1"]
    assert f"{registry.host}/team/app@{index.digest}" in found["RepoDigests"]
    assert found["Labels"] == {"who": "<me>"}


@pytest.mark.parametrize(
    ("filters", "is_shown"),
    [
        (["reference=team/app"], True),
        (["reference=*/app:v1"], True),
        (["reference=other"], False),
        (["reference=other", "reference=app"], True),
        (["label=who"], True),
        (["label=who=<me>"], True),
        (["label=who=you"], False),
        (["dangling=true"], False),
        (["dangling=false", "label=none"], False),
        (["until=24h"], True),
        (["until=2025-12-31T00:00:00Z"], False),
        (["before=team/app:v1"], False),
    ],
)
def test_filters(
    registry: ScriptedRegistry, image: Content, local: str, filters: list[str], is_shown: bool
) -> None:
    registry.put("team/app", image, "v1")
    ocitool("pull", local, PLAIN, "-q", f"{registry.host}/team/app:v1")
    options = [f"--filter={each}" for each in filters]
    assert bool(ocitool("images", local, "-q", *options).stdout) is is_shown


def test_usage(local: str) -> None:
    assert ocitool("images", local, "--filter", "colour=red").returncode == 64
    assert ocitool("pull", local, "--platform=linux/arm64", "--arch=arm64", "x").returncode == 64


def test_an_image_that_is_not_there_is_not_found(registry: ScriptedRegistry, local: str) -> None:
    done = ocitool("pull", local, PLAIN, f"{registry.host}/team/none:v1")
    assert (done.returncode, done.stdout) == (2, "")


@pytest.fixture
def pulled(registry: ScriptedRegistry, image: Content, local: str) -> str:
    registry.put("team/app", image, "v1")
    done = ocitool("pull", local, PLAIN, "-q", f"{registry.host}/team/app:v1")
    return done.stdout.strip()


def test_names_are_given_and_taken_away(local: str, pulled: str) -> None:
    assert ocitool("tag", local, "team/app:v1", "app", "registry.example/x:2").returncode == 0
    rows = ocitool("images", local, "--format", "{{.Repository}}:{{.Tag}}").stdout.split()
    assert "localhost/app:latest" in rows
    assert "registry.example/x:2" in rows
    assert ocitool("untag", local, pulled[:12], "app").returncode == 0
    assert "localhost/app" not in ocitool("images", local).stdout
    assert ocitool("untag", local, pulled[:12]).returncode == 0
    assert ocitool("images", local, "-q", "--filter", "dangling=true").stdout == f"{pulled[:12]}\n"
    assert ocitool("tag", local, "nothing", "app").returncode == 2
    assert ocitool("tag", local, pulled, "App").returncode == 64


def test_an_image_is_removed_with_its_last_name(registry: ScriptedRegistry, local: str, pulled: str) -> None:
    name = f"{registry.host}/team/app:v1"
    ocitool("tag", local, pulled, "app:2")
    refused = ocitool("rmi", local, pulled)
    assert refused.returncode == 1
    assert "more than one name" in refused.stderr
    assert ocitool("rmi", local, "app:2").stdout == "Untagged: localhost/app:2\n"
    assert ocitool("rmi", local, name).stdout == f"Untagged: {name}\nDeleted: {pulled}\n"
    assert ocitool("rmi", local, name).returncode == 2
    assert ocitool("rmi", local, "-i", name).returncode == 0
    assert ocitool("images", local, "-q").stdout == ""
    assert ocitool("rmi", local).returncode == 64


def test_history_is_told_from_the_last_step_on(local: str, pulled: str) -> None:
    rows = ocitool("history", local, "--format", "{{.ID}} {{.Size}}", pulled).stdout.splitlines()
    assert rows == [f"{pulled[:12]} 205 kB", "<missing> 10.2 kB"]
    (last, _) = json.loads(ocitool("history", local, "--format", "json", pulled).stdout)
    assert (last["id"], last["size"], last["created"]) == (pulled, 204_800, "2026-01-01T00:00:00Z")


def test_an_image_is_pushed_as_it_came(
    registry: ScriptedRegistry, image: Content, local: str, pulled: str, tmp_path: Path
) -> None:
    target = f"{registry.host}/other/app:v2"
    pushed = ocitool("push", local, PLAIN, "-q", f"--digestfile={tmp_path}/digest", pulled, target)
    assert (pushed.returncode, pushed.stderr) == (0, "")
    assert registry.content("other/app", "v2") == image.raw
    assert (tmp_path / "digest").read_text() == str(image.digest)
    assert ocitool("push", local, PLAIN, pulled).returncode == 64


def test_the_store_is_looked_after(tmp_path: Path, local: str, pulled: str) -> None:
    assert ocitool("system", "df", local).stdout.split()[:5] == [
        "TYPE",
        "TOTAL",
        "ACTIVE",
        "SIZE",
        "RECLAIMABLE",
    ]
    assert pulled[:12] in ocitool("system", "df", "-v", local).stdout
    assert (ocitool("system", "check", local).returncode, ocitool("system", "check", local).stdout) == (0, "")
    blob = tmp_path / "store/blobs/sha256" / pulled
    blob.write_bytes(b"x")
    found = ocitool("system", "check", local)
    assert found.returncode == 5
    assert pulled in found.stdout
    assert ocitool("system", "prune", local).returncode == 130  # nobody answers the question
    pruned = ocitool("system", "prune", "-a", "-f", local)
    assert pruned.stdout.splitlines()[0] == pulled
    assert pruned.stdout.splitlines()[1].startswith("Total reclaimed space: ")
    assert list((tmp_path / "store/blobs/sha256").iterdir()) == []
    assert list((tmp_path / "store/snapshots").iterdir()) == []


@pytest.mark.usefixtures("root")
def test_an_image_is_mounted(tmp_path: Path, local: str, pulled: str) -> None:
    mounted = ocitool("mount", local, pulled)
    assert mounted.returncode == 0, mounted.stderr
    path = mounted.stdout.strip()
    try:
        assert ocitool("mount", local).stdout.split()[-1] == path
        assert Path(path, "etc/os-release").read_text(encoding="ascii") == "ID=test\n"
        assert ocitool("rmi", local, pulled).returncode == 9
    finally:
        done = ocitool("unmount", local, pulled)
    assert done.stdout == f"{pulled}\n"
    assert ocitool("unmount", local, pulled).returncode == 2


@pytest.mark.parametrize("form", ["docker-archive", "oci-archive"])
def test_what_is_saved_is_loaded_again(
    registry: ScriptedRegistry, local: str, pulled: str, tmp_path: Path, form: str
) -> None:
    name, archive = f"{registry.host}/team/app:v1", tmp_path / "images.tar"
    ocitool("tag", local, pulled, "app:2")
    saved = ocitool("save", local, "-m", f"--format={form}", "-o", str(archive), name, "app:2")
    assert (saved.returncode, saved.stdout, saved.stderr) == (0, "", "")
    other = f"--root={tmp_path}/other"
    loaded = ocitool("load", other, "-q", "-i", str(archive))
    assert loaded.returncode == 0, loaded.stderr
    assert sorted(set(loaded.stdout.splitlines())) == sorted(
        [f"Loaded image: {name}", "Loaded image: localhost/app:2"]
    )
    assert ocitool("images", other, "-q", "--no-trunc").stdout == f"sha256:{pulled}\n"
    assert ocitool("system", "check", other).returncode == 0


def test_an_archive_passes_through_pipes(local: str, pulled: str, tmp_path: Path) -> None:
    ocitool("tag", local, pulled, "app:2")
    with (tmp_path / "images.tar").open("w+", encoding="latin-1") as archive:
        assert ocitool("save", local, "app:2", stdout=archive).returncode == 0
    other = f"--root={tmp_path}/other"
    script = f"{sys.executable} -m ocitool load {other} -q < {tmp_path}/images.tar"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "Loaded image: localhost/app:2\n"), done.stderr


def test_a_file_system_becomes_an_image_and_an_archive_again(tmp_path: Path, local: str) -> None:
    archive, output = tmp_path / "tree.tar", tmp_path / "out.tar"
    archive.write_bytes(tar(folder("./"), folder("etc"), file("etc/passwd", b"root\n")))
    options = ["-c", "CMD=/bin/app", "-c", "ENV A=b C=d", "-m", "hello", "--arch=arm64"]
    done = ocitool("import", local, *options, str(archive), "app:2")
    assert (done.returncode, done.stderr) == (0, "")
    assert ocitool("images", local, "-q", "--no-trunc").stdout == done.stdout
    described = ocitool("inspect", local, "--config", "store:localhost/app:2").stdout
    config = json.loads(described)
    assert (config["architecture"], config["config"]["Env"]) == ("arm64", ["A=b", "C=d"])
    assert ocitool("history", local, "app:2", "--format", "{{.Comment}}").stdout == "hello\n"
    with archive.open(encoding="latin-1") as stdin:
        script = [sys.executable, "-m", "ocitool", "import", local, "-q", "-", "other"]
        assert subprocess.run(script, stdin=stdin, stdout=subprocess.PIPE, check=True, timeout=60).stdout
    assert ocitool("export", local, "app:2", "-o", str(output)).returncode == 0
    with (tmp_path / "piped.tar").open("w+", encoding="latin-1") as stream:
        assert ocitool("export", local, "other", stdout=stream).returncode == 0
    assert output.read_bytes() == (tmp_path / "piped.tar").read_bytes()
    apply(tmp_path / "before", archive.read_bytes())
    apply(tmp_path / "after", output.read_bytes())
    assert listing(tmp_path / "before") == listing(tmp_path / "after")


def test_what_is_not_understood_changes_no_file(tmp_path: Path, local: str) -> None:
    output = tmp_path / "out.tar"
    output.write_bytes(b"mine")
    assert ocitool("export", local, "none", "-o", str(output)).returncode == 2
    assert (output.read_bytes(), list(tmp_path.iterdir())) == (b"mine", [output])
    assert ocitool("import", local, "-c", "ONBUILD RUN x", "-").returncode == 64
    assert ocitool("import", local, str(tmp_path / "none.tar")).returncode == 7


def test_all_tags_are_pulled(registry: ScriptedRegistry, index: Content, image: Content, local: str) -> None:
    registry.put("team/app", index, "v1")
    registry.put("team/app", image, "v2", "v3")
    done = ocitool("pull", local, PLAIN, "-q", "--all-tags", f"{registry.host}/team/app")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [image.leaves[0].descriptor.digest.encoded] * 3
    listed = ocitool("images", local, "--format", "{{.Tag}}").stdout.split()
    assert sorted(listed) == ["v1", "v2", "v3"]
    assert ocitool("pull", local, PLAIN, "-q", "-a", f"{registry.host}/team/app:v1").returncode == 64


def test_a_push_converts_on_request(registry: ScriptedRegistry, local: str, pulled: str) -> None:
    target = f"{registry.host}/team/docker:v1"
    done = ocitool("push", local, PLAIN, "-q", "--format=v2s2", "--compression-level=9", pulled, target)
    assert done.returncode == 0, done.stderr
    manifest = json.loads(registry.content("team/docker", "v1"))
    assert manifest["mediaType"] == "application/vnd.docker.distribution.manifest.v2+json"
    target = f"{registry.host}/team/zstd:v1"
    options = ["--compression-format=zstd", "--force-compression"]
    assert ocitool("push", local, PLAIN, "-q", *options, pulled, target).returncode == 0
    manifest = json.loads(registry.content("team/zstd", "v1"))
    assert {layer["mediaType"].rpartition("+")[2] for layer in manifest["layers"]} == {"zstd"}
    assert ocitool("push", local, PLAIN, "--force-compression", pulled, target).returncode == 64


def test_directories_are_saved_and_loaded(local: str, pulled: str, tmp_path: Path) -> None:
    ocitool("tag", local, pulled, "app:2", "other")
    other = f"--root={tmp_path}/other"
    layout, folder = tmp_path / "layout", tmp_path / "folder"
    saved = ocitool("save", local, "-m", "--format=oci-dir", "-o", str(layout), "app:2", "other")
    assert saved.returncode == 0, saved.stderr
    loaded = ocitool("load", other, "-q", "-i", str(layout)).stdout
    assert "Loaded image: localhost/app:2\n" in loaded
    assert "Loaded image: localhost/other:latest\n" in loaded
    assert ocitool("save", local, "--format=docker-dir", "-o", str(folder), "app:2").returncode == 0
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert manifest["mediaType"] == "application/vnd.docker.distribution.manifest.v2+json"
    assert ocitool("load", other, "-q", "-i", str(folder)).stdout == f"Loaded image: sha256:{pulled}\n"
    for options in (["--format=docker-dir", "-m", "app:2", "other"], ["--compress", "app:2"]):
        assert ocitool("save", local, *options, "-o", str(tmp_path / "x")).returncode == 64
