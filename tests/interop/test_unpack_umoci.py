"""Layers with whiteouts come out as umoci unpacks them."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.layers.conftest import root
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
        layout, ours, theirs = (Path(folder, name) for name in ("layout", "ours", "theirs"))
        write_layout(layout, raws)
        done = subprocess.run(
            [tool("umoci"), "raw", "unpack", "--image", f"{layout}:v1", theirs],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        apply(ours, *raws)
        found, expected = listing(ours), listing(theirs)
    del found["."], expected["."]
    assert found == expected
