"""The layers of one image on their way into snapshots: each while it arrives, several at once.

A layer is unpacked as soon as there are bytes of it, before its digest is known. That is worth nothing yet:
it becomes a snapshot when its DiffID is right and everything below it is one. What goes wrong meanwhile is no
verdict either, since a download may be broken off and begun anew; the verdict is that of `Unpacking.finish`,
which does what is left to do, from content that is complete and verified.
"""

from __future__ import annotations

import os
import threading
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from ..errors import Cancelled, OciError
from ..layers import LayerLimits
from ..transfer.crew import Crew
from ..transports.layout import disk
from .completion import complete
from .following import Bell
from .workforce import Workforce

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..content import CancelToken
    from ..layers import Omission
    from ..spec import Descriptor, Digest
    from ..transports.layout.blob_store import BlobStore
    from .snapshot import Snapshots, Staging
    from .workforce import UnpackedLayer

WORKERS: Final = 4
"""Worker processes at most; where there are fewer processors, as many as these."""


@dataclass(slots=True)
class Rung:
    """One layer of the image.

    Args:
        layer: Its blob.
        diff_id: The digest of what is in it.
        chain_id: What it is called with everything below it.
        where: What it is called in messages.
        is_done: Whether it is a snapshot.
        staging: Where it is unpacked, once it is.
        result: What unpacking it came to.
        is_begun: Whether somebody is at it, or has been.
    """

    layer: Descriptor
    diff_id: Digest
    chain_id: Digest
    where: str
    is_done: bool = False
    is_begun: bool = False
    staging: Staging | None = None
    result: UnpackedLayer | None = None
    omissions: tuple[Omission, ...] = field(default=())


class Unpacking:
    """Unpacks an image's layers; `close` ends what is not finished.

    Args:
        rungs: The layers, lowest first.
        blobs: Where their blobs are, or come to be.
        snapshots: Where they go.
        token: Stops the work.
        pause: How to wait for other processes; raises when the work is not wanted any more.
        limits: Bounds of each layer.
    """

    def __init__(
        self,
        rungs: Sequence[Rung],
        blobs: BlobStore,
        snapshots: Snapshots,
        *,
        token: CancelToken,
        pause: Callable[[float], object],
        limits: LayerLimits | None = None,
    ) -> None:
        self._limits = limits or LayerLimits()
        self._rungs = list(rungs)
        self._blobs = blobs
        self._snapshots = snapshots
        self._pause = pause
        self._turn = threading.Lock()
        self._workforce = Workforce()
        self._cancelling = token.on_cancel(self._workforce.kill)
        self._crew = Crew(min(WORKERS, len(os.sched_getaffinity(0))), token.child())
        self._keeps_owners = os.geteuid() == 0
        for rung in self._rungs:
            rung.is_done = snapshots.find(rung.chain_id) is not None

    @property
    def omissions(self) -> tuple[Omission, ...]:
        """What was left out of the layers that were unpacked, and why."""
        return tuple(omission for rung in self._rungs for omission in rung.omissions)

    def is_done(self, layer: Descriptor) -> bool:
        """Tell whether a layer is unpacked wherever the image has it."""
        mine = [rung.is_done for rung in self._rungs if rung.layer.digest == layer.digest]
        return bool(mine) and all(mine)

    def begin_present(self) -> None:
        """Begin with the layers whose blobs are there."""
        for rung in self._waiting():
            if self._blobs.exists(rung.layer):
                self._submit(rung, None)

    def follow(self, layer: Descriptor) -> list[Bell]:
        """Begin with a layer whose blob is being written.

        Args:
            layer: The blob.

        Returns:
            A bell for each time that the image has this layer: to be rung after each write, and to be
            closed when there are no more.
        """
        bells = []
        for rung in self._waiting():
            if rung.layer.digest == layer.digest:
                bells.append(Bell())
                self._submit(rung, bells[-1])
        return bells

    def finish(self) -> None:
        """Unpack what is left; all blobs are complete now.

        Raises:
            OciError: A layer cannot be unpacked: `oci.layers.apply_layer` says why.
            Cancelled: The work is not wanted any more.
        """
        self._crew.wait()
        for rung in self._rungs:
            if not rung.is_done:
                self._finish(rung)
        self._snapshots.sync([rung.chain_id for rung in self._rungs])

    def close(self) -> None:
        """End what is not finished, and throw it away."""
        self._cancelling.remove()
        self._workforce.close()
        # Whoever has stopped the work tells why.
        with suppress(OciError, OSError):
            self._crew.wait()
        for rung in self._rungs:
            if rung.staging is not None:
                rung.staging.discard()
                rung.staging = None

    def _waiting(self) -> list[Rung]:
        return [rung for rung in self._rungs if not rung.is_done and not rung.is_begun]

    def _submit(self, rung: Rung, bell: Bell | None) -> None:
        rung.is_begun = True
        self._crew.submit(partial(self._try, rung, bell), size=rung.layer.size)

    def _open(self, layer: Descriptor) -> int:
        paths = (self._blobs.path_of(layer.digest), self._blobs.partial_path_of(layer.digest))
        path = paths[0] if self._blobs.exists(layer) else paths[1]
        with disk.storage_errors("read", path):
            try:
                return disk.open_regular(path)
            except FileNotFoundError:
                # It was completed between the two looks.
                return disk.open_regular(paths[0])

    def _try(self, rung: Rung, bell: Bell | None) -> None:
        """Unpack a layer as far as it goes; what fails is tried again by `finish`."""
        staging = self._snapshots.begin(rung.chain_id)
        if staging is None:
            return
        if self._snapshots.find(rung.chain_id) is not None:
            staging.discard()
            return
        try:
            self._unpack(rung, staging, bell)
        except Cancelled:
            raise
        except OciError:
            return
        self._climb()

    def _finish(self, rung: Rung) -> None:
        if rung.staging is None:
            staging = self._snapshots.begin_in_turn(rung.chain_id, sleep=self._pause)
            if staging is not None:
                self._unpack(rung, staging, None)
        self._climb()

    def _unpack(self, rung: Rung, staging: Staging, bell: Bell | None) -> None:
        order = {
            "where": rung.where,
            "diff_id": str(rung.diff_id),
            "size": rung.layer.size,
            "namespace": "trusted" if self._keeps_owners else "user",
            "keeps_owners": self._keeps_owners,
            "limits": self._limits.members,
        }
        with ExitStack() as stack:
            stack.push(_discarding(staging))
            files = [self._open(rung.layer), staging.descriptor]
            stack.callback(os.close, files[0])
            reading = None if bell is None else bell.take()
            if reading is not None:
                files.append(reading)
                stack.callback(os.close, reading)
            with self._workforce.worker() as worker:
                result = worker.unpack(order, files)
        with self._turn:
            rung.staging, rung.result, rung.omissions = staging, result, result.omissions

    def _climb(self) -> None:
        """Make snapshots of what is unpacked, as long as everything below is one."""
        with self._turn:
            for number, rung in enumerate(self._rungs):
                if not rung.is_done and rung.staging is None:
                    rung.is_done = self._snapshots.find(rung.chain_id) is not None
                elif not rung.is_done:
                    self._commit(number)
                if not rung.is_done:
                    return

    def _commit(self, number: int) -> None:
        rung = self._rungs[number]
        staging, result = rung.staging, rung.result
        assert staging is not None
        assert result is not None
        below = [self._snapshots.find(lower.chain_id) for lower in reversed(self._rungs[:number])]
        with disk.storage_errors("complete", staging.path):
            opened = [os.open(found.directory, os.O_RDONLY | os.O_DIRECTORY) for found in below if found]
            try:
                complete(staging.descriptor, result.undescribed, opened, keeps_owners=self._keeps_owners)
            finally:
                for descriptor in opened:
                    os.close(descriptor)
        parent = self._rungs[number - 1].chain_id if number else None
        self._snapshots.commit(staging, parent, expanded_bytes=result.expanded_bytes)
        rung.staging, rung.is_done = None, True


def _discarding(staging: Staging) -> Callable[..., None]:
    """Return what throws a directory away at the end of a block that fails."""

    def leave(kind: type[BaseException] | None, _error: object, _trace: object) -> None:
        if kind is not None:
            staging.discard()

    return leave
