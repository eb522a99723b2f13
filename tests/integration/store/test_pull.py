"""Pulling: what is moved, what is unpacked, and what is left when it fails."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from oci import PullPolicy, pull
from oci.errors import CopyError, DigestMismatch, Forbidden, NotFound
from oci.frozen import replace
from oci.settings.policy_file import parse_policy
from oci.store.chain import chain_ids
from oci.store.image import find_image, list_images
from oci.testing import Content, build_image, fault, layer, random_layer
from oci.transfer import CopyOptions
from tests.integration.layers.image import write_layout
from tests.integration.layers.material import file, folder, member, tar

if TYPE_CHECKING:
    from pathlib import Path

    from oci import Context
    from oci.store import ImageStore
    from oci.testing import ScriptedRegistry

QUICK = CopyOptions(retry_delay_s=0.001)


def blobs_asked(registry: ScriptedRegistry) -> list[str]:
    return sorted(request.path.rpartition("/")[2] for request in registry.asked("GET", "*/blobs/*"))


def layers_of(image: Content) -> list[str]:
    return [str(blob.descriptor.digest) for blob in image.leaves[1:]]


def test_an_image_is_there_by_name_and_digest_and_unpacked(
    registry: ScriptedRegistry, context: Context, index: Content, image: Content, store: ImageStore
) -> None:
    registry.put("team/app", index, "v1")
    pulled = pull(f"{registry.host}/team/app:v1", context=context)
    name = f"{registry.host}/team/app"
    assert pulled.image.tags == (f"{name}:v1",)
    assert set(pulled.image.repo_digests) == {f"{name}@{index.digest}", f"{name}@{image.digest}"}
    assert pulled.image.image_id == image.leaves[0].descriptor.digest
    stack = store.snapshots.stack(store.catalogue.chains(image.digest))
    assert stack is not None
    files = [
        sorted(str(p.relative_to(s.directory)) for p in s.directory.rglob("*") if p.is_file()) for s in stack
    ]
    assert files == [["etc/os-release", "usr/bin/x"], ["random-1"], ["usr/bin/y"]]
    assert (stack[0].directory / "usr/bin/x").read_bytes() == b"x" * 1000


def test_a_repeated_pull_moves_nothing_and_one_that_shares_layers_moves_the_others(
    registry: ScriptedRegistry, context: Context, image: Content, store: ImageStore
) -> None:
    newer = build_image(
        [
            layer({"etc/os-release": b"ID=test\n", "usr/bin/x": b"x" * 1000}),
            random_layer(300_000, seed=1),
            layer({"new": b"new"}),
        ]
    )
    registry.put("team/app", image, "v1")
    registry.put("team/app", newer, "v2")
    first = pull(f"{registry.host}/team/app:v1", context=context)
    again = pull(f"{registry.host}/team/app:v1", context=context)
    assert first.result is not None
    assert again.result is not None
    assert again.result.moved == 0
    before = blobs_asked(registry)
    pull(f"{registry.host}/team/app:v2", context=context)
    assert sorted([*before, *layers_of(newer)[2:], str(newer.leaves[0].descriptor.digest)]) == blobs_asked(
        registry
    )
    assert len(store.snapshots.all()) == 4


def test_directories_without_an_entry_look_like_those_below(
    tmp_path: Path, context: Context, store: ImageStore
) -> None:
    below = tar(folder("srv", mode=0o2750, mtime=5), folder("srv/a", mode=0o700, mtime=7), file("srv/a/x"))
    above = tar(file("srv/a/y"), member("srv/a/.wh.x"))
    hiding = tar(member(".wh.srv"), file("srv/a/z"))
    write_layout(tmp_path / "layout", [below, above, hiding])
    digest = pull(f"oci:{tmp_path}/layout:v1", context=context).image.digest
    stack = store.snapshots.stack(store.catalogue.chains(digest))
    assert stack is not None
    srv, inner = (stack[1].directory / name for name in ("srv", "srv/a"))
    assert (srv.stat().st_mode & 0o7777, srv.stat().st_mtime) == (0o2750, 5)
    assert (inner.stat().st_mode & 0o7777, inner.stat().st_mtime) == (0o700, 7)
    assert stack[1].directory.stat().st_mode & 0o7777 == 0o755
    # What a whiteout has hidden gives nothing away to what comes in its place.
    assert (stack[2].directory / "srv/a").stat().st_mode & 0o7777 == 0o755


def test_a_corrupt_layer_leaves_no_name_and_a_repeat_succeeds(
    registry: ScriptedRegistry, context: Context, image: Content, store: ImageStore
) -> None:
    registry.put("team/app", image, "v1")
    large = layers_of(image)[1]
    registry.script(fault.corrupt(100_000), path=f"*/blobs/{large}")
    with pytest.raises(CopyError) as caught:
        pull(f"{registry.host}/team/app:v1", options=QUICK, context=context)
    assert isinstance(caught.value.__cause__, DigestMismatch)
    assert list_images(store) == []
    registry.unscript()
    pulled = pull(f"{registry.host}/team/app:v1", context=context)
    assert find_image(store, f"{registry.host}/team/app:v1")[0].digest == pulled.image.digest == image.digest


def test_a_download_that_breaks_off_is_unpacked_all_the_same(
    registry: ScriptedRegistry, context: Context, image: Content, store: ImageStore
) -> None:
    registry.put("team/app", image, "v1")
    registry.script(fault.cut(100_000), path=f"*/blobs/{layers_of(image)[1]}", times=1)
    pull(f"{registry.host}/team/app:v1", options=QUICK, context=context)
    assert store.snapshots.stack(store.catalogue.chains(image.digest)) is not None


def test_a_layer_that_is_something_else_than_its_diff_id_says_is_refused(
    tmp_path: Path, context: Context, store: ImageStore
) -> None:
    raw = tar(file("a"))
    write_layout(tmp_path / "layout", [raw], diff_ids=[f"sha256:{'0' * 64}"])
    with pytest.raises(CopyError) as caught:
        pull(f"oci:{tmp_path}/layout:v1", context=context)
    assert isinstance(caught.value.__cause__, DigestMismatch)
    assert store.snapshots.all() == []
    assert [path.name for path in store.place.snapshots.iterdir()] == []


def test_what_the_policy_rejects_is_not_asked_for(
    registry: ScriptedRegistry, context: Context, image: Content
) -> None:
    registry.put("team/app", image, "v1")
    assert context.settings is not None
    strict = replace(
        context.settings, policy=parse_policy(b'{"default": [{"type": "reject"}]}', path="policy")
    )
    with pytest.raises(Forbidden):
        pull(f"{registry.host}/team/app:v1", context=replace(context, settings=strict))
    assert registry.asked("GET", "*") == []


def test_policies_of_pulling(registry: ScriptedRegistry, context: Context, image: Content) -> None:
    registry.put("team/app", image, "v1")
    name = f"{registry.host}/team/app:v1"
    with pytest.raises(NotFound):
        pull(name, policy=PullPolicy.NEVER, context=context)
    assert registry.asked("GET", "*") == []
    assert pull(name, policy=PullPolicy.MISSING, context=context).result is not None
    asked = len(registry.asked("GET", "*"))
    for policy in (PullPolicy.NEVER, PullPolicy.MISSING):
        assert pull(name, policy=policy, context=context).image.digest == image.digest
    assert len(registry.asked("GET", "*")) == asked


def test_newer_makes_do_with_what_is_there(
    registry: ScriptedRegistry, context: Context, image: Content
) -> None:
    registry.put("team/app", image, "v1")
    name = f"{registry.host}/team/app:v1"
    pull(name, context=context)
    registry.script(fault.reset(), path="*")
    assert context.settings is not None
    hasty = replace(context, settings=replace(context.settings, attempts=1))
    assert pull(name, policy=PullPolicy.NEWER, context=hasty).image.digest == image.digest
    with pytest.raises(CopyError):
        pull(name, context=hasty)


def test_two_pulls_at_once_download_everything_once(
    registry: ScriptedRegistry, image: Content, tmp_path: Path, store: ImageStore
) -> None:
    registry.put("team/app", image, "v1")
    command = [sys.executable, "-m", "ocitool", "--root", str(store.place.root), "pull", "--tls-verify=false"]
    pulls = [
        subprocess.Popen(
            [*command, f"{registry.host}/team/app:v1"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ,
        )
        for _ in range(3)
    ]
    answers = [each.communicate(timeout=60) for each in pulls]
    assert [each.returncode for each in pulls] == [0, 0, 0], answers
    identity = image.leaves[0].descriptor.digest.encoded
    assert {out for out, _ in answers} == {f"{identity}\n".encode()}
    # The configuration is small, and read ahead by each of them.
    moved = [digest for digest in blobs_asked(registry) if not digest.endswith(identity)]
    assert moved == sorted(layers_of(image))
    assert len(store.snapshots.all()) == 3


def test_layers_of_an_image_that_was_copied_are_unpacked_when_it_is_pulled(
    registry: ScriptedRegistry, context: Context, image: Content, store: ImageStore
) -> None:
    registry.put("team/app", image, "v1")
    name = f"{registry.host}/team/app:v1"
    image.write_to(store.place.root / "elsewhere", "v1")
    for blob in image.leaves:
        store.blobs.put(blob.descriptor, blob.data)
    assert store.snapshots.all() == []
    assert pull(name, context=context).image.is_unpacked
    assert blobs_asked(registry) == [str(image.leaves[0].descriptor.digest)]
    diff_ids = [blob.diff_id for blob in image.leaves[1:] if blob.diff_id is not None]
    assert [snapshot.chain_id for snapshot in store.snapshots.all()] == list(chain_ids(diff_ids))
