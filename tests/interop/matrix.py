"""Turns the reports of test runs into the tables of docs/evidence/interop.md.

Usage: ``python -m tests.interop.matrix REPORT.xml...`` after ``pytest tests/interop --junitxml=REPORT.xml``.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from tests.peers.build import peers

if TYPE_CHECKING:
    from collections.abc import Iterable

CLIENTS = ("crane", "skopeo", "imagecopy", "oras", "regctl")
REGISTRIES = ("docker-registry", "ocitool", "registry", "olareg")
DEBIAN = ("docker-registry", "docker.io", "podman", "skopeo", "umoci")

_PARAMETERS = re.compile(r"\[(.*)\]$")


def cases(reports: Iterable[str]) -> list[tuple[str, str, bool]]:
    """Return file, test and whether it passed; one that was skipped showed nothing and is left out."""
    found = []
    for report in reports:
        for case in ET.parse(report).iter("testcase"):
            if case.find("skipped") is None:
                failed = case.find("failure") is not None or case.find("error") is not None
                found.append((case.get("classname", "").rpartition(".")[2], case.get("name", ""), not failed))
    return found


def named(parameters: str, names: Iterable[str]) -> str | None:
    """Find the name that comes first among the parameters of a test; of two in one place, the longer."""
    padded = f"-{parameters}-"
    found = [(padded.index(f"-{name}-"), -len(name), name) for name in names if f"-{name}-" in padded]
    return min(found)[2] if found else None


def pairs(reports: Iterable[str]) -> dict[tuple[str, str], set[str]]:
    """Return what the copies from one transport to another kept, of those that passed."""
    kept: dict[tuple[str, str], set[str]] = {}
    for report in reports:
        for case in ET.parse(report).iter("testcase"):
            noted = {each.get("name"): each.get("value", "") for each in case.iter("property")}
            if "kept" in noted and case.find("failure") is None:
                kept.setdefault((noted["origin"], noted["goal"]), set()).add(noted["kept"])
    return kept


def print_pairs(kept: dict[tuple[str, str], set[str]]) -> None:
    """Print them as a table, origins down and goals across."""
    kinds = list(dict.fromkeys(origin for origin, _ in kept))
    print("\n| from, to |", " | ".join(kinds), "|")
    print("| --- |" + " --- |" * len(kinds))
    for origin in kinds:
        cells = [", ".join(sorted(kept.get((origin, goal), ()))) or "-" for goal in kinds]
        print(f"| {origin} |", " | ".join(cells), "|")


def versions() -> list[str]:
    """Say which versions the programs have."""
    query = ["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *DEBIAN]
    installed = subprocess.run(query, capture_output=True, text=True, check=True).stdout.splitlines()
    built = [f"{peer.name} {peer.version}" for peer in peers() if peer.name in (*CLIENTS, *REGISTRIES)]
    return [*(f"{line} (Debian)" for line in installed), *built]


def main(reports: list[str]) -> None:
    """Print the tables."""
    passed: Counter[tuple[str, str]] = Counter()
    total: Counter[tuple[str, str]] = Counter()
    files: Counter[str] = Counter()
    good: Counter[str] = Counter()
    for file, name, is_passed in cases(reports):
        files[file] += 1
        good[file] += is_passed
        match = _PARAMETERS.search(name)
        if file not in {"test_exchange", "test_referrers"} or match is None:
            continue
        client, registry = named(match[1], CLIENTS), named(match[1], REGISTRIES)
        if client and registry:
            total[client, registry] += 1
            passed[client, registry] += is_passed
    print("| client |", " | ".join(REGISTRIES), "|")
    print("| --- |" + " --- |" * len(REGISTRIES))
    for client in CLIENTS:
        cells = [f"{passed[client, name]} of {total[client, name]}" for name in REGISTRIES]
        print(f"| {client} |", " | ".join(cells), "|")
    print("\n| tests | passed |\n| --- | --- |")
    for file in sorted(files):
        print(f"| {file} | {good[file]} of {files[file]} |")
    print_pairs(pairs(reports))
    print("\n" + "\n".join(f"- {line}" for line in versions()))


if __name__ == "__main__":
    main(sys.argv[1:])
