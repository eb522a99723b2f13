"""A storm at full size: five hundred kills on one store (`tests.integration.store.storm`).

python -m tests.soak.storm [SEED]    prints what came of it, and writes docs/evidence/storm.md
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from oci.testing import ScriptedRegistry
from tests.integration.store.storm import Storm

ROOT = Path(__file__).resolve().parents[2]
EVIDENCE = ROOT / "docs" / "evidence" / "storm.md"
SEED = 20261122
KILLS = 500

PAGE = """# A storm of kills

`make soak` lets two commands at a time (pull, import, rmi, system prune) loose on one store, and kills them
(SIGKILL) at random points. After each pair, `system check` has to find nothing, and every image whose pull
or import was acknowledged has to be there with all blobs and files. At the end everything is pulled and
imported again, removed, and pruned; nothing may be left.

| seed | kills | commands that came to their end first | verdict |
|---|---|---|---|
| {seed} | {kills} | {finished} | sound after each pair; a repeat succeeds; nothing is left |
"""


def main() -> int:
    """Run the storm; an assertion that fails is the verdict otherwise."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else SEED
    with (
        tempfile.TemporaryDirectory(prefix="storm-") as folder,
        ScriptedRegistry(Path(folder, "registry")) as registry,
    ):
        result = Storm(Path(folder, "store"), registry, seed).run(KILLS)
    text = PAGE.format(seed=seed, kills=result.kills, finished=result.finished)
    EVIDENCE.write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
