"""What a backend declares of itself is held against what it does."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from ...errors import OciError
from .backend import opened, settled
from .sample import Sample, blob, fetched, store

if TYPE_CHECKING:
    from .backend import Backend

THREADS = 4
PATIENCE_S = 60


class TraitContract:
    """Traits: `preserves`, `closed`, `concurrent`."""

    def test_what_preserves_documents_gives_their_bytes_back(self, backend: Backend) -> None:
        image = Sample.image("odd spacing")
        with settled(backend) as sink:
            image.push(sink, "v1")
        with opened(backend) as again:
            assert (again.open("v1").content == image.root.content) is again.traits.preserves

    def test_what_is_closed_refuses_parents_without_children(self, backend: Backend) -> None:
        child = Sample.image("never stored")
        orphan = Sample.index(child)
        with opened(backend) as sink:
            try:
                sink.publish(*orphan.root)
            except OciError:
                return
            # It took the parent alone: it must not promise that children are there.
            assert not sink.traits.closed

    def test_what_is_concurrent_takes_several_blobs_at_once(self, backend: Backend) -> None:
        ones = [blob(f"{number}" * 100_000) for number in range(THREADS)]
        with settled(backend) as sink:
            if not sink.traits.concurrent:
                return
            writers = [sink.ingest(one.descriptor) for one in ones]
            together = threading.Barrier(THREADS, timeout=PATIENCE_S)

            def fill(number: int) -> None:
                together.wait()
                writers[number].write(ones[number].content)
                together.wait()
                writers[number].commit()

            with ThreadPoolExecutor(THREADS) as pool:
                list(pool.map(fill, range(THREADS)))
                found = list(pool.map(lambda one: fetched(sink, one.descriptor), ones))
            assert found == [one.content for one in ones]

    def test_what_is_stored_can_be_read_while_more_is_stored(self, backend: Backend) -> None:
        one, other = blob("there already"), blob("on its way")
        with settled(backend) as sink:
            store(sink, one)
            writer = sink.ingest(other.descriptor)
            writer.write(other.content[:3])
            assert fetched(sink, one.descriptor) == one.content
            writer.write(other.content[3:])
            writer.commit()
            assert fetched(sink, other.descriptor) == other.content

    def test_the_label_says_what_it_is(self, backend: Backend) -> None:
        with opened(backend) as sink:
            assert sink.label.isprintable()
            assert ":" in sink.label
