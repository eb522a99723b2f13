"""Trees and layers that somebody could have meant, made by hypothesis."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.integration.layers.material import member

if TYPE_CHECKING:
    from tests.integration.layers.material import Member

NAMES = ("a", "b", "ä", "long" * 40, "sp ace", ".hidden")
MODES = st.sampled_from([0o644, 0o755, 0o600, 0o4755, 0o1777, 0o700])
OWNERS = st.tuples(st.sampled_from([0, 1, 1000]), st.sampled_from([0, 5, 70_000]))
TIMES = st.sampled_from([0, 1, 1_700_000_000, 1_699_999_999.5])
PLACES = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4)
KINDS = st.sampled_from("fffdddssph")
TYPES = {
    "f": tarfile.REGTYPE,
    "d": tarfile.DIRTYPE,
    "s": tarfile.SYMTYPE,
    "p": tarfile.FIFOTYPE,
    "h": tarfile.LNKTYPE,
}
WHITEOUTS = st.sampled_from("fffdddssphwwo")


@st.composite
def layers(draw: st.DrawFn, *, whiteouts: bool = False) -> list[Member]:
    """Draw a layer: no path twice, nothing beneath what is no directory, hard links to its own files."""
    kinds: dict[tuple[str, ...], str] = {}
    members: list[Member] = []
    for place in draw(st.lists(PLACES, max_size=12)):
        path = tuple(place)
        kind = draw(WHITEOUTS if whiteouts else KINDS)
        if path in kinds or any(path == known[: len(path)] for known in kinds):
            continue
        if not all(kinds.get(path[:end], "d") == "d" for end in range(1, len(path))):
            continue
        for end in range(1, len(path)):
            if path[:end] not in kinds:
                kinds[path[:end]] = "d"
                members.append(_member(draw, "/".join(path[:end]), "d", ""))
        files = ["/".join(known) for known, each in kinds.items() if each == "f"]
        if kind == "h" and not files:
            kind = "f"
        kinds[path] = kind
        target = draw(st.sampled_from(files)) if kind == "h" else draw(st.sampled_from(["a", "../b", "/ä/b"]))
        members.append(_member(draw, "/".join(path), kind, target))
    return members


def _member(draw: st.DrawFn, name: str, kind: str, target: str) -> Member:
    above, slash, last = name.rpartition("/")
    mode, owner, mtime = draw(MODES), draw(OWNERS), draw(TIMES)
    content = draw(st.binary(max_size=40)) * 99 if kind == "f" else b""
    if kind == "w":
        return member(f"{above}{slash}.wh.{last}")
    if kind == "o":
        return member(f"{name}/.wh..wh..opq")
    if kind == "s":
        mode = 0o777
    if kind == "d":
        mode |= 0o700
    return member(
        name, TYPES[kind], content, link=target if kind in "sh" else "", mode=mode, owner=owner, mtime=mtime
    )
