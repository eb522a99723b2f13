"""Trees that nobody meant ill with come out as GNU tar unpacks them."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from tests.integration.layers.conftest import root
from tests.integration.layers.material import apply, listing, tar
from tests.property.layers.trees import layers

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.layers.material import Member

__all__ = ["root"]


@pytest.mark.usefixtures("root")
@given(members=layers())
def test_one_layer_is_what_gnu_tar_makes_of_it(members: list[Member], tool: Callable[[str], Path]) -> None:
    raw = tar(*members)
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder, "ours"), Path(folder, "theirs")
        theirs.mkdir()
        apply(ours, raw)
        # Without that option, tar loses the time of a directory that it comes back to.
        options = ["-xpf", "-", "--numeric-owner", "--same-owner", "--delay-directory-restore"]
        subprocess.run([tool("tar"), *options, "-C", theirs], input=raw, check=True)
        found, expected = listing(ours), listing(theirs)
    # The archive says nothing of the root.
    del found["."], expected["."]
    assert found == expected
