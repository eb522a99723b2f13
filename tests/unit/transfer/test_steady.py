"""A stream that goes on where its source broke off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oci.content import CancelToken
from oci.content.memory import MemoryStore
from oci.content.stream import MemoryStream, read_exactly
from oci.errors import Cancelled, ConnectionBroken, NotFound, RegistryError
from oci.spec import Descriptor
from oci.transfer.steady import SteadyStream
from oci.wire.retry import RetryRule

if TYPE_CHECKING:
    from collections.abc import Callable

    from oci.errors import OciError

CONTENT = bytes(range(256)) * 10
BLOB = Descriptor.of(CONTENT, "application/octet-stream")
QUICK = RetryRule(attempts=3, base_s=0)


def broken() -> ConnectionBroken:
    return ConnectionBroken("it broke", host="h")


class Breaking(MemoryStore):
    """A store whose streams end with an error after some bytes, as often as it is told."""

    def __init__(self, failures: list[tuple[int, Callable[[], OciError]]]) -> None:
        super().__init__()
        self.failures = failures
        self.offsets: list[int] = []

    def stream(self, descriptor: Descriptor, offset: int = 0, length: int | None = None) -> MemoryStream:
        self.offsets.append(offset)
        if not self.failures:
            return MemoryStream(CONTENT[offset:])
        after, fail = self.failures.pop(0)
        return _Ending(CONTENT[offset : offset + after], fail)


class _Ending(MemoryStream):
    def __init__(self, content: bytes, fail: Callable[[], OciError]) -> None:
        super().__init__(content)
        self._fail = fail

    def readinto(self, buffer: memoryview, /) -> int:
        count = super().readinto(buffer)
        if not count:
            raise self._fail()
        return count


def read(source: Breaking, token: CancelToken | None = None) -> bytes:
    stream = SteadyStream(source, BLOB, token=token or CancelToken(), rule=QUICK)
    return read_exactly(stream, len(CONTENT) + 1)


def test_it_goes_on_behind_the_last_byte() -> None:
    source = Breaking([(100, broken), (0, broken), (50, broken)])
    source.failures.pop(1)
    assert read(source) == CONTENT
    assert source.offsets == [0, 100, 150]


def test_a_source_that_never_gets_further_is_given_up() -> None:
    source = Breaking([(100, broken), *((0, broken) for _ in range(9))])
    with pytest.raises(ConnectionBroken):
        read(source)
    assert len(source.offsets) == QUICK.attempts


@pytest.mark.parametrize("error", [NotFound("gone", name="x"), RegistryError("?", status=503)])
def test_what_does_not_pass_is_raised_at_once(error: OciError) -> None:
    source = Breaking([(100, lambda: error)])
    with pytest.raises(type(error)):
        read(source)
    assert source.offsets == [0]


def test_a_bad_end_behind_the_last_byte_is_none() -> None:
    assert read(Breaking([(len(CONTENT), broken)])) == CONTENT


def test_cancelling_ends_the_pause() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        read(Breaking([(1, broken), (1, broken)]), token)
