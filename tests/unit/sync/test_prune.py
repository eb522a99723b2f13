"""What is removed, and what is refused to be."""

from __future__ import annotations

import pytest

from oci.errors import Unsupported
from oci.transfer.sync import Pattern, Pruning, TagFilter
from oci.transfer.sync.prune import surplus


def removed(
    there: str, kept: str, pruning: Pruning | None = None, wanted: TagFilter | None = None
) -> list[str]:
    return surplus(
        there.split(),
        set(kept.split()),
        wanted=wanted or TagFilter(),
        takes=lambda name: name != "elsewhere",
        pruning=pruning or Pruning(),
        where="docker://r/app",
    )


def test_what_the_source_does_not_have_goes() -> None:
    assert removed("1 2 3 elsewhere", "1 2") == ["3"]


def test_what_no_filter_would_take_stays() -> None:
    assert removed("1 2 latest", "1 2 3", wanted=TagFilter(include=(Pattern("^[0-9]$"),))) == []


def test_lists_of_what_is_attached_stay_and_signatures_of_what_is_gone_go() -> None:
    tag = "sha256-" + 64 * "a"
    assert removed(f"1 2 {tag} {tag}.sig", "1 2") == [f"{tag}.sig"]


@pytest.mark.parametrize(
    ("pruning", "said"),
    [(Pruning(most=1), "more than 1$"), (Pruning(most_share=0.4), "2 of 4 images, more than 40%")],
)
def test_too_much_is_refused(pruning: Pruning, said: str) -> None:
    with pytest.raises(Unsupported, match=said):
        removed("1 2 3 4", "1 2", pruning)


def test_an_empty_source_removes_nothing_unless_it_is_forced() -> None:
    with pytest.raises(Unsupported, match="no images at all"):
        removed("1", "", Pruning(most_share=1.0))
    assert removed("1 2", "", Pruning(is_forced=True)) == ["1", "2"]
