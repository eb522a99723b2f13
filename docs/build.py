"""Builds the documentation into ``build/docs``: ``make docs``.

The pages of the API come from the docstrings. Every link between the Markdown files of the repository is
followed; one that leads nowhere fails the build.
"""

from __future__ import annotations

import pkgutil
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pdoc
import pdoc.render

import oci

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "build" / "docs"
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def dead_links() -> list[str]:
    """Follow every relative link of every Markdown file that git knows or would know."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "*.md"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    dead = []
    for name in filter(None, listed.split("\0")):
        page = ROOT / name
        text = _CODE.sub("", page.read_text(encoding="utf-8"))
        targets = (
            target
            for target in _LINK.findall(text)
            if "://" not in target and not target.startswith("mailto:")
        )
        dead += [f"{name}: {target}" for target in targets if not (page.parent / target).exists()]
    return dead


def build_api_pages() -> None:
    """Render one page for each public module.

    They are named one by one: what `oci` itself lists as public is its façade alone. Annotations whose names
    only a type checker imports are shown as they are written, without a link.
    """
    warnings.simplefilter("ignore")
    pdoc.render.configure(docformat="google")
    modules = (found.name for found in pkgutil.walk_packages(oci.__path__, "oci."))
    pdoc.pdoc("oci", *modules, output_directory=OUTPUT)


def main() -> int:
    """Build everything; answers 1 when a link is dead."""
    dead = dead_links()
    for line in dead:
        print(f"dead link in {line}", file=sys.stderr)
    build_api_pages()
    print(f"{sum(1 for _ in OUTPUT.rglob('*.html'))} pages in {OUTPUT.relative_to(ROOT)}")
    return 1 if dead else 0


if __name__ == "__main__":
    sys.exit(main())
