"""The listing of a layout: what is there survives, names move, roots are listed."""

from __future__ import annotations

import json

import pytest

from oci.errors import InvalidDigest, InvalidDocument
from oci.spec import Descriptor, media_type
from oci.transports.layout.listing import Listing
from oci.transports.layout.ref_name import REF_NAME

A, B, C = (Descriptor.of(text, media_type.OCI_MANIFEST) for text in (b"a", b"b", b"c"))


def entries(listing: Listing) -> list[dict[str, object]]:
    document = json.loads(listing.to_bytes())
    assert isinstance(document["manifests"], list)
    return document["manifests"]


def listed(listing: Listing) -> list[tuple[str, str | None]]:
    return [(entry.digest_text, entry.name) for entry in listing.entries]


def test_a_new_listing_is_an_empty_index() -> None:
    assert json.loads(Listing.empty().to_bytes()) == {
        "schemaVersion": 2,
        "mediaType": media_type.OCI_INDEX,
        "manifests": [],
    }


def test_what_nobody_understands_survives_in_its_order() -> None:
    written = {
        "x-first": {"b": 1, "a": [1.5, None, "ä"]},
        "schemaVersion": 2,
        "annotations": {"k": "v"},
        "manifests": [
            {"size": 1, "digest": "blake3:00", "mediaType": "text/x", "strange": True},
            {"no": "descriptor"},
            {**A.to_json(), "platform": {"os": "linux", "architecture": "arm"}, "x": {"y": [0]}},
        ],
        "x-last": 0,
    }
    listing = Listing.parse(json.dumps(written, indent=4).encode(), where="here").put(B, ["new"])
    document = json.loads(listing.to_bytes())
    assert document["manifests"][:3] == written["manifests"]
    assert document["manifests"][3]["digest"] == str(B.digest)
    assert list(document) == list(written)
    assert {**document, "manifests": 0} == {**written, "manifests": 0}
    with pytest.raises(InvalidDigest):
        _ = listing.entries[0].descriptor
    with pytest.raises(InvalidDocument):
        _ = listing.entries[1].descriptor


def test_an_index_without_manifests_gets_them() -> None:
    listing = Listing.parse(b'{"schemaVersion":2}', where="here").put(A)
    assert len(entries(listing)) == 1


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b'{"schemaVersion":1}', b'{"schemaVersion":2,"manifests":{}}',
     b'{"schemaVersion":2,"manifests":[1]}', b'{"schemaVersion":2,"schemaVersion":2}'],
)  # fmt: skip
def test_what_is_no_index_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidDocument):
        Listing.parse(raw, where="here")


def test_a_name_is_taken_from_whatever_had_it() -> None:
    listing = Listing.empty().put(A, ["v1", "latest"]).put(B, ["latest"])
    assert listed(listing) == [(str(A.digest), "v1"), (str(B.digest), "latest")]
    assert listing.names() == ["latest", "v1"]


def test_a_name_set_again_changes_nothing() -> None:
    listing = Listing.empty().put(A, ["v1"])
    assert listing.put(A, ["v1"]) is listing
    assert listing.put(A) is listing


def test_a_nameless_entry_gives_way_to_a_named_one() -> None:
    listing = Listing.empty().put(A).put(B)
    assert listed(listing) == [(str(A.digest), None), (str(B.digest), None)]
    assert listed(listing.put(A, ["v1"])) == [(str(B.digest), None), (str(A.digest), "v1")]


def test_an_entry_with_more_to_say_stays() -> None:
    members = {**A.to_json(), "annotations": {"org.example": "x"}}
    raw = json.dumps({"schemaVersion": 2, "manifests": [members]}).encode()
    listing = Listing.parse(raw, where="here").put(A, ["v1"]).put(B, covers=[A.digest])
    assert entries(listing)[0] == members


def test_an_index_covers_what_it_links() -> None:
    listing = Listing.empty().put(A).put(B, ["v1"]).put(C, ["list"], covers=[A.digest, B.digest])
    assert listed(listing) == [(str(B.digest), "v1"), (str(C.digest), "list")]


def test_of_two_entries_with_one_name_both_are_the_image_or_neither() -> None:
    def twice(second: Descriptor) -> Listing:
        members = [{**one.to_json(), "annotations": {REF_NAME: "v1"}} for one in (A, second)]
        return Listing.parse(json.dumps({"schemaVersion": 2, "manifests": members}).encode(), where="here")

    same = twice(A).named("v1")
    assert same is not None
    assert same.descriptor == A
    with pytest.raises(InvalidDocument) as caught:
        twice(B).named("v1")
    assert "@0" in caught.value.hint
    assert listed(twice(B).put(C, ["v1"])) == [(str(C.digest), "v1")]
    assert listed(twice(A).put(A, ["v1"])) == [(str(A.digest), "v1")]


def test_removing_names_and_documents() -> None:
    listing = Listing.empty().put(A, ["v1", "v2"]).put(B, ["v3"])
    assert listing.without_name("v1").names() == ["v2", "v3"]
    assert listing.without_digest(A.digest).names() == ["v3"]
    assert listing.without_name("absent") is listing
    assert listing.named("absent") is None
    assert [entry.name for entry in listing.with_digest(A.digest)] == ["v1", "v2"]


def test_annotations_of_another_type_are_no_name() -> None:
    raw = json.dumps(
        {
            "schemaVersion": 2,
            "manifests": [{**A.to_json(), "annotations": {REF_NAME: 7}}, {"annotations": []}],
        }
    ).encode()
    assert Listing.parse(raw, where="here").names() == []
