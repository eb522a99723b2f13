"""Requests and replies, as bytes and as values. No I/O."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from oci.errors import InvalidDocument, InvalidValue, LimitExceeded, OciError
from oci.frozen import frozen
from oci.spec import Digest, field, strict_json
from oci.transfer.backoff import may_pass

if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION: Final = "0.2.8"
"""The version of the protocol, by which a client knows which methods there are."""

MAX_PACKET_BYTES: Final = 32 * 1024
"""Bytes of a request or a reply; what the client on the other side has room for, too."""

MAX_NUMBER: Final = 2**53 - 1
"""The largest number that every JSON reader keeps exact."""

_WHERE: Final = "request"


@frozen
class Request:
    """A call.

    Args:
        method: What is to be done.
        arguments: What with.
    """

    method: str
    arguments: tuple[object, ...]

    @classmethod
    def parse(cls, packet: bytes) -> Request:
        """Read a packet.

        Raises:
            InvalidDocument: It is no request.
        """
        members = strict_json.load_object(packet, where=_WHERE)
        arguments = members.get("args") or []
        if not isinstance(arguments, list):
            raise InvalidDocument(f"{_WHERE}: args is not a list")
        return cls(field.text(members, "method", where=_WHERE), tuple(arguments))

    def expect(self, count: int) -> None:
        """Refuse another number of arguments.

        Raises:
            InvalidValue: There are more or fewer.
        """
        if len(self.arguments) != count:
            raise InvalidValue(f"{self.method}: has {len(self.arguments)} arguments, {count} are needed")

    def text(self, position: int) -> str:
        """Return an argument that is a text.

        Raises:
            InvalidValue: It is something else.
        """
        value = self.arguments[position]
        if not isinstance(value, str):
            raise InvalidValue(f"{self.method}: argument {position} is not a text")
        return value

    def number(self, position: int) -> int:
        """Return an argument that is a whole number of 0 or more.

        Raises:
            InvalidValue: It is something else, or too large.
        """
        value = self.arguments[position]
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_NUMBER:
            raise InvalidValue(f"{self.method}: argument {position} is not a number that can be used")
        return value

    def digest(self, position: int) -> Digest:
        """Return an argument that is a digest.

        Raises:
            InvalidValue: It is something else.
        """
        return Digest.parse(self.text(position))


@frozen(kw_only=True)
class Reply:
    """An answer. The descriptors go with it, and belong to whoever sends it.

    Args:
        value: What the method returns.
        pipe: The number of the pipe that comes with it, to be given to ``FinishPipe``; 0 for none.
        descriptors: What is passed to the client.
    """

    value: object = None
    pipe: int = 0
    descriptors: Sequence[int] = ()

    def packet(self) -> bytes:
        """Return the packet.

        Raises:
            LimitExceeded: It is larger than clients expect one to be.
        """
        return _packet(success=True, value=self.value, pipe=self.pipe, code="", message="")


def refusal(error: Exception) -> bytes:
    """Return the packet that says why a call failed."""
    return _packet(success=False, value=None, pipe=0, code=code_of(error), message=_message(error))


def problem(error: Exception) -> bytes:
    """Return what is written to the second pipe of a blob that could not be delivered."""
    return _bytes({"code": code_of(error), "message": _message(error)})


def code_of(error: Exception) -> str:
    """Say what a client can make of a failure: ``EPIPE``, ``retryable`` or ``other``."""
    if isinstance(error, BrokenPipeError):
        return "EPIPE"
    return "retryable" if isinstance(error, OciError) and may_pass(error) else "other"


def _message(error: Exception) -> str:
    text = error.message if isinstance(error, OciError) else str(error)
    return (text or type(error).__name__)[: MAX_PACKET_BYTES // 16]


def _packet(*, success: bool, value: object, pipe: int, code: str, message: str) -> bytes:
    packet = _bytes(
        {"success": success, "value": value, "pipeid": pipe, "error_code": code, "error": message}
    )
    if len(packet) > MAX_PACKET_BYTES:
        raise LimitExceeded(limit="packet", allowed=MAX_PACKET_BYTES, where="reply")
    return packet


def _bytes(members: dict[str, object]) -> bytes:
    return json.dumps(members, separators=(",", ":")).encode()
