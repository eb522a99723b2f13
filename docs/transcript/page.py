"""Reads and writes Markdown pages that show commands with their output.

Two kinds of fenced blocks mean something:

- ``console``: lines that begin with ``$ `` are commands, the lines after each are what it prints; a command
  goes on in the next line, after ``> ``, when its line ends with a backslash.
- ``python``: a program. Its first line is a comment that says what the file is called: ``# mirror.py``.

Everything else is text, other fences included.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

_FENCE = re.compile(r"^```(console|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"# ([a-z_]+\.py)\n")


@dataclass
class Text:
    """What is not run."""

    text: str


@dataclass(eq=False)
class Step:
    """A command, and what it prints; the same command again is another step.

    Args:
        shown: The lines that show the command.
        output: What it prints, with a newline at the end unless it is empty.
    """

    shown: str
    output: str

    @property
    def command(self) -> str:
        """The command as a shell takes it."""
        return self.shown.removeprefix("$ ").replace("\n> ", "\n").removesuffix("\n")


@dataclass
class Program:
    """A program that later commands run.

    Args:
        name: The name of its file.
        text: The whole file.
    """

    name: str
    text: str


Part: TypeAlias = Text | Step | Program


def parse(page: str) -> list[Part]:
    """Take a page apart; `rendered` is the inverse.

    Raises:
        ValueError: A block is not as this module's rules want it.
    """
    parts: list[Part] = []
    end = 0
    for fence in _FENCE.finditer(page):
        parts.append(Text(page[end : fence.start(2)]))
        parts += [_program(fence[2])] if fence[1] == "python" else _steps(fence[2])
        end = fence.end(2)
    return [*parts, Text(page[end:])]


def rendered(parts: list[Part]) -> str:
    """Put a page together again."""
    return "".join(part.shown + part.output if isinstance(part, Step) else part.text for part in parts)


def _program(text: str) -> Program:
    name = _NAME.match(text)
    if not name:
        raise ValueError(f"a program without '# name.py' in its first line: {text.splitlines()[0]}")
    return Program(name[1], text)


def _steps(block: str) -> list[Part]:
    steps: list[Step] = []
    continues = False
    for line in block.splitlines(keepends=True):
        if line.startswith("$ "):
            steps.append(Step(line, ""))
        elif not steps:
            raise ValueError(f"output without a command: {line}")
        elif continues:
            if not line.startswith("> "):
                raise ValueError(f"the rest of a command does not begin with '> ': {line}")
            steps[-1].shown += line
        else:
            steps[-1].output += line
            continue
        continues = line.endswith("\\\n")
    return list(steps)
