"""What every backend must do with names."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from ...content import Deletes, ListsNames
from ...errors import NotFound, OciError
from .backend import opened, refuses, settled
from .sample import Sample

if TYPE_CHECKING:
    from .backend import Backend

THREADS = 8


class NameContract:
    """Names: set with the document, moved as a whole, listed in a stable order."""

    def test_a_name_leads_to_its_document(self, backend: Backend) -> None:
        image = Sample.image("named")
        with settled(backend) as sink:
            image.push(sink, "v1", "latest")
            for name in ("v1", "latest", image.root.descriptor.digest):
                assert sink.resolve(name) == image.root.descriptor
                assert sink.open(name) == image.root

    def test_an_unknown_name_is_not_found(self, backend: Backend) -> None:
        with settled(backend) as sink:
            Sample.image("named").push(sink, "v1")
            for method in (sink.resolve, sink.open):
                with refuses(NotFound):
                    method("v2")

    def test_a_document_without_a_name_is_found_by_digest(self, backend: Backend) -> None:
        image = Sample.image("nameless")
        with settled(backend) as sink:
            image.push(sink)
        with opened(backend) as again:
            assert again.open(image.root.descriptor.digest) == image.root
            if isinstance(again, ListsNames):
                assert list(again.names()) == []

    def test_a_moved_name_leads_to_the_new_document_alone(self, backend: Backend) -> None:
        old, new = Sample.image("old"), Sample.image("new")
        with settled(backend) as sink:
            old.push(sink, "v1", "stays")
            new.push(sink, "v1")
        with opened(backend) as again:
            assert again.open("v1") == new.root
            assert again.open("stays") == old.root
            assert again.open(old.root.descriptor.digest) == old.root

    def test_a_name_may_be_set_again(self, backend: Backend) -> None:
        image = Sample.image("again")
        with settled(backend) as sink:
            image.push(sink, "v1")
            image.push(sink, "v1")
            image.push(sink)
        with opened(backend) as again:
            assert again.open("v1") == image.root
            if isinstance(again, ListsNames):
                assert list(again.names()) == ["v1"]

    def test_names_are_listed_in_a_stable_order(self, backend: Backend) -> None:
        names = ["b", "a10", "a2", "a1", "Z", "latest", "1.0", "x_y.z-1"]
        image = Sample.image("many names")
        with settled(backend) as sink:
            image.push(sink, *names[:4])
            image.push(sink, *names[4:])
        with opened(backend) as again:
            if not isinstance(again, ListsNames):
                return
            listed = list(again.names())
            assert sorted(listed) == sorted(names)
            assert list(again.names()) == listed
        with opened(backend) as later:
            assert isinstance(later, ListsNames)
            assert list(later.names()) == listed

    def test_invalid_names_are_refused_and_change_nothing(self, backend: Backend) -> None:
        image, other = Sample.image("valid"), Sample.image("invalid")
        with settled(backend) as sink:
            image.push(sink, "v1")
            for name in backend.refused_names:
                with refuses(OciError):
                    other.push(sink, "v1", name)
                assert sink.open("v1") == image.root

    def test_the_same_is_there_after_opening_again(self, backend: Backend) -> None:
        first, second = Sample.image("first"), Sample.image("second")
        with settled(backend) as sink:
            first.push(sink, "v1")
        with settled(backend) as sink:
            first.assert_held_by(sink)
            second.push(sink, "v2")
        with opened(backend) as again:
            first.assert_held_by(again)
            second.assert_held_by(again)
            assert again.open("v1") == first.root
            assert again.open("v2") == second.root

    def test_a_deleted_name_is_gone_and_the_others_stay(self, backend: Backend) -> None:
        image = Sample.image("deleted")
        with settled(backend) as sink:
            image.push(sink, "v1", "v2")
            if not isinstance(sink, Deletes):
                return
            assert sink.delete("v1") == image.root.descriptor
            with refuses(NotFound):
                sink.resolve("v1")
            with refuses(NotFound):
                sink.delete("v1")
        with opened(backend) as again:
            with refuses(NotFound):
                again.resolve("v1")
            assert again.open("v2") == image.root

    def test_a_document_deleted_by_digest_is_gone_with_its_names(self, backend: Backend) -> None:
        image, other = Sample.image("deleted"), Sample.image("kept")
        digest = image.root.descriptor.digest
        with settled(backend) as sink:
            image.push(sink, "v1", "v2")
            other.push(sink, "v3")
            if not isinstance(sink, Deletes):
                return
            assert sink.delete(digest) == image.root.descriptor
        with opened(backend) as again:
            for name in ("v1", "v2", digest):
                with refuses(NotFound):
                    again.resolve(name)
            assert again.open("v3") == other.root

    def test_of_many_writers_of_one_name_one_wins(self, backend: Backend) -> None:
        images = [Sample.image(f"contender {number}") for number in range(THREADS)]
        with settled(backend) as sink, ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda image: image.push(sink, "contested"), images))
        with opened(backend) as again:
            winner = again.open("contested")
            # Of the others, which have lost their only name, a backend may keep as much as it likes.
            (image,) = [image for image in images if image.root == winner]
            image.assert_held_by(again)

    def test_of_many_names_none_is_lost(self, backend: Backend) -> None:
        image = Sample.image("many writers")
        names = [f"name-{number:02}" for number in range(3 * THREADS)]
        with settled(backend) as sink:
            image.push(sink)
            with ThreadPoolExecutor(THREADS) as pool:
                list(pool.map(lambda name: sink.publish(*image.root, [name]), names))
        with opened(backend) as again:
            for name in names:
                assert again.resolve(name) == image.root.descriptor
            if isinstance(again, ListsNames):
                assert sorted(again.names()) == names
