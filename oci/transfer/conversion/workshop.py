"""Compressing a layer anew: read once, checked twice, written to one temporary file.

What comes from the source is checked against its descriptor, what is inside against the DiffID that the
image's configuration has for it: content cannot change unnoticed on its way from one form into the other.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ...compression import DETECTION_BYTES, detect, encoder, expanded
from ...content import VerifiedReader
from ...errors import DigestMismatch, LimitExceeded, OciError
from ...layers import LayerLimits
from ...layers.seekable import writer_of
from ...spec import Digest
from ...spec.digest import new_hasher
from ..event import Read
from ..failure import during
from ..steady import SteadyStream
from .converter import Made
from .spool import Spool

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    from ...content import CancelToken, Source
    from ...spec import Descriptor
    from ..option import CopyOptions
    from .converter import Recipe
    from .rule import LayerForm

_LOOK_S: Final = 0.2
# How long a token that is cancelled elsewhere may go unseen by a layer that waits for its turn.


class Workshop:
    """Compresses the layers of one transfer; called from several threads.

    Args:
        source: Where they are.
        options: What was asked for.
        token: Stops the work.
        benches: Layers that are worked on at once, in several workshops together; see `gate`.
    """

    def __init__(
        self,
        source: Source,
        options: CopyOptions,
        token: CancelToken,
        benches: threading.Semaphore,
    ) -> None:
        self._source = source
        self._options = options
        self._token = token
        self._benches = benches

    @contextmanager
    def made(self, descriptor: Descriptor, recipe: Recipe) -> Iterator[tuple[Spool, Made]]:
        """Read a layer and write it as it is wanted; what comes of it exists as long as the context lasts.

        Args:
            descriptor: The layer, as it is at the source.
            recipe: What it is to become.

        Raises:
            CopyError: It could not be read, is damaged or not what its image says, or the disk is full.
            Cancelled: The work was cancelled.
        """
        label = f"{self._source.label}@{descriptor.digest}, as it is written"
        with self._spool(descriptor, label) as spool:
            with self._bench():
                diff_id = self._fill(spool, descriptor, recipe)
            yield spool, Made(spool.descriptor, diff_id)

    @contextmanager
    def _bench(self) -> Iterator[None]:
        while not self._benches.acquire(timeout=_LOOK_S):
            self._token.raise_if_cancelled()
        try:
            yield
        finally:
            self._benches.release()

    def _spool(self, descriptor: Descriptor, label: str) -> Spool:
        try:
            scratch = self._options.conversion.scratch
            return Spool(scratch, descriptor.digest.algorithm, label=label)
        except OciError as error:
            raise during("convert", "destination", self._source.label, descriptor, error) from error

    def _fill(self, spool: Spool, descriptor: Descriptor, recipe: Recipe) -> Digest:
        try:
            intake = _Intake(self._source, descriptor, self._options, self._token)
        except OciError as error:
            raise during("fetch", "source", self._source.label, descriptor, error) from error
        try:
            if recipe.form is None:
                return self._keep(intake, spool, descriptor, recipe)
            return self._transform(intake, spool, descriptor, recipe, recipe.form)
        except OciError as error:
            raise during("convert", "source", self._source.label, descriptor, error) from error
        finally:
            intake.close()

    def _keep(self, intake: _Intake, spool: Spool, descriptor: Descriptor, recipe: Recipe) -> Digest:
        """Write a layer as it is, and find out what is in it."""
        intake.copy_to(spool)
        inside = _Inside(intake, descriptor, recipe, self._options.limits.layer_bytes)
        for _ in inside:
            pass
        spool.seal(recipe.media_type)
        return inside.diff_id

    def _transform(
        self, intake: _Intake, spool: Spool, descriptor: Descriptor, recipe: Recipe, form: LayerForm
    ) -> Digest:
        """Write a layer in another form."""
        inside = _Inside(intake, descriptor, recipe, self._options.limits.layer_bytes)
        if form.seekable is not None:
            where = f"layer {descriptor.digest}"
            writer = writer_of(form.seekable, form.level, limits=LayerLimits().tar, where=where)
            for stored in writer.written(iter(inside)):
                spool.write(stored)
            spool.seal(recipe.media_type, writer.annotations)
            return writer.diff_id or inside.diff_id
        with encoder(form.compression, form.level) as compressor:
            for piece in inside:
                spool.write(compressor.compress(piece))
            spool.write(compressor.finish())
        spool.seal(recipe.media_type)
        return inside.diff_id


class _Inside:
    """What is in a layer, in pieces; its end comes only if everything was as it should be.

    Args:
        intake: The layer.
        descriptor: What it is, for error messages.
        recipe: Says which DiffID it has.
        limit: Bytes that may be in it.
    """

    def __init__(self, intake: _Intake, descriptor: Descriptor, recipe: Recipe, limit: int) -> None:
        self._intake = intake
        self._where = f"layer {descriptor.digest}"
        self._limit = limit
        self._expected = recipe.diff_id
        self._algorithm = recipe.diff_id.algorithm if recipe.diff_id else descriptor.digest.algorithm
        self._found: Digest | None = None

    @property
    def diff_id(self) -> Digest:
        """The digest of all of it, once the end was reached."""
        assert self._found is not None, "a layer's DiffID is known at its end"
        return self._found

    def __iter__(self) -> Iterator[bytes]:
        """Yield the pieces.

        Raises:
            DigestMismatch: It is something else than its image says.
            LimitExceeded: There is too much in it.
        """
        intake, hasher, size = self._intake, new_hasher(self._algorithm), 0
        for piece in expanded(intake.read, detect(intake.head()), where=self._where):
            size += len(piece)
            if size > self._limit:
                raise LimitExceeded(limit="layer_bytes", allowed=self._limit, where=self._where)
            hasher.update(piece)
            yield piece
        intake.drain()
        found = Digest(self._algorithm, hasher.hexdigest())
        if self._expected not in {None, found}:
            raise DigestMismatch(
                expected=str(self._expected), actual=str(found), where=f"{self._where}, expanded"
            )
        self._found = found


class _Intake:
    """A layer's bytes as they come from the source, checked, with somebody looking on.

    Args:
        source: Where the layer is.
        descriptor: The layer.
        options: Says how patient to be, and who is told.
        token: Stops the work.
    """

    def __init__(
        self, source: Source, descriptor: Descriptor, options: CopyOptions, token: CancelToken
    ) -> None:
        self._descriptor = descriptor
        self._listener = options.listener
        self._token = token
        stream = SteadyStream(source, descriptor, token=token, rule=options.retry_rule)
        self._reader = VerifiedReader(stream, descriptor, where=source.label)
        self._kept = b""
        self._copy: Spool | None = None

    def copy_to(self, spool: Spool) -> None:
        """Write all that is read from now on to a spool as well."""
        self._copy = spool

    def head(self) -> bytes:
        """Return the first bytes, which `read` will return once more."""
        while len(self._kept) < DETECTION_BYTES and (piece := self._next(DETECTION_BYTES - len(self._kept))):
            self._kept += piece
        return self._kept

    def read(self, size: int) -> bytes:
        """Return some bytes, at most so many; nothing at the verified end."""
        kept, self._kept = self._kept, b""
        return kept or self._next(size)

    def drain(self) -> None:
        """Read what follows the compressed data: only at its end a blob is known to be what it should be."""
        while self.read(64 * 1024):
            pass

    def close(self) -> None:
        """Let go of the source."""
        self._reader.close()

    def _next(self, size: int) -> bytes:
        self._token.raise_if_cancelled()
        buffer = bytearray(size)
        with memoryview(buffer) as view:
            count = self._reader.readinto(view)
        if count:
            self._listener(Read(self._descriptor, count))
        content = bytes(buffer[:count])
        if self._copy is not None:
            self._copy.write(content)
        return content
