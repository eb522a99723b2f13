"""The fuzz runs themselves: they find what is wrong, and begin with documents that every parser reads."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

import oci.errors
from oci.errors import InvalidDocument
from tests.fixture_script import FIXTURES
from tests.soak.fuzzing import Coverage, fuzz
from tests.soak.trust_mutation import mutated
from tests.soak.trust_parser import PARSERS

if TYPE_CHECKING:
    import random

WATCHED = Coverage(oci.errors)


@pytest.mark.parametrize("name", PARSERS)
def test_every_parser_reads_what_its_run_begins_with(name: str) -> None:
    read, seeds = PARSERS[name]
    begun = seeds()
    tally = fuzz(read, begun, mutated, coverage=WATCHED, seconds=0, seed=1)
    assert tally.inputs == len(begun)
    assert tally.read > 0
    assert tally.refused < tally.inputs


def test_what_is_no_error_of_ours_ends_the_run_and_names_the_input(capfd: pytest.CaptureFixture[str]) -> None:
    def read(raw: bytes) -> int:
        if raw.startswith(b"{"):
            raise InvalidDocument("refused")
        return len(raw) // (len(raw) - 3)

    with pytest.raises(ZeroDivisionError):
        fuzz(read, [b"abc", b"{}"], mutated, coverage=WATCHED, seconds=60, seed=1)
    assert b"abc".hex() in capfd.readouterr().err


class _Found(Exception):
    """The end of a search."""


def test_inputs_that_reach_new_lines_are_kept_and_lead_further() -> None:
    """A letter comes behind what was kept last: nobody gets to the end who does not keep each step."""

    def read(raw: bytes) -> int:
        _steps(raw)
        raise InvalidDocument("refused")

    def longer(corpus: list[bytes], chance: random.Random) -> bytes:
        return corpus[-1] + chance.choice((b"a", b"b", b"c"))

    with pytest.raises(_Found):
        fuzz(read, [b""], longer, coverage=Coverage(sys.modules[__name__]), seconds=600, seed=1)


def _steps(raw: bytes) -> None:
    if raw[:1] != b"b":
        return
    if raw[1:2] != b"a":
        return
    if raw[2:3] != b"c":
        return
    raise _Found


def test_lines_of_the_watched_rooms_alone_are_counted() -> None:
    with WATCHED as edges:
        InvalidDocument("x")
        FIXTURES.exists()
    assert edges
    assert {file for file, _, _ in edges} == {oci.errors.__file__}
