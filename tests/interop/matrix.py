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

SIGNING = {
    "test_cosign::test_a_policy_of_containers_image_lets_in_what_ours_has_signed_and_nothing_else": (
        "cosign tag", "containers/image", "obeys ours"
    ),
    "test_cosign::test_our_policy_lets_in_what_containers_image_has_signed_and_nothing_else": (
        "cosign tag", "containers/image", "ours obeys it"
    ),
    "test_cosign::test_a_directory_carries_signatures_from_a_registry_to_another": (
        "cosign in `dir:`", "containers/image", "both"
    ),
    "test_cosign::test_cosign_verifies_what_ours_has_signed": (
        "cosign tag", "cosign 2 and 3", "verify ours"
    ),
    "test_cosign::test_what_cosign_signs_with_its_own_key_is_proved": (
        "cosign tag (2), bundle (3)", "cosign 2 and 3", "ours verifies theirs"
    ),
    "test_cosign::test_cosign_3_verifies_our_bundles": ("bundle", "cosign 3", "verifies ours"),
    "test_cosign::test_cosign_verifies_our_attestations": ("attestation", "cosign 2 and 3", "verify ours"),
    "test_notation::test_they_verify_what_we_sign": ("notation", "notation", "verifies ours"),
    "test_notation::test_we_verify_what_they_sign": ("notation", "notation", "ours verifies its"),
    "test_notation::test_both_stop_at_a_signature_that_has_expired": ("notation", "notation", "both refuse"),
    "test_notation::test_both_refuse_a_policy_with_overlapping_identities": (
        "notation", "notation", "both refuse"
    ),
    "test_simple_signing::": ("GPG", "skopeo", "both"),
    "test_standalone::": ("GPG", "skopeo", "both"),
    "test_policy::": ("policy.json without signatures", "skopeo", "both let in the same"),
}  # fmt: skip
"""Tests of signatures: the family, the program, and what it does with what ours made, or the reverse."""
PEERS_OF_SIGNING = ("cosign2", "cosign3", "notation", "imagecopy")

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


def print_signing(reports: Iterable[str]) -> None:
    """Print what of signing was tried with whom."""
    passed: Counter[tuple[str, str, str]] = Counter()
    total: Counter[tuple[str, str, str]] = Counter()
    for file, name, is_passed in cases(reports):
        test = f"{file}::{name.partition('[')[0]}"
        row = SIGNING.get(test) or SIGNING.get(f"{file}::")
        if row is not None:
            total[row] += 1
            passed[row] += is_passed
    print("\n| signatures | peer | what | passed |\n| --- | --- | --- | --- |")
    for row in dict.fromkeys(each for each in SIGNING.values() if total[each]):
        print(f"| {' | '.join(row)} | {passed[row]} of {total[row]} |")


def versions() -> list[str]:
    """Say which versions the programs have."""
    query = ["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *DEBIAN]
    installed = subprocess.run(query, capture_output=True, text=True, check=True).stdout.splitlines()
    built = [
        f"{peer.name} {peer.version}"
        for peer in peers()
        if peer.name in {*CLIENTS, *REGISTRIES, *PEERS_OF_SIGNING}
    ]
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
    print_signing(reports)
    print_pairs(pairs(reports))
    print("\n" + "\n".join(f"- {line}" for line in versions()))


if __name__ == "__main__":
    main(sys.argv[1:])
