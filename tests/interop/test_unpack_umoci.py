"""Layers with whiteouts come out as umoci unpacks them, and umoci unpacks the layers that we write."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.layers.conftest import root
from tests.integration.layers.difference import diff
from tests.integration.layers.image import write_layout
from tests.integration.layers.material import apply, listing, tar
from tests.property.layers.trees import layers

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.layers.material import Member

__all__ = ["root"]


@pytest.mark.usefixtures("root")
@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
@given(members=st.lists(layers(whiteouts=True), min_size=2, max_size=4))
def test_layers_are_what_umoci_makes_of_them(
    members: list[list[Member]], tool: Callable[[str], Path]
) -> None:
    raws = [tar(*each) for each in members]
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder, "ours"), unpacked_by_umoci(tool("umoci"), folder, raws)
        apply(ours, *raws)
        found, expected = listing(ours), listing(theirs)
    del found["."], expected["."]
    assert found == expected


@pytest.mark.usefixtures("root")
@settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)
@given(first=layers(), second=layers(whiteouts=True))
def test_umoci_makes_a_tree_of_the_difference_that_leads_to_it(
    first: list[Member], second: list[Member], tool: Callable[[str], Path]
) -> None:
    lower, upper = tar(*first), tar(*second)
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder, "before"), Path(folder, "after")
        apply(before, lower)
        apply(after, lower, upper)
        theirs = unpacked_by_umoci(tool("umoci"), folder, [lower, diff(before, after)])
        found, expected = listing(theirs), listing(after)
    del found["."], expected["."]
    assert found == expected


def unpacked_by_umoci(umoci: Path, folder: str, raws: list[bytes]) -> Path:
    layout, target = Path(folder, "layout"), Path(folder, "theirs")
    write_layout(layout, raws)
    command: list[str | Path] = [umoci, "raw", "unpack", "--image", f"{layout}:v1", target]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target
