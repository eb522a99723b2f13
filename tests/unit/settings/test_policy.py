"""Which part of a policy speaks for an image."""

from __future__ import annotations

import pytest

from oci.settings.policy import AcceptAnything, Policy, Reject
from oci.settings.policy_scope import fault_of_scope, scopes_of_path, scopes_of_reference
from oci.spec import Digest, Reference

DIGEST = Digest.parse("sha256:" + "a" * 64)


def test_scopes_of_a_name_go_from_the_image_to_the_domain() -> None:
    assert scopes_of_reference(Reference.parse("a.b.example:5000/team/app:1")) == (
        "a.b.example:5000/team/app:1",
        "a.b.example:5000/team/app",
        "a.b.example:5000/team",
        "a.b.example:5000",
        "*.b.example",
        "*.example",
    )


def test_scopes_are_those_of_the_full_name() -> None:
    assert scopes_of_reference(Reference.parse("busybox:1")) == (
        "docker.io/library/busybox:1",
        "docker.io/library/busybox",
        "docker.io/library",
        "docker.io",
        "*.io",
    )


def test_an_image_with_tag_and_digest_is_in_the_scopes_of_both() -> None:
    scopes = scopes_of_reference(Reference.parse(f"localhost/app:1@{DIGEST}"))
    assert scopes == (f"localhost/app@{DIGEST}", "localhost/app:1", "localhost/app", "localhost")


def test_an_address_is_in_no_domain() -> None:
    assert scopes_of_reference(Reference.parse("[::1]:5000/app:1"))[-1] == "[::1]:5000"


def test_scopes_of_a_path_end_below_the_root() -> None:
    assert scopes_of_path("/a/b c/d") == ("/a/b c/d", "/a/b c", "/a")
    assert scopes_of_path("/") == ()


@pytest.mark.parametrize(
    ("transport", "scope", "is_fine"),
    [
        ("docker", "r.example/team", True),
        ("docker", "", True),
        ("dir", "/a/b", True),
        ("dir", "/a/b/", False),
        ("dir", "//a", False),
        ("dir", "/a/./b", False),
        ("dir", "a", False),
        ("oci-archive", "/", False),
        ("sif", "//", False),
        ("docker-archive", "x", False),
        ("docker-archive", "", True),
        ("tarball", "x", False),
        ("docker-daemon", "docker.io/library/busybox", True),
        ("docker-daemon", str(DIGEST), False),
        ("containers-storage", "[overlay@/var/lib/x]docker.io/library/busybox", True),
        ("containers-storage", "[/var/lib/x]", True),
        ("containers-storage", "[@/var/lib/x]", False),
        ("containers-storage", "[overlay@x]", False),
        ("containers-storage", "busybox", False),
        ("unheard-of", "?", True),
    ],
)
def test_scopes_that_no_image_can_be_in_are_faulty(transport: str, scope: str, is_fine: bool) -> None:
    assert (fault_of_scope(transport, scope) == "") is is_fine


class TestRuling:
    POLICY = Policy(
        default=(Reject(),),
        transports={
            "docker": {
                "r.example": (AcceptAnything(),),
                "r.example/team": (Reject(),),
                "*.example": (AcceptAnything(), Reject()),
            },
            "dir": {"": (AcceptAnything(),)},
        },
    )

    @pytest.mark.parametrize(
        ("name", "key"),
        [
            ("r.example/team/app:1", 'transports.docker."r.example/team"'),
            ("r.example/other:1", 'transports.docker."r.example"'),
            ("s.example/app:1", 'transports.docker."*.example"'),
            ("r.example.org/app:1", "default"),
        ],
    )
    def test_the_narrowest_scope_speaks_alone(self, name: str, key: str) -> None:
        assert self.POLICY.ruling("docker", scopes_of_reference(Reference.parse(name))).key == key

    def test_the_rest_of_a_transport_comes_before_the_default(self) -> None:
        assert self.POLICY.ruling("dir", scopes_of_path("/x")).requirements == (AcceptAnything(),)
        assert self.POLICY.ruling("oci", scopes_of_path("/x")).requirements == (Reject(),)
