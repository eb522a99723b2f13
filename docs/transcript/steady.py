"""What changes from run to run in the output of a command, taken out for comparison."""

from __future__ import annotations

import re

_RULES = (
    (re.compile(r"^\[ *\d+\.\d+s\].* moving$\n?", re.MULTILINE), ""),
    (re.compile(r"^\[ *\d+\.\d+s\]", re.MULTILINE), "[TIME]"),
    (re.compile(r"\b\d+(\.\d+)? [kMG]?B/s"), "SPEED"),
    (re.compile(r"\b\d+\.\d+ s\b"), "SECONDS"),
    (re.compile(r"^( +when  )\S+Z,", re.MULTILINE), r"\1TIME,"),
    (re.compile(r"\bkey [0-9A-F]{40}\b"), "key FINGERPRINT"),
    (re.compile(r'"time_s": \d+(\.\d+)?'), '"time_s": SECONDS'),
)
_TIMED = re.compile(r"(?:^\[TIME\].*\n)+", re.MULTILINE)
_PLANNED = re.compile(r"(?:^(?:send|mount|skip|leave out) +sha256:.*\n)+", re.MULTILINE)


def steady(text: str) -> str:
    """Return a text without times and speeds, and with the lines about single blobs in alphabetical order.

    Blobs are looked at and copied at the same time: which one is first is nobody's promise. How far a copy is
    at some moment is left out as a whole.
    """
    for pattern, word in _RULES:
        text = pattern.sub(word, text)
    for lines in (_TIMED, _PLANNED):
        text = lines.sub(lambda found: "".join(sorted(found[0].splitlines(keepends=True))), text)
    return text
