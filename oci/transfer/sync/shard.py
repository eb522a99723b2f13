"""A share of the work of several machines, by a hash that every one of them computes alike; pure."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from ...errors import InvalidValue
from ...frozen import frozen

MAX_SHARDS: Final = 10_000

_FORM: Final = re.compile(r"([0-9]{1,5})/([0-9]{1,5})", re.ASCII)


@frozen
class Shard:
    """One of several equal shares.

    Args:
        number: Which one, from 1.
        count: How many there are.
    """

    number: int
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.count <= MAX_SHARDS:
            raise InvalidValue(
                f"{self.number}/{self.count} is not a share", hint=f"write 1/N to N/N, N up to {MAX_SHARDS}"
            )

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read ``i/n``.

        Raises:
            InvalidValue: It has another form.
        """
        matched = _FORM.fullmatch(text)
        if matched is None:
            raise InvalidValue(f"{text!r} is not a share", hint="write 1/N to N/N")
        return cls(int(matched[1]), int(matched[2]))

    def takes(self, key: str) -> bool:
        """Tell whether something belongs to this share; exactly one of all shares says yes.

        Args:
            key: Its name: a repository, or a repository and a tag.
        """
        hashed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
        return hashed % self.count == self.number - 1

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"
