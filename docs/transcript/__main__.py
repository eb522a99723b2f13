"""Runs what the pages show: ``python -m docs.transcript [--write] PAGE...``.

Without ``--write``, a page whose commands print something else than it shows is reported with the difference,
and the exit code is 1. With it, the outputs in the page are replaced by what was printed.
"""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

from docs.transcript.page import Program, Step, parse, rendered
from docs.transcript.session import Session, UnexpectedExit
from docs.transcript.steady import steady


def run_page(text: str) -> str:
    """Run everything that a page shows, in order, and return the page with what was printed.

    Raises:
        UnexpectedExit: A command failed where the page does not ask for its exit code.
    """
    parts = parse(text)
    steps = [part for part in parts if isinstance(part, Step)]
    with Session() as session:
        for part in parts:
            if isinstance(part, Program):
                session.save(part.name, part.text)
            elif isinstance(part, Step):
                following = steps[steps.index(part) + 1 :]
                asks = bool(following) and following[0].command == "echo $?"
                part.output = session.run(part.command, may_fail=asks)
    return rendered(parts)


def difference(old: str, new: str, name: str) -> str:
    """Compare two versions of a page, but for what changes from run to run."""
    lines = difflib.unified_diff(
        steady(old).splitlines(), steady(new).splitlines(), name, f"{name}, as it runs", lineterm=""
    )
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Check or rewrite pages."""
    writes = "--write" in arguments
    failed = False
    for name in [argument for argument in arguments if argument != "--write"]:
        page = Path(name)
        old = page.read_text(encoding="utf-8")
        try:
            new = run_page(old)
        except UnexpectedExit as failure:
            print(f"{name}: {failure}", file=sys.stderr)
            failed = True
            continue
        found = difference(old, new, name)
        if writes and found:
            page.write_text(new, encoding="utf-8")
        elif found:
            print(found)
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
