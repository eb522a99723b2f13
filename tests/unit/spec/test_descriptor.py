"""Descriptors: checked links that keep what they do not understand."""

from __future__ import annotations

import pytest

from oci.errors import InvalidDigest, InvalidDocument
from oci.spec import Descriptor, Digest, Platform
from oci.spec.descriptor import MAX_MEDIA_TYPE, MAX_SIZE
from oci.spec.media_type import OCI_INDEX, OCI_LAYER, OCI_MANIFEST

DIGEST = Digest("sha256", "a" * 64)
FULL: dict[str, object] = {
    "mediaType": OCI_MANIFEST,
    "digest": str(DIGEST),
    "size": 3,
    "urls": ["https://h/x"],
    "annotations": {"A": "1", "a": "2"},
    "data": "YWJj",
    "platform": {"architecture": "amd64", "os": "linux"},
    "artifactType": "application/x",
    "io.example.later": {"deep": [1]},
}


def test_every_member_survives() -> None:
    descriptor = Descriptor.from_json(FULL, where="x")
    assert descriptor.to_json() == FULL
    assert descriptor.data == b"abc"
    assert descriptor.platform == Platform("linux", "amd64")
    assert descriptor.other == {"io.example.later": {"deep": [1]}}


def test_links_to_the_same_content_are_equal() -> None:
    descriptor = Descriptor.from_json(FULL, where="x")
    assert descriptor == descriptor.bare()
    assert hash(descriptor) == hash(descriptor.bare())
    assert descriptor.bare().to_json() == {"mediaType": OCI_MANIFEST, "digest": str(DIGEST), "size": 3}
    assert descriptor != Descriptor(OCI_INDEX, DIGEST, 3)
    assert descriptor != Descriptor(OCI_MANIFEST, DIGEST, 4)


@pytest.mark.parametrize(
    ("member", "value", "error"),
    [
        ("size", None, InvalidDocument),
        ("size", -1, InvalidDocument),
        ("size", MAX_SIZE + 1, InvalidDocument),
        ("size", "3", InvalidDocument),
        ("size", 3.0, InvalidDocument),
        ("size", True, InvalidDocument),
        ("digest", None, InvalidDigest),
        ("digest", "sha256:../x", InvalidDigest),
        ("digest", 7, InvalidDocument),
        ("mediaType", 7, InvalidDocument),
        ("mediaType", "a/b\r\nX-Evil: 1", InvalidDocument),
        ("mediaType", "a/\u00e4", InvalidDocument),
        ("mediaType", "x" * (MAX_MEDIA_TYPE + 1), InvalidDocument),
        ("urls", "https://h", InvalidDocument),
        ("urls", [7], InvalidDocument),
        ("annotations", {"a": 1}, InvalidDocument),
        ("annotations", [], InvalidDocument),
        ("data", "!", InvalidDocument),
        ("data", "YWJj\n", InvalidDocument),
        ("data", "\u00e4", InvalidDocument),
        ("platform", "linux/amd64", InvalidDocument),
        ("artifactType", [], InvalidDocument),
    ],
)
def test_a_member_that_is_wrong_is_refused(member: str, value: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        Descriptor.from_json(FULL | {member: value}, where="x")


def test_the_limits_themselves_are_allowed() -> None:
    assert Descriptor(OCI_LAYER, DIGEST, MAX_SIZE).size == MAX_SIZE
    assert Descriptor(OCI_LAYER, DIGEST, 0).size == 0
    assert Descriptor("x" * MAX_MEDIA_TYPE, DIGEST, 0).size == 0


def test_null_is_absence() -> None:
    members = FULL | dict.fromkeys(("urls", "annotations", "data", "platform", "artifactType"))
    assert Descriptor.from_json(members, where="x").bare() == Descriptor(OCI_MANIFEST, DIGEST, 3)


def test_content_at_hand_is_described() -> None:
    assert Descriptor.of(b"abc", OCI_LAYER) == Descriptor(OCI_LAYER, Digest.of(b"abc"), 3)
    assert Descriptor.of(b"abc", OCI_LAYER, "sha512").digest.algorithm == "sha512"


def test_only_documents_have_children() -> None:
    assert Descriptor(OCI_INDEX, DIGEST, 1).is_document
    assert not Descriptor(OCI_LAYER, DIGEST, 1).is_document
