"""A layout's listing under any sequence of changes."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from oci.spec import Descriptor, media_type
from oci.transports.layout.listing import Listing

DOCUMENTS = [Descriptor.of(bytes([number]), media_type.OCI_MANIFEST) for number in range(4)]
FOREIGN = {"digest": "blake3:00", "size": 1, "annotations": {"org.example": "x"}, "more": [None, {"a": 0.5}]}
START = json.dumps({"schemaVersion": 2, "x": {"y": 1}, "manifests": [FOREIGN]}).encode()

documents = st.sampled_from(DOCUMENTS)
names = st.sampled_from(["a", "b", "c"])
changes = st.one_of(
    st.tuples(st.just("put"), documents, st.lists(names, max_size=2), st.lists(documents, max_size=2)),
    st.tuples(st.just("untag"), names),
    st.tuples(st.just("delete"), documents),
)


@given(st.lists(changes, max_size=12))
def test_names_are_unique_and_nothing_foreign_is_lost(steps: list[tuple[object, ...]]) -> None:
    listing = Listing.parse(START, where="here")
    expected: dict[str, Descriptor] = {}
    for step in steps:
        match step:
            case ("put", Descriptor() as document, list() as given_names, list() as covered):
                listing = listing.put(document, given_names, covers=[one.digest for one in covered])
                expected |= dict.fromkeys(given_names, document)
                assert listing.with_digest(document.digest) or document in covered
            case ("untag", str() as name):
                listing = listing.without_name(name)
                expected.pop(name, None)
            case ("delete", Descriptor() as document):
                listing = listing.without_digest(document.digest)
                expected = {name: one for name, one in expected.items() if one != document}
        assert {name: _described(listing, name) for name in listing.names()} == expected
        assert listing.entries[0].members == FOREIGN
        assert len({(entry.digest_text, entry.name) for entry in listing.entries}) == len(listing.entries)
    again = Listing.parse(listing.to_bytes(), where="here")
    assert [entry.members for entry in again.entries] == [entry.members for entry in listing.entries]
    assert json.loads(listing.to_bytes())["x"] == {"y": 1}


def _described(listing: Listing, name: str) -> Descriptor:
    entry = listing.named(name)
    assert entry is not None
    return entry.descriptor
