"""Compares with the peers, side by side: ``make bench``, or ``python -m tests.bench [ROW...]``.

Contestants alternate, medians count, data lies in memory. The table goes to standard output and, when every
row was asked for and nobody failed, to ``docs/evidence/bench.md``. The status is 1 when a goal was missed or
somebody failed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import subprocess
import sys
from pathlib import Path

from tests.bench.contestant import OURS, program
from tests.bench.ground import Ground
from tests.bench.link import measure_link
from tests.bench.material import LAYER_BYTES
from tests.bench.measure import Failed
from tests.bench.pulling import PULLS
from tests.bench.report import details, summary, verdicts
from tests.bench.row import ROWS as TRANSFERS
from tests.bench.unpacking import LONG_ROWS
from tests.bench.unpacking import ROWS as UNPACKINGS
from tests.bench.verification import VERIFICATIONS
from tests.peers.build import peers

ROOT = Path(__file__).resolve().parents[2]
EVIDENCE = ROOT / "docs" / "evidence" / "bench.md"
ROUNDS = 5
ROWS = {**TRANSFERS, **UNPACKINGS, **PULLS, **VERIFICATIONS}


def versions() -> list[str]:
    """Name everybody who took part, as exactly as they can be named."""
    lines = [
        f"- {peer.name} {peer.version} ({peer.module})"
        for peer in peers()
        if "bench" in peer.groups and peer.module
    ]
    for name in ("skopeo", "podman", "containerd", OURS):
        try:
            done = subprocess.run([program(name), "--version"], capture_output=True, text=True, check=False)
        except Failed:
            lines.append(f"- {name}: not there")
        else:
            words = (done.stdout or done.stderr).strip().splitlines()[-1].split()
            lines.append(f"- {name} {words[-1]}")
    return lines


def heading(link: str) -> str:
    """Say when, where and with whom."""
    today = dt.datetime.now(dt.UTC).date()
    kernel = ".".join(platform.release().split(".")[:2])
    machine = f"{os.cpu_count()} cores, Linux {kernel}, Python {platform.python_version()}"
    return "\n".join(
        [
            "# Speed and memory, side by side",
            "",
            f"Made by `make bench` on {today}: {machine}.",
            "Contestants took turns in one run, and medians count; ratios are to the standard of the row.",
            "Registries and layouts lay in memory. Ours was installed by pip into an environment of its own.",
            f"The slow link: {link}.",
            "",
            *versions(),
        ]
    )


def main() -> int:
    """Hold the contests that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Compare with the peers.")
    parser.add_argument(
        "rows",
        nargs="*",
        metavar="ROW",
        help=f"of {', '.join(ROWS)}; all of these when none is named. Or of {', '.join(LONG_ROWS)}",
    )
    parser.add_argument(
        "--long", action="store_true", help="all rows, those too that take minutes and ten gigabytes"
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each contestant runs")
    parser.add_argument(
        "--scale",
        type=float,
        default=1.0,
        help="stretch the layers: 4 shows the rate with little of the start, 0.01 tries the harness",
    )
    options = parser.parse_args()
    known = {**ROWS, **LONG_ROWS}
    if unknown := set(options.rows) - set(known):
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    rows = []
    with Ground(tuple(int(size * options.scale) for size in LAYER_BYTES)) as ground:
        link = str(measure_link(ground))
        print(f"The slow link: {link}.\n", flush=True)
        for name in options.rows or (known if options.long else ROWS):
            row = known[name](ground, options.rounds)
            rows.append(row)
            print(details(row), end="\n\n", flush=True)
            for standing in row.standings:
                if standing.failure:
                    print(f"{standing.name} failed: {standing.failure}\n", file=sys.stderr, flush=True)
    text = "\n\n".join([heading(link), summary(rows), *(details(row) for row in rows)]) + "\n"
    print(text)
    failed = [standing for row in rows for standing in row.standings if standing.failure]
    if not options.rows and options.scale == 1 and not failed:
        EVIDENCE.parent.mkdir(parents=True, exist_ok=True)
        EVIDENCE.write_text(text, encoding="utf-8")
    return 0 if not failed and all(is_met for row in rows for _, _, is_met in verdicts(row)) else 1


if __name__ == "__main__":
    sys.exit(main())
