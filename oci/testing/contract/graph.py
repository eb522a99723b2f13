"""What every backend must do with documents that link others."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from ...content import Listed, ListsReferrers, walk
from ...spec import Descriptor, media_type
from .backend import opened, settled
from .sample import Sample, blob, document

if TYPE_CHECKING:
    from ...content import Source
    from ...spec import Digest
    from .backend import Backend

UNKNOWN = "application/vnd.example.unknown.v7+json"


class GraphContract:
    """Graphs of documents: kept as they are, understood or not."""

    def test_an_index_within_an_index_is_kept(self, backend: Backend) -> None:
        inner = Sample.index(Sample.image("one"), Sample.image("two"), annotations={"org.example.a": "b"})
        outer = Sample.index(inner, Sample.image("three"))
        self._keeps(backend, outer)

    def test_a_shared_layer_is_one_blob(self, backend: Backend) -> None:
        layer = blob("shared", media_type.OCI_LAYER_GZIP)
        self._keeps(
            backend, Sample.index(Sample.image("one", layers=[layer]), Sample.image("two", layers=[layer]))
        )

    def test_layers_of_an_unknown_kind_are_kept(self, backend: Backend) -> None:
        self._keeps(backend, Sample.image("strange", layers=[blob("strange", "application/vnd.example.x")]))

    def test_docker_documents_stay_what_they_are(self, backend: Backend) -> None:
        config = blob('{"architecture":"amd64","os":"linux"}', media_type.DOCKER_CONFIG)
        layer = blob("layer", media_type.DOCKER_LAYER_GZIP)
        root = document(
            {
                "schemaVersion": 2,
                "mediaType": media_type.DOCKER_MANIFEST,
                "config": config.descriptor.to_json(),
                "layers": [layer.descriptor.to_json()],
            }
        )
        image = Sample(root, blobs=(config, layer))
        entries = document(
            {
                "schemaVersion": 2,
                "mediaType": media_type.DOCKER_LIST,
                "manifests": [
                    {**root.descriptor.to_json(), "platform": {"architecture": "amd64", "os": "linux"}}
                ],
            }
        )
        self._keeps(backend, Sample(entries, (root,), image.blobs))

    def test_embedded_data_and_annotations_are_kept(self, backend: Backend) -> None:
        layer = blob("embedded", "text/plain")
        link = {
            **layer.descriptor.to_json(),
            "data": base64.b64encode(layer.content).decode(),
            "annotations": {"org.opencontainers.image.title": "a.txt"},
            "org.example.unknown": [1],
        }
        self._keeps(backend, self._with_layer_link(link, layer_is_stored=True))

    def test_foreign_layers_need_not_be_there(self, backend: Backend) -> None:
        layer = blob("elsewhere", media_type.DOCKER_LAYER_FOREIGN + ".gzip")
        link = {**layer.descriptor.to_json(), "urls": ["https://layers.example.org/elsewhere"]}
        sample = self._with_layer_link(link, layer_is_stored=False)
        self._keeps(backend, sample)
        with opened(backend) as again:
            assert not again.exists(layer.descriptor)

    def test_what_is_attached_is_found(self, backend: Backend) -> None:
        image = Sample.image("subject")
        signature = Sample.attached_to(image, "signature", "application/vnd.example.signature")
        sbom = Sample.attached_to(image, "sbom", "application/vnd.example.sbom")
        of_the_sbom = Sample.attached_to(sbom, "about the sbom", "application/vnd.example.signature")
        with settled(backend) as sink:
            for sample in (image, signature, sbom, of_the_sbom):
                sample.push(sink, *(("v1",) if sample is image else ()))
        with opened(backend) as again:
            signature.assert_held_by(again)
            digest = image.root.descriptor.digest
            assert attached(again, digest) in ({signature.root.descriptor, sbom.root.descriptor}, None)
            assert attached(again, digest, "application/vnd.example.sbom") in ({sbom.root.descriptor}, None)
            assert attached(again, sbom.root.descriptor.digest) in ({of_the_sbom.root.descriptor}, None)
            assert attached(again, of_the_sbom.root.descriptor.digest) in (set(), None)
            self._tells_what_it_is(again, digest)

    def test_something_may_be_attached_to_what_is_absent(self, backend: Backend) -> None:
        absent = Sample.image("absent")
        signature = Sample.attached_to(absent, "early", "application/vnd.example.signature")
        with settled(backend) as sink:
            signature.push(sink)
        with opened(backend) as again:
            signature.assert_held_by(again)
            assert attached(again, absent.root.descriptor.digest) in ({signature.root.descriptor}, None)

    @staticmethod
    def _keeps(backend: Backend, sample: Sample) -> None:
        with settled(backend) as sink:
            sample.push(sink, "v1")
            sample.assert_held_by(sink)
        with opened(backend) as again:
            sample.assert_held_by(again)
            assert again.open("v1") == sample.root
            seen = {node.descriptor.digest for node in walk(again, again.open("v1"))}
            assert seen >= {one.descriptor.digest for one in (*sample.documents, sample.root, *sample.blobs)}

    @staticmethod
    def _with_layer_link(link: dict[str, object], *, layer_is_stored: bool) -> Sample:
        config = blob('{"architecture":"amd64","os":"linux"}', media_type.OCI_CONFIG)
        root = document(
            {
                "schemaVersion": 2,
                "mediaType": media_type.OCI_MANIFEST,
                "config": config.descriptor.to_json(),
                "layers": [link],
            }
        )
        layer = Descriptor.from_json(link, where="sample")
        content = layer.data or b""
        return Sample(root, blobs=(config, blob(content, layer.media_type)) if layer_is_stored else (config,))

    @staticmethod
    def _tells_what_it_is(source: Source, digest: Digest) -> None:
        if not isinstance(source, ListsReferrers):
            return
        answer = source.referrers(digest)
        assert isinstance(answer, Listed)
        for link in answer.descriptors:
            assert link.artifact_type.startswith("application/vnd.example.")
            assert link.annotations["org.example.label"]


def attached(source: Source, digest: Digest, artifact_type: str = "") -> set[Descriptor] | None:
    """Return what a source says is attached; None for a source that cannot be asked."""
    if not isinstance(source, ListsReferrers):
        return None
    answer = source.referrers(digest, artifact_type=artifact_type)
    assert isinstance(answer, Listed), answer
    return set(answer.descriptors)
