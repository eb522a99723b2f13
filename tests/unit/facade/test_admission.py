"""Which images a policy rejects, and of which it demands something, before anybody is asked."""

from __future__ import annotations

import pytest

from oci.errors import Forbidden
from oci.facade.admission import admit, scopes_of
from oci.frozen import replace
from oci.settings import Settings
from oci.settings.policy import (
    AcceptAnything,
    Keys,
    MatchExact,
    Policy,
    Reject,
    Requirement,
    SignedBaseLayer,
    SignedBy,
    SigstoreSigned,
)
from oci.transports.name import ImageName

NAME = ImageName.parse("docker://r.example/app:1")
KEYS = Keys(paths=("/k",))


def settings(*requirements: Requirement) -> Settings:
    return Settings(policy=Policy(default=requirements, path="/etc/policy.json"))


def test_without_a_policy_and_with_one_that_accepts_everything_images_are_let_in() -> None:
    assert admit(NAME, Settings()).ruling is None
    assert admit(NAME, settings(AcceptAnything(), AcceptAnything())).ruling is None


def test_what_can_be_judged_is_demanded() -> None:
    requirement = SignedBy(key_type="GPGKeys", keys=KEYS, identity=MatchExact())
    admission = admit(NAME, settings(AcceptAnything(), requirement))
    assert admission.ruling is not None and admission.ruling.requirements[1] == requirement


@pytest.mark.parametrize(
    "requirement",
    [
        SignedBy(key_type="signedByX509CAs", keys=KEYS, identity=MatchExact()),
        SignedBaseLayer(identity=MatchExact()),
    ],
)
def test_what_nobody_can_judge_is_refused(requirement: Requirement) -> None:
    with pytest.raises(Forbidden, match="needs signatures") as caught:
        admit(NAME, settings(AcceptAnything(), requirement))
    assert (caught.value.path, caught.value.key) == ("/etc/policy.json", "default")


@pytest.mark.parametrize("known", [Settings(), settings(AcceptAnything())])
def test_where_signatures_are_required_it_is_not_enough_that_nothing_is_demanded(known: Settings) -> None:
    with pytest.raises(Forbidden, match="no signature proves it"):
        admit(NAME, replace(known, requires_signature=True))
    requirement = SignedBy(key_type="GPGKeys", keys=KEYS, identity=MatchExact())
    demanding = settings(AcceptAnything(), requirement)
    assert admit(NAME, replace(demanding, requires_signature=True)).ruling is not None


def test_one_rejection_is_enough() -> None:
    with pytest.raises(Forbidden, match="rejects it"):
        admit(NAME, settings(AcceptAnything(), SigstoreSigned(signer=KEYS), Reject()))


def test_an_image_by_digest_is_in_the_scope_of_its_repository() -> None:
    policy = Policy(default=(AcceptAnything(),), transports={"docker": {"r.example/app": (Reject(),)}})
    with pytest.raises(Forbidden):
        admit(ImageName.parse("docker://r.example/app@sha256:" + "a" * 64), Settings(policy=policy))


@pytest.mark.parametrize(
    ("name", "scopes"),
    [
        ("docker://busybox", ("docker.io/library/busybox:latest", "docker.io/library/busybox")),
        ("docker-daemon:busybox:1", ("docker.io/library/busybox:1", "docker.io/library/busybox")),
        ("docker-daemon:sha256:" + "a" * 64, ()),
        ("docker-archive:/tmp/x.tar", ()),
        ("oci:/a/b:1", ("/a/b", "/a")),
        ("dir:/a/b:1", ("/a/b:1", "/a")),
    ],
)
def test_scopes_of_each_transport(name: str, scopes: tuple[str, ...]) -> None:
    assert scopes_of(ImageName.parse(name))[: len(scopes) or None] == scopes


def test_a_tag_that_was_chosen_later_is_in_its_scope() -> None:
    """As `oci.sync` names the images of a repository."""
    assert scopes_of(ImageName("docker", "r.example/app", "v2"))[0] == "r.example/app:v2"


def test_a_directory_is_in_the_scope_of_those_above_it() -> None:
    policy = Policy(default=(AcceptAnything(),), transports={"oci": {"/srv": (Reject(),)}})
    for path in ("/srv/images/app", "/srv/../srv/x"):
        with pytest.raises(Forbidden):
            admit(ImageName.parse(f"oci:{path}:1"), Settings(policy=policy))
    admit(ImageName.parse("oci:/srvx:1"), Settings(policy=policy))
