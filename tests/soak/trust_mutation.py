"""Changing documents of signatures: as bytes, as JSON or CBOR trees, and within the base64 in them."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Final

import cbor2

if TYPE_CHECKING:
    import random

LARGEST: Final = 32 * 1024
_ENCODED: Final = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
_NUMBER: Final = re.compile(rb"-?\d+")
_VALUES: Final[tuple[object, ...]] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63 - 1, 2**63, 1.5, "", "a", "none", "0", "null", "sha256"),
    *([], {}, [[]], {"": None}, "é\u2028", "A" * 300, "=", "2030-01-01T00:00:00Z", "*"),
)
_FAILURES: Final = (
    *(cbor2.CBORError, ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError),
)
"""What cbor2 raises for what it cannot read, or write."""
_TOKENS: Final = (
    *(b"", b"\0", b"\xff", b"{", b"}", b"[", b"]", b'"', b":", b",", b"\n", b" ", b"=", b"-", b"1e400"),
    *(b'"a":1,', b'{"a":', b"NaN", b"\\ud800", b"\\u0000", b"-----BEGIN CERTIFICATE-----\n", b"\x30\x80"),
    *(
        b"\x30\x84\x7f\xff\xff\xff",
        b"\xa0\x00",
        b"\x9f",
        b"\xbf",
        b"\xd8\x12",
        b"\xfb\x7f\xf0",
        b"*a",
        b"&a ",
    ),
)


def mutated(corpus: list[bytes], chance: random.Random) -> bytes:
    """Make a new input of those at hand."""
    raw = chance.choice(corpus)
    for _ in range(chance.randint(1, 3)):
        raw = _mutation(raw, corpus, chance)[:LARGEST]
    return raw


def _mutation(raw: bytes, corpus: list[bytes], chance: random.Random) -> bytes:
    ways = (_of_tree, _of_tree, _within, _within, _of_cbor, _of_number, _of_bytes, _of_bytes)
    changed = chance.choice(ways)(raw, chance)
    if changed is not None:
        return changed
    other = chance.choice(corpus)
    return raw[: chance.randrange(len(raw) + 1)] + other[chance.randrange(len(other) + 1) :]


def _of_bytes(raw: bytes, chance: random.Random) -> bytes:
    at, length = chance.randrange(len(raw) + 1), chance.choice((0, 1, 1, 2, 8, 40))
    piece = raw[at : at + length]
    new = chance.choice((b"", piece * 2, chance.randbytes(max(1, len(piece))), chance.choice(_TOKENS)))
    return raw[:at] + new + raw[at + length :]


def _of_number(raw: bytes, chance: random.Random) -> bytes | None:
    """Put another number in place of one in the text."""
    found = list(_NUMBER.finditer(raw[:LARGEST]))
    if not found:
        return None
    match = chance.choice(found)
    number = chance.choice((b"0", b"-1", b"1", b"2", b"99", b"65537", b"9223372036854775808", b"1.0", b"1e9"))
    return raw[: match.start()] + number + raw[match.end() :]


def _of_tree(raw: bytes, chance: random.Random) -> bytes | None:
    """Change a value of JSON, take one out, or have one twice."""
    try:
        tree = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if chance.random() < 0.1:
        name = chance.choice(list(tree) if isinstance(tree, dict) and tree else ["a"])
        return (
            b'{"%s":%s,' % (name.encode("utf-8", "replace"), json.dumps(chance.choice(_VALUES)).encode())
            + raw.lstrip()[1:]
        )
    return json.dumps(_grown(tree, chance), ensure_ascii=chance.random() < 0.5).encode("utf-8", "replace")


def _of_cbor(raw: bytes, chance: random.Random) -> bytes | None:
    """Change a value of CBOR."""
    if not raw or raw[0] in b'{["-':
        return None
    try:
        return cbor2.dumps(_grown(cbor2.loads(raw), chance))
    except _FAILURES:
        return None


def _within(raw: bytes, chance: random.Random) -> bytes | None:
    """Change what stands in base64, in the same alphabet."""
    found = list(_ENCODED.finditer(raw))
    if not found:
        return None
    match = chance.choice(found)
    text = match.group()
    is_url = b"-" in text or b"_" in text or not text.endswith(b"=")
    try:
        inner = base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_" if is_url else None)
    except (binascii.Error, ValueError):
        return None
    changed = _mutation(inner, [inner], chance)
    new = base64.urlsafe_b64encode(changed).rstrip(b"=") if is_url else base64.b64encode(changed)
    return raw[: match.start()] + new + raw[match.end() :]


def _grown(tree: object, chance: random.Random) -> object:
    """Return a tree with one thing changed in it."""
    if chance.random() < 0.2 or not tree:
        return chance.choice(_VALUES)
    match tree:
        case bytes():
            return _mutation(tree, [tree], chance)
        case cbor2.CBORTag():
            return cbor2.CBORTag(chance.choice((18, tree.tag, 1, 98)), _grown(tree.value, chance))
        case list():
            at = chance.randrange(len(tree))
            new = chance.choice(([], [_grown(tree[at], chance)], [tree[at]] * 2))
            return [*tree[:at], *new, *tree[at + 1 :]]
        case dict():
            return _grown_map(tree, chance)
    return chance.choice(_VALUES)


def _grown_map(tree: dict[object, object], chance: random.Random) -> dict[object, object]:
    name = chance.choice(list(tree))
    rest = {key: value for key, value in tree.items() if key != name}
    match chance.randrange(4):
        case 0:
            return rest
        case 1:
            return {**rest, chance.choice(("a", 1, "crit", 33, f"{name}x")): tree[name]}
    return {**tree, name: _grown(tree[name], chance)}
