"""What must come through a copy from any backend to any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...spec import media_type
from ...transfer import CopyOptions, copy
from .backend import opened, settled
from .sample import Sample, blob

if TYPE_CHECKING:
    from .backend import Backend


class PairContract:
    """Copies between two places; the fixtures are ``backend``, the source, and ``destination``."""

    def test_an_image_arrives_bit_for_bit(self, backend: Backend, destination: Backend) -> None:
        layers = [blob(bytes([number]) * 70_000, media_type.OCI_LAYER) for number in range(3)]
        self._arrives(backend, destination, Sample.image("copied", layers=layers))

    def test_an_index_within_an_index_arrives(self, backend: Backend, destination: Backend) -> None:
        inner = Sample.index(Sample.image("one"), Sample.image("two"))
        self._arrives(backend, destination, Sample.index(inner, Sample.image("three"), inner))

    def test_sha512_arrives(self, backend: Backend, destination: Backend) -> None:
        layer = blob("layer", media_type.OCI_LAYER, "sha512")
        self._arrives(backend, destination, Sample.image("long", layers=[layer], algorithm="sha512"))

    def test_a_copy_repeated_moves_no_byte(self, backend: Backend, destination: Backend) -> None:
        sample = Sample.image("again", layers=[blob("layer", media_type.OCI_LAYER)])
        self._arrives(backend, destination, sample)
        with opened(backend) as source, settled(destination) as sink:
            assert sum(one.moved for one in copy(source, "v1", sink, ["v2"]).blobs) == 0

    def test_what_is_attached_comes_along(self, backend: Backend, destination: Backend) -> None:
        image = Sample.image("subject")
        signature = Sample.attached_to(image, "signature", "application/vnd.example.signature")
        with settled(backend) as sink:
            image.push(sink, "v1")
            signature.push(sink)
        with opened(backend) as source, settled(destination) as sink:
            copy(source, "v1", sink, ["v1"], options=CopyOptions(referrers=True))
        with opened(destination) as there:
            image.assert_held_by(there)
            signature.assert_held_by(there)

    @staticmethod
    def _arrives(backend: Backend, destination: Backend, sample: Sample) -> None:
        with settled(backend) as sink:
            sample.push(sink, "v1")
        with opened(backend) as source, settled(destination) as sink:
            result = copy(source, "v1", sink, ["there"])
            assert result.root == sample.root.descriptor
        with opened(destination) as there:
            sample.assert_held_by(there)
            assert there.open("there") == sample.root
