"""Properties of documents: any bytes are a document with exactly these bytes, or an error of ours."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from oci.errors import InvalidDocument, InvalidValue
from oci.spec import Descriptor, Digest, ImageConfig, Index, Manifest, parse_document
from oci.spec.media_type import DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST
from oci.spec.strict_json import loads
from tests.property import hostile

KINDS = [OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST]
visible = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=10)
descriptors = st.builds(
    Descriptor,
    visible,
    st.binary(max_size=4).map(Digest.of),
    st.integers(0, 2**53),
    urls=st.lists(st.text(max_size=5), max_size=2).map(tuple),
    annotations=st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2),
    data=st.none() | st.binary(min_size=1, max_size=8),
    artifact_type=st.text(max_size=5),
)
links = descriptors.map(Descriptor.to_json)
texts_map = st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=3)
documents = hostile.documents(
    schemaVersion=st.just(2),
    mediaType=st.sampled_from(KINDS),
    config=links,
    layers=st.lists(links, max_size=3),
    manifests=st.lists(links, max_size=3),
    subject=links,
    annotations=texts_map,
    artifactType=visible,
)
well_formed = st.one_of(
    st.fixed_dictionaries(
        {"schemaVersion": st.just(2), "config": links, "layers": st.lists(links, max_size=3)},
        optional={"subject": links, "annotations": texts_map, "artifactType": visible},
    ),
    st.fixed_dictionaries(
        {"schemaVersion": st.just(2), "manifests": st.lists(links, max_size=3)},
        optional={"subject": links, "annotations": texts_map, "artifactType": visible},
    ),
)


@given(descriptors)
def test_a_descriptor_survives_being_written_and_read(descriptor: Descriptor) -> None:
    again = Descriptor.from_json(json.loads(json.dumps(descriptor.to_json())), where="x")
    assert again == descriptor
    assert again.to_json() == descriptor.to_json()


@given(well_formed, st.sampled_from(["", " ", "\n"]))
def test_a_document_keeps_its_bytes_and_all_of_its_links(members: dict[str, object], tail: str) -> None:
    content = (json.dumps(members) + tail).encode()
    document = parse_document(content)
    assert document.raw == content
    assert document.digest == Digest.of(content)
    assert document.descriptor.size == len(content)
    if isinstance(document, Manifest):
        assert [child.to_json() for child in document.layers] == members["layers"]
        assert document.config.to_json() == members["config"]
    else:
        assert isinstance(document, Index)
        assert [child.to_json() for child in document.manifests] == members["manifests"]
    assert document.as_referrer().digest == document.digest


@given(documents | hostile.bodies(), st.sampled_from([*KINDS, "", "application/json", "x"]))
def test_any_bytes_are_one_kind_of_document_or_refused(content: bytes, claimed: str) -> None:
    try:
        document = parse_document(content, claimed=claimed)
    except InvalidValue as error:
        assert error.message.isprintable()
        return
    assert document.raw == content
    assert document.media_type in KINDS
    assert claimed in {document.media_type, "", "application/json", "x"}
    assert isinstance(document, Index) == ("manifests" in json.loads(content))


@given(well_formed, well_formed)
def test_a_mixture_of_index_and_manifest_is_never_accepted(
    one: dict[str, object], other: dict[str, object]
) -> None:
    mixed = one | other
    if "manifests" in mixed and "layers" in mixed:
        for claimed in ("", *KINDS):
            try:
                parse_document(json.dumps(mixed).encode(), claimed=claimed)
            except InvalidDocument:
                continue
            raise AssertionError(f"accepted as {claimed}")


@given(hostile.bodies() | hostile.documents(
    config=st.fixed_dictionaries({"Env": st.lists(st.text()), "Labels": texts_map}),
    rootfs=st.fixed_dictionaries({"diff_ids": st.lists(st.binary().map(Digest.of).map(str), max_size=2)}),
    os=st.text(), architecture=st.text(), created=st.text(),
))  # fmt: skip
def test_any_bytes_are_a_config_or_refused(content: bytes) -> None:
    try:
        config = ImageConfig.parse(content)
    except InvalidValue as error:
        assert error.message.isprintable()
        return
    assert config.raw == content
    assert config.members == json.loads(content)


@given(hostile.bodies() | st.text(hostile.GRAMMAR_CHARACTERS).map(lambda t: t.encode("utf-8", "replace")))
def test_the_strict_loader_agrees_with_the_usual_one_or_refuses(content: bytes) -> None:
    try:
        value = loads(content, where="x")
    except InvalidDocument as error:
        assert error.message.isprintable()
        return
    assert value == json.loads(content)
