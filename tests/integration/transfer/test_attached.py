"""Signatures and their like come along, whatever both registries can do about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import oci
from oci.errors import Unsupported
from oci.spec import parse_document
from oci.spec.attachment import cosign_tag, fallback_tag
from oci.testing import build_artifact, build_image, build_index, fault, layer, random_layer
from oci.transports.layout.store import LayoutStore
from tests.integration.transfer.conftest import Copier, assert_holds, failing

if TYPE_CHECKING:
    from pathlib import Path

    from oci.testing import Content, ScriptedRegistry

INDEX = build_index(
    {
        "linux/amd64": build_image([layer({"a": b"1"})]),
        "linux/arm64": build_image([layer({"b": b"2"})], platform="linux/arm64"),
    }
)
SIGNATURE = build_artifact("application/vnd.example.signature", b"1", subject=INDEX.root)
BILL = build_artifact("application/vnd.example.sbom", b"2", subject=INDEX.parts[0].root)
OF_THE_BILL = build_artifact("application/vnd.example.signature", b"3", subject=BILL.root)
COSIGNED = build_artifact("application/vnd.example.cosign", b"4")
SUBJECTS = {SIGNATURE.digest: INDEX, BILL.digest: INDEX.parts[0], OF_THE_BILL.digest: BILL}
COSIGN_TAG = cosign_tag(INDEX.digest, "sig")


def put_everything(registry: ScriptedRegistry, *, by: str) -> None:
    """Put the index and what is attached to it, listed by the API or under fallback tags."""
    registry.put("app", INDEX, "signed")
    registry.put("app", COSIGNED, COSIGN_TAG)
    for each in (SIGNATURE, BILL, OF_THE_BILL):
        registry.put("app", each)
        if by == "tag":
            registry.put("app", build_index([each]), fallback_tag(SUBJECTS[each.digest].digest))
    if by == "tag":
        registry.script(fault.no_referrers())


@pytest.mark.parametrize("there", ["api", "tag"])
@pytest.mark.parametrize("here", ["api", "tag"])
def test_everything_attached_comes_along(
    origin: ScriptedRegistry, goal: ScriptedRegistry, copier: Copier, here: str, there: str
) -> None:
    put_everything(origin, by=here)
    if there == "tag":
        goal.script(fault.no_referrers())
    result = copier.copy(
        f"docker://{origin.host}/app:signed", f"docker://{goal.host}/app:signed", referrers=True
    )
    everything = (SIGNATURE, BILL, OF_THE_BILL, COSIGNED)
    assert {link.digest for link in result.attached} == {each.digest for each in everything}
    for each in everything:
        assert_arrived(goal, each)
    assert goal.content("app", COSIGN_TAG) == COSIGNED.raw
    if there == "tag":
        for each in (SIGNATURE, BILL, OF_THE_BILL):
            index = parse_document(goal.content("app", fallback_tag(SUBJECTS[each.digest].digest)))
            assert [child.digest for child in index.children] == [each.digest]
    puts = [x.path.rpartition("/")[2] for x in goal.asked("PUT", "*/manifests/*")]
    assert puts[-1] == "signed", "the name comes after everything that vouches for it"


def assert_arrived(registry: ScriptedRegistry, content: Content) -> None:
    assert registry.content("app", content.digest) == content.raw
    assert all(registry.has_blob("app", leaf.descriptor.digest) for leaf in content.leaves)


def test_into_a_layout_and_out_again(
    origin: ScriptedRegistry, goal: ScriptedRegistry, copier: Copier, tmp_path: Path
) -> None:
    put_everything(origin, by="tag")
    layout = f"oci:{tmp_path / 'layout'}:signed"
    copier.copy(f"docker://{origin.host}/app:signed", layout, referrers=True)
    copier.copy(layout, f"docker://{goal.host}/app:signed", referrers=True)
    for each in (SIGNATURE, BILL, OF_THE_BILL):
        assert_arrived(goal, each)
    assert goal.content("app", COSIGN_TAG) == COSIGNED.raw
    store = LayoutStore.at(tmp_path / "layout")
    assert store.document(OF_THE_BILL.root) == OF_THE_BILL.raw
    store.close()


def test_nothing_attached_is_asked_for_unless_wanted(
    origin: ScriptedRegistry, goal: ScriptedRegistry, copier: Copier
) -> None:
    put_everything(origin, by="api")
    result = copier.copy(f"docker://{origin.host}/app:signed", f"docker://{goal.host}/app:signed")
    assert result.attached == ()
    assert not origin.asked(path="*/referrers/*")


def test_an_image_with_longer_digests_is_copied_with_its_signature(
    origin: ScriptedRegistry, goal: ScriptedRegistry, copier: Copier
) -> None:
    image = build_image([random_layer(100_000, algorithm="sha512")], algorithm="sha512")
    signature = build_artifact(
        "application/vnd.example.signature", b"1", subject=image.root, algorithm="sha512"
    )
    origin.put("long", image, "v1")
    origin.put("long", signature)
    copier.copy(f"docker://{origin.host}/long:v1", f"docker://{goal.host}/long:v1", referrers=True)
    assert_holds(goal, "long", image, "v1")
    assert goal.content("long", signature.digest) == signature.raw


def test_what_speaks_of_an_index_can_be_left_behind_and_what_speaks_of_its_images_comes_along(
    origin: ScriptedRegistry, goal: ScriptedRegistry, copier: Copier
) -> None:
    put_everything(origin, by="api")
    names = (f"docker://{origin.host}/app:signed", f"docker://{goal.host}/app:signed")
    result = copier.copy(*names, referrers=True, leaves_indexes_bare=True)
    assert {link.digest for link in result.attached} == {BILL.digest, OF_THE_BILL.digest}
    assert not goal.asked("PUT", f"*/manifests/{COSIGN_TAG}")


def test_entries_are_not_taken_out_of_an_index_that_things_are_attached_to(
    origin: ScriptedRegistry, goal: ScriptedRegistry, copier: Copier
) -> None:
    put_everything(origin, by="api")
    names = (f"docker://{origin.host}/app:signed", f"docker://{goal.host}/app:signed")
    one = oci.Subset((oci.Platform.parse("linux/amd64"),), rewrite=True)
    refused = failing(copier, *names, selection=one, referrers=True)
    assert isinstance(refused, Unsupported) and "things are attached to it" in refused.message
    assert not goal.asked("POST") and not goal.asked("PUT")
    result = copier.copy(*names, selection=one, referrers=True, leaves_indexes_bare=True)
    assert {link.digest for link in result.attached} == {BILL.digest, OF_THE_BILL.digest}
