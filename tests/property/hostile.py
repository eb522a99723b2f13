"""Texts and bytes that somebody with bad intentions might send: strategies for Hypothesis."""

from __future__ import annotations

import json

from hypothesis import strategies as st

GRAMMAR_CHARACTERS = "aZ09 \t,;:=\"\\<>/?#@[]%&.-_*+~'{}()\r\n\0\x1b\x7f\u00e4\u0661\u202e\ud800"
"""What the grammars of headers, URLs and references are made of, and what they forbid."""

texts = st.one_of(st.text(), st.text(GRAMMAR_CHARACTERS, max_size=60))
"""Any text, and texts that come close to meaning something."""


def near(*examples: str) -> st.SearchStrategy[str]:
    """Return texts that are examples with a few pieces cut out, doubled, or put in."""
    return st.builds(_bent, st.sampled_from(examples), st.lists(_bends, max_size=4))


def jsons() -> st.SearchStrategy[object]:
    """Return anything that JSON can say."""
    leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    )


def documents(**members: st.SearchStrategy[object]) -> st.SearchStrategy[bytes]:
    """Return JSON objects with some of these members, each as it should be or as anything at all."""
    known = {name: strategy | jsons() for name, strategy in members.items()}
    return st.fixed_dictionaries({}, optional=known).map(_encoded)


def bodies() -> st.SearchStrategy[bytes]:
    """Return any bytes, and JSON of any kind."""
    return st.binary(max_size=200) | jsons().map(_encoded)


_bends = st.tuples(
    st.sampled_from(["cut", "double", "insert"]),
    st.floats(0, 1, exclude_max=True),
    st.integers(1, 5),
    st.text(GRAMMAR_CHARACTERS, min_size=1, max_size=4),
)


def _bent(text: str, bends: list[tuple[str, float, int, str]]) -> str:
    for kind, where, length, piece in bends:
        at = int(where * (len(text) + 1))
        part = {"cut": "", "double": text[at : at + length] * 2, "insert": piece + text[at : at + length]}[
            kind
        ]
        text = text[:at] + part + text[at + length :]
    return text


def _encoded(value: object) -> bytes:
    return json.dumps(value).encode("utf-8", errors="surrogatepass")
