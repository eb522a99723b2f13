"""YAML as a strict tree of texts: nothing is constructed, and what a program could trip over is refused.

A scalar keeps the text it was written as, so that a tag ``1.10`` does not become the number 1.1. Refused are
duplicate keys, tags of other than YAML's own kinds, several documents, and more text, depth, nodes or aliases
than the limits allow; an alias counts with all that is beneath it, since a few lines can stand for billions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

import yaml

from ..errors import InvalidSettings
from ..frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_BYTES: Final = 4 * 1024 * 1024
MAX_DEPTH: Final = 32
MAX_NODES: Final = 200_000
MAX_ALIASES: Final = 1000

_OWN: Final = "tag:yaml.org,2002:"
_MERGE: Final = f"{_OWN}merge"
_KINDS: Final = frozenset(
    {"bool", "float", "int", "map", "merge", "null", "seq", "str", "timestamp", "value"}
)
_TRUE: Final = frozenset({"true", "yes", "on", "y"})
_FALSE: Final = frozenset({"false", "no", "off", "n"})


class _Mark(Protocol):
    """A place in a text, as either of the two parsers has it."""

    line: int


Tree: TypeAlias = "Scalar | Items | Members"


@frozen
class Scalar:
    """A text.

    Args:
        text: As it was written.
        kind: What YAML takes it for: ``str``, ``int``, ``bool``, ``null``, ...
        line: Where it is, from 1.
    """

    text: str
    kind: str
    line: int


@frozen
class Items:
    """A sequence.

    Args:
        items: What is in it.
        line: Where it begins, from 1.
    """

    items: Sequence[Tree]
    line: int


@frozen
class Members:
    """A mapping.

    Args:
        members: What is in it, by its keys.
        line: Where it begins, from 1.
    """

    members: Mapping[str, Tree]
    line: int


class Reading:
    """Reads trees of one file and says where in it something is wrong.

    Args:
        path: The file, for messages.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._nodes = 0

    def tree(self, raw: bytes) -> Tree:
        """Read the file's only document.

        Raises:
            InvalidSettings: It is no YAML, or more or other than is taken here.
        """
        if len(raw) > MAX_BYTES:
            raise self.wrong(f"larger than {MAX_BYTES} bytes", 0, "")
        try:
            text = raw.decode("utf-8-sig")
            self._look_at_events(text)
            node = yaml.SafeLoader(text).get_single_node()
        except UnicodeDecodeError as error:
            raise self.wrong("is not UTF-8", 0, "") from error
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = 0 if mark is None else mark.line + 1
            raise self.wrong(f"is not YAML: {error.problem or error.context}", line, "") from error
        except yaml.YAMLError as error:
            raise self.wrong(f"is not YAML: {error}", 0, "") from error
        return Members({}, 1) if node is None else self._tree(node, "")

    def wrong(self, text: str, line: int, key: str) -> InvalidSettings:
        """Return the error for something that is wrong in the file.

        Args:
            text: What is wrong.
            line: Where, from 1; 0 for the file as a whole.
            key: The key it belongs to, with those above it, or an empty string.
        """
        place = f"{self.path}:{line}" if line else self.path
        return InvalidSettings(f"{place}: {f'{key}: ' if key else ''}{text}", path=self.path, key=key)

    def text(self, tree: Tree, key: str) -> str:
        """Return a scalar's text."""
        if not isinstance(tree, Scalar) or tree.kind == "null":
            raise self.wrong("must be a text", tree.line, key)
        return tree.text

    def boolean(self, tree: Tree, key: str) -> bool:
        """Return a scalar that is true or false."""
        word = tree.text.lower() if isinstance(tree, Scalar) and tree.kind in {"bool", "str"} else ""
        if word not in _TRUE | _FALSE:
            raise self.wrong("must be true or false", tree.line, key)
        return word in _TRUE

    def number(self, tree: Tree, key: str) -> int:
        """Return a scalar that is a whole number of at least 1."""
        text = tree.text if isinstance(tree, Scalar) else ""
        if not (text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text)):
            raise self.wrong("must be a whole number, 1 or more", tree.line, key)
        return int(text)

    def members(self, tree: Tree, key: str) -> Mapping[str, Tree]:
        """Return a mapping's members; nothing at all counts as an empty mapping."""
        if isinstance(tree, Scalar) and tree.kind == "null":
            return {}
        if not isinstance(tree, Members):
            raise self.wrong("must be a mapping", tree.line, key)
        return tree.members

    def known(self, tree: Tree, key: str, names: tuple[str, ...]) -> Mapping[str, Tree]:
        """Return a mapping's members, none of which may have another name than these."""
        members = self.members(tree, key)
        for name, value in members.items():
            if name not in names:
                hint = f"is not known; there are {', '.join(names)}"
                raise self.wrong(hint, value.line, f"{key}.{name}" if key else name)
        return members

    def texts(self, tree: Tree, key: str) -> tuple[str, ...]:
        """Return the texts of a sequence; nothing at all counts as an empty one."""
        if isinstance(tree, Scalar) and tree.kind == "null":
            return ()
        if not isinstance(tree, Items):
            raise self.wrong("must be a list", tree.line, key)
        return tuple(self.text(item, key) for item in tree.items)

    def _look_at_events(self, text: str) -> None:
        depth = aliases = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            elif isinstance(event, yaml.AliasEvent):
                aliases += 1
            line = _line_of(event.start_mark)
            if depth > MAX_DEPTH:
                raise self.wrong(f"nested deeper than {MAX_DEPTH}", line, "")
            if aliases > MAX_ALIASES:
                raise self.wrong(f"has more than {MAX_ALIASES} aliases", line, "")

    def _tree(self, node: yaml.Node, key: str, depth: int = 0) -> Tree:
        self._nodes += 1
        line = _line_of(node.start_mark)
        if self._nodes > MAX_NODES:
            raise self.wrong(f"stands for more than {MAX_NODES} values", line, key)
        if depth > MAX_DEPTH:
            raise self.wrong(f"nested deeper than {MAX_DEPTH}", line, key)
        if str(node.tag).removeprefix(_OWN) not in _KINDS:
            raise self.wrong(f"the tag {node.tag} is not taken here", line, key)
        if isinstance(node, yaml.ScalarNode):
            return Scalar(node.value, node.tag.removeprefix(_OWN), line)
        if isinstance(node, yaml.SequenceNode):
            return Items(tuple(self._tree(item, key, depth + 1) for item in node.value), line)
        assert isinstance(node, yaml.MappingNode)
        return self._mapping(node, key, depth)

    def _mapping(self, node: yaml.MappingNode, key: str, depth: int) -> Members:
        line = _line_of(node.start_mark)
        own: dict[str, Tree] = {}
        inherited: dict[str, Tree] = {}
        for name_node, value_node in node.value:
            place = _line_of(name_node.start_mark)
            if not isinstance(name_node, yaml.ScalarNode):
                raise self.wrong("a key must be a text", place, key)
            name = name_node.value
            below = f"{key}.{name}" if key else name
            value = self._tree(value_node, below, depth + 1)
            if name_node.tag == _MERGE:
                for source in value.items if isinstance(value, Items) else (value,):
                    for each, inner in self.members(source, below).items():
                        inherited.setdefault(each, inner)
            elif name in own:
                raise self.wrong("is there twice", place, below)
            else:
                own[name] = value
        return Members({**inherited, **own}, line)


def _line_of(mark: _Mark | None) -> int:
    return 0 if mark is None else mark.line + 1
