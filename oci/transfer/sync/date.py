"""When images were made: found out by looking at them, for filters that ask for it."""

from __future__ import annotations

import datetime as dt
import re
import threading
from functools import partial
from typing import TYPE_CHECKING, Final

from ...content import Opened
from ...content.graph import parse_known
from ...errors import Cancelled, InvalidDocument, InvalidValue, LimitExceeded, OciError
from ...spec import ImageConfig, Index, Manifest
from ..failure import during

if TYPE_CHECKING:
    from ...content import CancelToken, Limits, Source
    from ...spec import Platform
    from ..crew import Crew

_AGE: Final = re.compile(r"([0-9]{1,6})([hdw])", re.ASCII)
_UNITS_S: Final = {"h": 3600, "d": 24 * 3600, "w": 7 * 24 * 3600}
_FRACTION: Final = re.compile(r"\.([0-9]+)")


class Dates:
    """Finds out when images were made, several at once.

    Args:
        source: Where they are.
        crew: Runs the requests.
        platform: The platform whose image of an index counts; None for the first one that says it.
        limits: Bounds on what is read.
        token: Stops the work.
    """

    def __init__(
        self, source: Source, crew: Crew, *, platform: Platform | None, limits: Limits, token: CancelToken
    ) -> None:
        self._source = source
        self._crew = crew
        self._platform = platform
        self._limits = limits
        self._token = token

    def of(self, tags: list[str]) -> list[tuple[float, str]]:
        """Return when the image of each tag was made, in seconds since 1970; 0 where nothing says it.

        Raises:
            CopyError: One of them cannot be read: what is the newest is not known then.
            Cancelled: The work was cancelled.
        """
        found: list[tuple[float, str]] = []
        failures: list[BaseException] = []
        ended = threading.Semaphore(0)

        def look(tag: str) -> None:
            try:
                found.append((self._date_of(tag), tag))
            except OciError as error:
                failures.append(error)
            finally:
                ended.release()

        for tag in tags:
            self._crew.submit(partial(look, tag))
        for _ in tags:
            while not ended.acquire(timeout=0.2):
                self._token.raise_if_cancelled()
        if failures:
            raise failures[0]
        return found

    def _date_of(self, tag: str) -> float:
        try:
            opened = self._source.open(tag)
            return date_of(self._source, opened, platform=self._platform, limits=self._limits)
        except Cancelled:
            raise
        except OciError as error:
            raise during("resolve", "source", self._source.label, None, error) from error


def date_of(source: Source, opened: Opened, *, platform: Platform | None, limits: Limits) -> float:
    """Return when an image was made, in seconds since 1970; 0 where nothing says it.

    Args:
        source: Where it is.
        opened: The image, or an index of images.
        platform: The platform whose image of an index counts; None for the first one.
        limits: Bounds on what is read.

    Raises:
        LimitExceeded: There are too many indexes within indexes.
        OciError: It cannot be read.
    """
    for _ in range(limits.index_depth):
        document = parse_known(opened, where=source.label)
        if isinstance(document, Manifest):
            return _date_in(source, document, limits)
        if not isinstance(document, Index) or not document.manifests:
            return 0.0
        entry = document.select(platform) if platform else document.manifests[0]
        opened = Opened(entry, source.document(entry))
    raise LimitExceeded(limit="index_depth", allowed=limits.index_depth, where=source.label)


def _date_in(source: Source, manifest: Manifest, limits: Limits) -> float:
    stated = manifest.annotations.get("org.opencontainers.image.created", "")
    if not stated:
        with source.fetch(manifest.config) as reader:
            raw = reader.read(limit=limits.config_bytes)
        try:
            stated = ImageConfig.parse(raw, where=str(manifest.config.digest)).created
        except InvalidDocument:
            return 0.0
    return seconds_of(stated)


def seconds_of(text: str) -> float:
    """Read a date of RFC 3339, in seconds since 1970; 0 for what is none."""
    try:
        # Python knows six digits of a second, builders write nine.
        made = dt.datetime.fromisoformat(_FRACTION.sub(lambda digits: f".{digits[1][:6]}", text))
    except ValueError:
        return 0.0
    return (made if made.tzinfo is not None else made.replace(tzinfo=dt.UTC)).timestamp()


def moment(text: str, now_s: float) -> float:
    """Read a date of ISO 8601, or an age such as ``36h``, ``30d`` or ``8w``.

    Args:
        text: The text.
        now_s: The time that an age counts from, in seconds since 1970.

    Returns:
        Seconds since 1970; a date without a zone is in UTC.

    Raises:
        InvalidValue: It is neither.
    """
    if matched := _AGE.fullmatch(text):
        return now_s - int(matched[1]) * _UNITS_S[matched[2]]
    if not (found := seconds_of(text)):
        raise InvalidValue(f"{text[:60]!r} is neither a date such as 2026-01-31 nor an age such as 30d")
    return found
