"""Giving an archive to an engine: sent in chunks, and believed only when the engine shows what it has.

An engine that is satisfied may answer before the last bytes have reached it, and one that is not says so in
the middle of a report. Neither decides: afterwards it is asked for the image by each of its names, and must
show its configuration or, where it goes by manifests, its layers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import DaemonError, NotFound
from ...frozen import frozen
from ...net.upload import AnsweredEarly
from .answer import check_load, failure

if TYPE_CHECKING:
    from ...net.answer import Answer
    from ...net.upload import Upload
    from .engine import Engine


@frozen
class Expected:
    """What an engine must have in the end.

    Args:
        image_id: The digest of the image's configuration, which is its ID to most engines.
        diff_ids: The digests of its layers, not compressed.
    """

    image_id: str
    diff_ids: tuple[str, ...]


class Loader:
    """Sends one archive; begins when there is something to send.

    Args:
        engine: The engine.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._upload: Upload | None = None
        self._answer: Answer | None = None

    def write(self, content: bytes) -> None:
        """Send the next bytes.

        Raises:
            DaemonError: The engine has refused the archive already.
            TransportError: The connection broke; the engine has nothing of it.
            Cancelled: The work is no longer wanted; the engine has nothing of it.
        """
        if self._answer is not None:
            return  # it has read as much as it wants
        if self._upload is None:
            self._upload = self._engine.load()
        try:
            self._upload.write(content)
        except AnsweredEarly as early:
            self._answer = early.answer
            self._check(early.answer)

    def finish(self) -> None:
        """Send the end, and hear what the engine says; raises as `write` does."""
        if self._upload is not None and self._answer is None:
            self._answer = self._upload.finish()
            self._check(self._answer)

    def close(self) -> None:
        """Break off what was not finished; the engine throws it away."""
        if self._upload is not None:
            self._upload.abort()

    def _check(self, answer: Answer) -> None:
        if answer.status != 200:
            raise failure(answer, "loading the image", where=self._engine.label)
        check_load(answer.body, where=self._engine.label)


def check_loaded(engine: Engine, name: str, expected: Expected) -> None:
    """See to it that an engine has an image under a name.

    Raises:
        DaemonError: It has not, although it said so, or something else took the name meanwhile.
    """
    try:
        found = engine.image(name)
    except NotFound as error:
        message = f"{engine.label} took the image and does not show it as {name}"
        raise DaemonError(message, status=404) from error
    if found.image_id != expected.image_id and found.diff_ids != expected.diff_ids:
        raise DaemonError(
            f"{engine.label} shows another image as {name}: {found.image_id}, not {expected.image_id}",
            status=200,
        )
