"""Documents: the exact bytes, and no room for doubt about what they are."""

from __future__ import annotations

import json

import pytest

from oci.errors import InvalidDigest, InvalidDocument, InvalidValue, NotFound, UnsupportedMediaType
from oci.spec import Descriptor, Digest, ImageConfig, Index, Manifest, Platform, parse_document
from oci.spec.document import MAX_BYTES
from oci.spec.media_type import (
    DOCKER_CONFIG,
    DOCKER_LIST,
    DOCKER_MANIFEST,
    DOCKER_SCHEMA1_SIGNED,
    OCI_CONFIG,
    OCI_INDEX,
    OCI_LAYER,
    OCI_LAYER_GZIP,
    OCI_MANIFEST,
    bare,
    is_foreign_layer,
    is_layer,
)

CONFIG = Descriptor.of(b"{}", OCI_CONFIG)
LAYER = Descriptor.of(b"layer", OCI_LAYER)
SUBJECT = Descriptor.of(b"subject", OCI_MANIFEST)


def raw(**members: object) -> bytes:
    return json.dumps(members).encode()


def manifest_bytes(**members: object) -> bytes:
    known: dict[str, object] = {"schemaVersion": 2, "config": CONFIG.to_json(), "layers": [LAYER.to_json()]}
    return raw(**(known | members))


def index_bytes(*links: Descriptor, **members: object) -> bytes:
    return raw(**({"schemaVersion": 2, "manifests": [link.to_json() for link in links]} | members))


def image(platform: str) -> Descriptor:
    return Descriptor(OCI_MANIFEST, Digest.of(platform.encode()), 1, platform=Platform.parse(platform))


class TestManifest:
    def test_it_keeps_its_bytes_and_links(self) -> None:
        content = manifest_bytes(
            mediaType=OCI_MANIFEST, annotations={"a": "1"}, subject=SUBJECT.to_json(), x=[1]
        )
        manifest = parse_document(content)
        assert isinstance(manifest, Manifest)
        assert manifest.raw == content
        assert manifest.digest == Digest.of(content)
        assert manifest.descriptor == Descriptor(OCI_MANIFEST, Digest.of(content), len(content))
        assert manifest.children == (CONFIG, LAYER)
        assert tuple(manifest) == manifest.children
        assert manifest.subject == SUBJECT
        assert manifest.annotations == {"a": "1"}
        assert manifest.is_image

    def test_the_digest_is_of_the_wanted_algorithm(self) -> None:
        content = manifest_bytes()
        assert parse_document(content, algorithm="sha512").digest == Digest.of(content, "sha512")

    def test_a_referrer_is_named_by_its_type_or_by_its_configs(self) -> None:
        plain = parse_document(manifest_bytes(annotations={"a": "1"}))
        assert plain.as_referrer().artifact_type == OCI_CONFIG
        assert plain.as_referrer().annotations == {"a": "1"}
        assert parse_document(manifest_bytes(artifactType="a/b")).as_referrer().artifact_type == "a/b"

    def test_docker_images_are_images(self) -> None:
        config = Descriptor.of(b"{}", DOCKER_CONFIG).to_json()
        manifest = parse_document(manifest_bytes(mediaType=DOCKER_MANIFEST, config=config))
        assert isinstance(manifest, Manifest)
        assert manifest.is_image
        artifact = parse_document(manifest_bytes(config=Descriptor.of(b"{}", "a/b").to_json()))
        assert isinstance(artifact, Manifest)
        assert not artifact.is_image

    @pytest.mark.parametrize(
        "members",
        [
            {"config": None},
            {"config": []},
            {"layers": {}},
            {"layers": ["x"]},
            {"layers": [{}]},
            {"schemaVersion": 3},
            {"schemaVersion": None},
            {"schemaVersion": "2"},
            {"schemaVersion": 2.0},
            {"annotations": {"a": 1}},
            {"subject": "x"},
            {"subject": {}},
            {"artifactType": 7},
            {"mediaType": 7},
        ],
    )
    def test_what_breaks_its_rules_is_refused(self, members: dict[str, object]) -> None:
        with pytest.raises((InvalidDocument, InvalidDigest)):
            parse_document(manifest_bytes(**members), claimed=OCI_MANIFEST)

    @pytest.mark.parametrize("absent", ["config", "layers", "schemaVersion"])
    def test_what_lacks_a_member_is_refused(self, absent: str) -> None:
        members = json.loads(manifest_bytes())
        del members[absent]
        with pytest.raises(InvalidValue):
            parse_document(raw(**members), claimed=OCI_MANIFEST)


class TestIndex:
    def test_it_keeps_its_links(self) -> None:
        links = (image("linux/amd64"), image("linux/arm64"))
        index = parse_document(index_bytes(*links, subject=SUBJECT.to_json(), artifactType="a/b"))
        assert isinstance(index, Index)
        assert index.children == links
        assert [link.platform for link in index.manifests] == [link.platform for link in links]
        assert index.subject == SUBJECT
        assert index.as_referrer().artifact_type == "a/b"

    def test_an_empty_index_is_one(self) -> None:
        assert parse_document(index_bytes()).children == ()
        assert parse_document(raw(schemaVersion=2, manifests=None)).children == ()

    def test_the_image_for_a_platform_is_chosen(self) -> None:
        links = [image(p) for p in ("linux/arm/v5", "linux/arm/v7", "linux/amd64/v3", "linux/amd64")]
        attestation = Descriptor(OCI_MANIFEST, Digest.of(b"a"), 1, platform=Platform("unknown", "unknown"))
        nameless = Descriptor(OCI_MANIFEST, Digest.of(b"n"), 1)
        index = parse_document(index_bytes(attestation, nameless, *links))
        assert isinstance(index, Index)
        assert index.select(Platform.parse("linux/amd64")) == links[3]
        assert index.select(Platform.parse("linux/amd64/v3")) == links[2]
        assert index.select(Platform.parse("linux/arm/v6")) == links[0]
        assert [str(p) for p in index.platforms()] == [str(link.platform) for link in links]

    def test_no_image_for_a_platform_says_which_there_are(self) -> None:
        index = parse_document(index_bytes(image("linux/amd64")))
        assert isinstance(index, Index)
        with pytest.raises(NotFound) as caught:
            index.select(Platform.parse("linux/s390x"))
        assert caught.value.name == "linux/s390x"
        assert "linux/amd64" in caught.value.hint

    def test_what_is_listed_in_the_hint_cannot_steer_a_terminal(self) -> None:
        evil = Descriptor(OCI_MANIFEST, Digest.of(b"e"), 1, platform=Platform("linux\x1b[31m", "a\nb"))
        index = parse_document(index_bytes(evil))
        assert isinstance(index, Index)
        with pytest.raises(NotFound) as caught:
            index.select(Platform.parse("linux/amd64"))
        assert caught.value.hint == "it offers linux\\x1b[31m/a\\nb"

    def test_a_link_with_a_hostile_digest_is_refused(self) -> None:
        entry = image("linux/amd64").to_json() | {"digest": "sha256:../../x"}
        with pytest.raises(InvalidDigest):
            parse_document(raw(schemaVersion=2, manifests=[entry]))

    def test_an_index_that_refers_to_itself_is_refused(self) -> None:
        """No bytes hold their own hash; a parser that was told the digest must notice all the same."""
        content = index_bytes(image("linux/amd64"))
        members = json.loads(content)
        own = Digest.parse(members["manifests"][0]["digest"])
        with pytest.raises(InvalidDocument, match="itself"):
            Index.from_members(content, OCI_INDEX, own, members, where="x")


class TestDoubt:
    @pytest.mark.parametrize("member", ["layers", "config"])
    def test_both_index_and_manifest(self, member: str) -> None:
        content = index_bytes(**{member: json.loads(manifest_bytes())[member]})
        for claimed in ("", OCI_INDEX, OCI_MANIFEST):
            with pytest.raises(InvalidDocument, match="both"):
                parse_document(content, claimed=claimed)

    @pytest.mark.parametrize(
        "member", ["Manifests", "LAYERS", "Config", "MediaType", "Subject", "manifest\u017f"]
    )
    def test_a_member_that_go_would_take_for_another(self, member: str) -> None:
        for content in (manifest_bytes(), index_bytes()):
            members = {name: value for name, value in json.loads(content).items() if name != member.lower()}
            with pytest.raises(InvalidValue):
                parse_document(raw(**members, **{member: []}), claimed="")

    @pytest.mark.parametrize(
        ("stated", "claimed"),
        [
            (OCI_MANIFEST, OCI_INDEX),
            (OCI_MANIFEST, DOCKER_MANIFEST),
            (OCI_INDEX, OCI_MANIFEST),
            ("application/x", OCI_MANIFEST),
            (OCI_INDEX, ""),
            (DOCKER_LIST, ""),
            (None, OCI_INDEX),
        ],
    )
    def test_a_manifest_under_another_name(self, stated: str | None, claimed: str) -> None:
        with pytest.raises(InvalidDocument):
            parse_document(manifest_bytes(mediaType=stated), claimed=claimed)

    @pytest.mark.parametrize(
        ("stated", "claimed", "kind"),
        [
            (None, "", OCI_MANIFEST),
            (None, DOCKER_MANIFEST, DOCKER_MANIFEST),
            (DOCKER_MANIFEST, "", DOCKER_MANIFEST),
            (OCI_MANIFEST, "application/json", OCI_MANIFEST),
            (OCI_MANIFEST, f"{OCI_MANIFEST}; charset=utf-8", OCI_MANIFEST),
        ],
    )
    def test_a_manifest_under_its_own_name(self, stated: str | None, claimed: str, kind: str) -> None:
        assert parse_document(manifest_bytes(mediaType=stated), claimed=claimed).media_type == kind

    @pytest.mark.parametrize(
        ("content", "claimed"),
        [
            (raw(schemaVersion=1, fsLayers=[]), ""),
            (raw(schemaVersion=2, fsLayers=[]), ""),
            (manifest_bytes(schemaVersion=1), ""),
            (manifest_bytes(), DOCKER_SCHEMA1_SIGNED),
        ],
    )
    def test_schema_1(self, content: bytes, claimed: str) -> None:
        with pytest.raises(UnsupportedMediaType, match="schema 1"):
            parse_document(content, claimed=claimed)

    @pytest.mark.parametrize(
        "content", [b"{}", raw(schemaVersion=2), raw(mediaType="application/x", Config=1)]
    )
    def test_neither(self, content: bytes) -> None:
        with pytest.raises(UnsupportedMediaType):
            parse_document(content)

    def test_the_greatest_size(self) -> None:
        content = manifest_bytes()
        assert len(parse_document(content + b" " * (MAX_BYTES - len(content))).raw) == MAX_BYTES
        with pytest.raises(InvalidDocument):
            parse_document(content + b" " * (MAX_BYTES - len(content) + 1))

    def test_a_key_twice(self) -> None:
        with pytest.raises(InvalidDocument):
            parse_document(manifest_bytes()[:-1] + b',"layers":[]}')


class TestConfig:
    def test_it_keeps_what_it_does_not_know(self) -> None:
        content = raw(
            architecture="arm",
            variant="v7",
            os="linux",
            created="2026-11-22T00:00:00Z",
            config={"Labels": {"A": "1", "a": "2"}, "Env": ["PATH=/bin"]},
            rootfs={"type": "layers", "diff_ids": [str(Digest.of(b"x"))]},
            history=[{"created_by": "x"}],
            docker_version="1",
            other={"deep": 1},
        )
        config = ImageConfig.parse(content)
        assert config.raw == content
        assert config.platform == Platform("linux", "arm", "v7")
        assert config.labels == {"A": "1", "a": "2"}
        assert config.env == ("PATH=/bin",)
        assert config.diff_ids == (Digest.of(b"x"),)
        assert config.history == [{"created_by": "x"}]
        assert config.members["other"] == {"deep": 1}

    def test_absence_is_not_emptiness(self) -> None:
        empty = ImageConfig.parse(b"{}")
        assert (empty.labels, empty.env, empty.diff_ids, empty.history) == (None, None, (), [])
        assert ImageConfig.parse(b'{"config":{"Env":[],"Labels":{}}}').env == ()

    @pytest.mark.parametrize(
        "content",
        [
            b"[]",
            b'{"config":[]}',
            b'{"rootfs":{"diff_ids":["x"]}}',
            b'{"rootfs":{"diff_ids":[7]}}',
            b'{"config":{"Env":"x"}}',
            b'{"config":{"Labels":{"a":1}}}',
            b'{"os":7}',
        ],
    )
    def test_members_of_the_wrong_type_are_refused(self, content: bytes) -> None:
        with pytest.raises(InvalidValue):
            ImageConfig.parse(content)


def test_media_types_tell_what_they_can() -> None:
    assert bare(" Application/X; charset=utf-8") == "application/x"
    assert is_layer(OCI_LAYER_GZIP)
    assert not is_layer(OCI_CONFIG)
    assert is_foreign_layer("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip")
    assert not is_foreign_layer(OCI_LAYER_GZIP)
