"""Images of the local store and podman's: saved by one, loaded by the other, shown in the same words."""

from __future__ import annotations

import json
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from oci.testing import build_image, layer, random_layer
from tests.integration.layers.material import file, folder, symlink, tar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.interop.client import Ours
    from tests.interop.podman import Podman

pytestmark = pytest.mark.interop

NAME = "localhost/store/app:1"
FORMS = ("docker-archive", "oci-archive", "oci-dir", "docker-dir")
TREE = tar(folder("etc"), file("etc/passwd", b"root\n"), symlink("etc/link", "passwd"), file("x" * 120, b"y"))


@pytest.fixture
def store(ours: Ours, tmp_path: Path) -> Callable[..., str]:
    """Return our program, on a store of its own."""
    return lambda *words: ours.run(f"--root={tmp_path}/store", *words).decode()


@pytest.fixture
def engine(empty_podman: Podman) -> Callable[..., str]:
    """Return podman, whose lists show what the test has put into it and nothing else."""
    return lambda *words: empty_podman.run(*words).decode()


@pytest.fixture
def image_id(store: Callable[..., str], tmp_path: Path) -> str:
    """Put an image into our store: layers of some size, a long step, and one that made no layer."""
    content = build_image(
        [random_layer(3_000_000, seed=7), layer({"etc/x": b"1"})],
        config={"Labels": {"who": "me", "a": "b"}, "Cmd": ["/bin/x"]},
    )
    content.write_to(tmp_path / "layout", NAME)
    return store("pull", "-q", f"oci:{tmp_path}/layout:{NAME}").strip()


def test_what_we_save_podman_loads_and_shows_as_we_do(
    store: Callable[..., str], engine: Callable[..., str], image_id: str, tmp_path: Path
) -> None:
    store("save", "-o", tmp_path / "image.tar", NAME)
    assert engine("load", "-i", tmp_path / "image.tar") == f"Loaded image: {NAME}\n"
    for words in (
        ["images"],
        ["images", "-q"],
        ["images", "-q", "--no-trunc"],
        ["images", "--noheading"],
        ["images", "--format", "{{.Repository}}|{{.Tag}}|{{.Id}}|{{.Size}}|{{.CreatedAt}}|{{.Labels}}"],
        ["images", "--format", "table {{.ID}} {{.Created}} {{.Dangling}} {{.Names}}"],
        ["history", NAME],
        ["history", "--no-trunc", NAME],
        ["history", "-q", NAME],
        [
            "history",
            "--human=false",
            "--format",
            "{{.ID}} {{.Created}}",
            NAME,
        ],  # sizes stay as they are to podman
        ["history", "--format", "json", NAME],
        ["history", "--format", "{{.ID}} {{.Size}} {{.CreatedBy}}", NAME],
    ):
        assert store(*words) == engine(*words), words
    for words in (["tag", NAME, "other:2"], ["untag", image_id, NAME], ["untag", image_id]):
        assert store(*words) == engine(*words), words
        # Rows of one image's names are in the order of the alphabet here, in none that is told there.
        assert sorted(store("images").splitlines()) == sorted(engine("images").splitlines())
    assert store("rmi", image_id) == engine("rmi", image_id)
    assert store("images") == engine("images")


@pytest.mark.parametrize("form", FORMS)
def test_each_form_goes_both_ways(
    store: Callable[..., str], engine: Callable[..., str], image_id: str, tmp_path: Path, form: str
) -> None:
    store("save", f"--format={form}", "-o", tmp_path / "ours", NAME)
    engine("load", "-q", "-i", tmp_path / "ours")
    assert engine("images", "-q", "--no-trunc") == f"sha256:{image_id}\n"
    engine("tag", image_id, NAME)
    engine("save", "-q", f"--format={form}", "-o", tmp_path / "theirs", NAME)
    store("rmi", "--all")
    store("load", "-q", "-i", tmp_path / "theirs")
    assert store("images", "-q", "--no-trunc") == f"sha256:{image_id}\n"
    assert store("system", "check") == ""


def config_of(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return {
        "platform": (found["os"], found["architecture"]),
        "config": found["config"],
        "diff_ids": found["rootfs"]["diff_ids"],
        "comments": [step.get("comment") for step in found["history"]],
    }


def test_an_import_says_what_podman_says(
    store: Callable[..., str], engine: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "tree.tar").write_bytes(TREE)
    words = ["import", "-q", "--arch=arm64", "-m", "hello"]
    for change in (
        *("CMD=/bin/x", 'CMD ["/bin/x", "y"]', "ENTRYPOINT /bin/e", "ENV A=b", "EXPOSE 80", "EXPOSE 53/udp"),
        *("LABEL who=me", "STOPSIGNAL 3", "USER 1:2", "VOLUME /v", "WORKDIR /srv"),
    ):
        words += ["--change", change]
    store(*words, tmp_path / "tree.tar", NAME)
    engine(*words, tmp_path / "tree.tar", NAME)
    engine("save", "-q", "--format=oci-dir", "-o", tmp_path / "theirs", NAME)
    ours = config_of(store("inspect", "--config", f"store:{NAME}"))
    assert ours == config_of(
        store("inspect", "--config", "--override-arch=arm64", f"oci:{tmp_path}/theirs:{NAME}")
    )


def members(path: Path) -> dict[str, tuple[object, ...]]:
    with tarfile.open(path) as archive:
        return {
            each.name: (
                each.type,
                each.mode & 0o7777,
                each.uid,
                each.gid,
                each.mtime,
                each.size,
                each.linkname,
            )
            for each in archive
            if each.name != "."
        }


def test_an_export_is_that_of_a_container_that_was_just_made(
    store: Callable[..., str], engine: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "tree.tar").write_bytes(TREE)
    store("import", "-q", "-c", "CMD /bin/x", tmp_path / "tree.tar", NAME)
    store("export", NAME, "-o", tmp_path / "ours.tar")
    engine("import", "-q", "-c", "CMD /bin/x", tmp_path / "ours.tar", NAME)
    container = engine("create", "--network=none", NAME).strip()
    engine("export", "-o", tmp_path / "theirs.tar", container)
    engine("rm", container)
    assert members(tmp_path / "ours.tar") == members(tmp_path / "theirs.tar")
    store("import", "-q", tmp_path / "theirs.tar", "back")
    store("export", "back", "-o", tmp_path / "back.tar")
    assert members(tmp_path / "ours.tar") == members(tmp_path / "back.tar")
