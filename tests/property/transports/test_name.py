"""Image names under any text: understood in one way, or refused with our own error."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from oci.errors import InvalidValue
from oci.transports.name import ImageName
from oci.transports.table import MODULES

PIECES = [
    "oci",
    "oci-archive",
    "docker",
    "dir",
    ":",
    "/",
    "//",
    "@",
    "@1",
    "a",
    "B",
    ".",
    "..",
    " ",
    "C",
    "\\",
    "5000",
]
PIECES += ["sha256", "0" * 64, "@sha256:" + "0" * 64, "\0", "\n", "ä"]


@given(st.one_of(st.text(max_size=30), st.lists(st.sampled_from(PIECES), max_size=9).map("".join)))
@example("oci:a@1:")
@example("oci:a:@1")
def test_a_name_is_understood_or_refused(text: str) -> None:
    try:
        name = ImageName.parse(text)
    except InvalidValue:
        return
    assert name.transport in MODULES
    assert name.location
    assert "\0" not in name.location
    assert ImageName.parse(str(name)) == name
