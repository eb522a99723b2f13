"""Digests: ``algorithm:encoded`` (image-spec, descriptor.md, "Digests").

Only registered algorithms are accepted, in their registered form, because a digest becomes part of
file paths and URLs: an unchecked one is a path traversal (CVE-2024-3727).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, Protocol

from ..errors import InvalidDigest
from ..frozen import frozen

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

ENCODED_LENGTH: Final = {"sha256": 64, "sha512": 128}
"""Registered algorithms and the number of lower-case hex digits each has."""

_HEX: Final = frozenset("0123456789abcdef")


class Hasher(Protocol):
    """A running hash, as `hashlib` makes them."""

    def update(self, data: ReadableBuffer, /) -> None:
        """Feed more bytes."""

    def hexdigest(self) -> str:
        """Return the hash of all bytes fed so far, in lower-case hex."""

    def copy(self) -> Hasher:
        """Return an independent copy of the running state."""


@frozen(order=True)
class Digest:
    """A checked digest; ``str(digest)`` is its one canonical text.

    Args:
        algorithm: A key of `ENCODED_LENGTH`.
        encoded: The hash in lower-case hex.

    Raises:
        InvalidDigest: The algorithm is not registered, or the hash is not of its form.
    """

    algorithm: str
    encoded: str

    def __post_init__(self) -> None:
        length = ENCODED_LENGTH.get(self.algorithm)
        if length is None:
            raise InvalidDigest(
                f"digest algorithm {self.algorithm[:64]!r} is not supported",
                hint=f"supported are {' and '.join(ENCODED_LENGTH)}",
            )
        if len(self.encoded) != length or not _HEX.issuperset(self.encoded):
            raise InvalidDigest(
                f"a {self.algorithm} digest has {length} lower-case hex digits, not {self.encoded[:160]!r}"
            )

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.encoded}"

    @classmethod
    def parse(cls, text: str) -> Digest:
        """Read ``algorithm:encoded``.

        Raises:
            InvalidDigest: The text is anything else.
        """
        algorithm, colon, encoded = text.partition(":")
        if not colon:
            raise InvalidDigest(f"{text[:160]!r} is not a digest: it has no algorithm")
        return cls(algorithm, encoded)

    @classmethod
    def of(cls, data: ReadableBuffer, algorithm: str = "sha256") -> Digest:
        """Compute the digest of bytes at hand.

        Args:
            data: The bytes.
            algorithm: A registered algorithm.
        """
        hasher = new_hasher(algorithm)
        hasher.update(data)
        return cls(algorithm, hasher.hexdigest())

    def hasher(self) -> Hasher:
        """Return a fresh running hash of this digest's algorithm."""
        return new_hasher(self.algorithm)

    def matches(self, hasher: Hasher) -> bool:
        """Tell whether a running hash of the same algorithm has arrived at this digest."""
        return hasher.hexdigest() == self.encoded

    @property
    def short(self) -> str:
        """The first twelve digits, for people; never for look-ups."""
        return self.encoded[:12]


def new_hasher(algorithm: str) -> Hasher:
    """Return a fresh running hash.

    Args:
        algorithm: A key of `ENCODED_LENGTH`.

    Raises:
        InvalidDigest: The algorithm is not registered.
    """
    if algorithm not in ENCODED_LENGTH:
        raise InvalidDigest(f"digest algorithm {algorithm[:64]!r} is not supported")
    return hashlib.new(algorithm, usedforsecurity=True)
