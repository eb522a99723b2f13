"""The picture of an image, for people and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from oci.facade.tree import Kind, State
from oci.frozen import frozen

from ..go_value import Field, Struct
from ..text import count_text, short_digest, short_type, size_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from oci import Branch, Tree
    from oci.spec import Digest


@frozen(kw_only=True)
class Style:
    """How it is drawn.

    Args:
        is_ascii: Whether to do without line-drawing characters.
        is_whole: Whether digests are written out.
        width: What is drawn of the children of each document at most, or None for all.
    """

    is_ascii: bool = False
    is_whole: bool = False
    width: int | None = None

    @property
    def rails(self) -> tuple[str, str, str, str]:
        """What stands before a child, before the last one, and before what is beneath each of the two."""
        if self.is_ascii:
            return "|-- ", "`-- ", "|   ", "    "
        return "├── ", "└── ", "│   ", "    "

    @property
    def times(self) -> str:
        """The sign between a number and what there are that many of."""
        return "x" if self.is_ascii else "\N{MULTIPLICATION SIGN}"


def tree_text(tree: Tree, style: Style) -> str:
    """Draw a tree."""
    lines = [tree.name, *_Pen(style, tree.uses).lines(tree.root)]
    return "".join(f"{line}\n" for line in lines)


def tree_view(tree: Tree) -> Struct:
    """Return a tree as JSON shows it."""
    return Struct("tree.Tree", (Field("Name", tree.name), *_branch_view(tree.root, tree.uses).fields))


class _Pen:
    def __init__(self, style: Style, uses: Mapping[Digest, int]) -> None:
        self._style = style
        self._uses = uses

    def lines(self, branch: Branch) -> Iterator[str]:
        """Yield the line of a branch, and those of what is beneath it."""
        yield self._label(branch)
        below = [(self._label_of_link(child), child) for child in branch.children]
        below = self._cut(below)
        below += self._cut([("attached: ", one) for one in branch.attached])
        rest = self._rest(branch)
        middle, last, rail, space = self._style.rails
        for number, (label, child) in enumerate(below, 1):
            is_last = number == len(below) and not rest
            first, *others = self.lines(child)
            yield f"{last if is_last else middle}{label}{first}"
            yield from (f"{space if is_last else rail}{line}" for line in others)
        for number, text in enumerate(rest, 1):
            yield f"{last if number == len(rest) else middle}{text}"

    def _cut(self, below: list[tuple[str, Branch]]) -> list[tuple[str, Branch]]:
        return below[: self._style.width]

    def _rest(self, branch: Branch) -> list[str]:
        rest = []
        width = self._style.width
        for noun, group in (("", branch.children), (" attached", branch.attached)):
            left = group[width:] if width is not None else ()
            if left:
                size = size_text(sum(one.descriptor.size for one in left))
                rest.append(f"... {len(left)} more{noun}, {size}")
        if branch.unknown is not None:
            rest.append(f"attached: unknown ({branch.unknown.message})")
        return rest

    def _label_of_link(self, child: Branch) -> str:
        return f"{child.platform} " if child.platform is not None else ""

    def _label(self, branch: Branch) -> str:
        digest = branch.descriptor.digest
        words = [
            branch.artifact_type or branch.kind.value,
            str(digest) if self._style.is_whole else short_digest(digest),
            size_text(branch.size_bytes),
        ]
        if branch.kind in {Kind.LAYER, Kind.BLOB, Kind.UNKNOWN}:
            words.append(short_type(branch.descriptor.media_type))
        images = sum(child.kind is Kind.IMAGE for child in branch.children)
        if branch.kind is Kind.INDEX and images:
            words.append(count_text(images, "image"))
        uses = self._uses.get(digest, 1)
        if branch.kind is Kind.LAYER and uses > 1:
            words.append(f"shared {self._style.times}{uses}")
        words += [f"tag {self._tag(name)}" for name in branch.names]
        if branch.state is not State.WHOLE:
            words.append(f"({_STATES[branch.state]})")
        return "  ".join(words)

    def _tag(self, name: str) -> str:
        # A tag of cosign's repeats the digest of what it belongs to; its end is what says something.
        start, dot, end = name.rpartition(".")
        is_short = self._style.is_whole or len(start) <= 19
        return name if is_short else f"{start[:19]}...{dot}{end}"


_STATES: Final = {
    State.MISSING: "not there",
    State.REPEATED: "drawn above",
    State.CUT: "not followed",
}


def _branch_view(branch: Branch, uses: Mapping[Digest, int]) -> Struct:
    descriptor = branch.descriptor
    return Struct(
        "tree.Branch",
        (
            Field("Kind", branch.kind.value),
            Field("MediaType", descriptor.media_type),
            Field("Digest", str(descriptor.digest)),
            Field("Size", descriptor.size),
            Field("TotalSize", branch.size_bytes),
            Field("Platform", str(branch.platform or ""), omit_empty=True),
            Field("ArtifactType", branch.artifact_type, omit_empty=True),
            Field("Tags", list(branch.names), omit_empty=True),
            Field("UsedBy", uses.get(descriptor.digest, 0), omit_empty=True),
            Field("State", branch.state.value, omit_empty=True),
            Field("Children", [_branch_view(child, uses) for child in branch.children], omit_empty=True),
            Field("Attached", [_branch_view(one, uses) for one in branch.attached], omit_empty=True),
            Field("AttachedUnknown", branch.unknown.message if branch.unknown else "", omit_empty=True),
        ),
    )
