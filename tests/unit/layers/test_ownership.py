"""Maps of owners."""

from __future__ import annotations

import pytest

from oci.errors import InvalidValue
from oci.layers import IdMap, IdRange

MAP = IdMap((IdRange(0, 1000, 1), IdRange(1, 100_000, 65_535)))


@pytest.mark.parametrize(("inside", "outside"), [(0, 1000), (1, 100_000), (65_535, 165_534)])
def test_numbers_are_mapped_by_ranges(inside: int, outside: int) -> None:
    assert MAP.outside(inside) == outside


@pytest.mark.parametrize("number", [65_536, 2**32 - 1, 2**40])
def test_what_is_not_mapped_is_refused(number: int) -> None:
    with pytest.raises(InvalidValue, match=str(number)):
        MAP.outside(number)


def test_an_empty_map_changes_nothing_that_a_system_can_have() -> None:
    assert IdMap().outside(2**32 - 2) == 2**32 - 2
    with pytest.raises(InvalidValue):
        IdMap().outside(2**32 - 1)
