"""The OCI distribution-spec conformance program against our registry, with every API turned on."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.peers.server import distribution, ocitool_serve

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.interop

VERSIONS = ("1.1", "dev")
LEAST_TESTS = 850
MOST_SKIPPED = 2
EVERY_API = (
    "OCI_API_BLOBS_UPLOAD_CANCEL",
    "OCI_API_BLOBS_DIGEST_HEADER",
    "OCI_API_MANIFESTS_DIGEST_HEADER",
    "OCI_API_MANIFESTS_TAG_PARAM",
    "OCI_DATA_SHA512",
)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the program counted, and the part of its report that says why."""

    tests: int
    failed: int
    skipped: int
    complaints: str


def conformance(program: Path, address: str, version: str, results: Path) -> Verdict:
    """Run the program and read its JUnit report."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(results),
        "OCI_VERSION": version,
        "OCI_REGISTRY": address,
        "OCI_TLS": "disabled",
        "OCI_RESULTS_DIR": str(results),
        **dict.fromkeys(EVERY_API, "true"),
    }
    done = subprocess.run(
        [program], env=environment, capture_output=True, text=True, check=False, timeout=100
    )
    report = results / "junit.xml"
    assert report.exists(), done.stderr
    counts = ET.parse(report).getroot().attrib
    lines = done.stdout.splitlines()
    verdict = Verdict(
        tests=int(counts["tests"]),
        failed=int(counts.get("failures", "0")),
        skipped=int(counts.get("skipped", "0")),
        complaints="\n".join(line for line in lines if line.lstrip().startswith("- ") or ": FAIL" in line),
    )
    print(f"\nconformance {version}: {verdict.failed} failed, {verdict.skipped} skipped of {verdict.tests}")
    return verdict


# One version shows it; it takes longer than both runs on our own registry.
@pytest.mark.parametrize(
    "version", [VERSIONS[0], *(pytest.param(v, marks=pytest.mark.costly) for v in VERSIONS[1:])]
)
def test_the_program_finds_the_faults_of_a_registry_that_has_some(
    tool: Callable[[str], Path], tmp_path: Path, version: str
) -> None:
    """Debian's registry knows no referrers: were nothing found there, a clean verdict would mean nothing."""
    program, registry = tool("conformance"), tool("docker-registry")
    with distribution(registry, tmp_path) as server:
        verdict = conformance(program, server.address, version, tmp_path)
    assert verdict.tests >= LEAST_TESTS
    assert verdict.failed > 0
    assert "referrers" in verdict.complaints


@pytest.mark.parametrize("version", VERSIONS)
def test_our_registry_passes(tool: Callable[[str], Path], tmp_path: Path, version: str) -> None:
    with ocitool_serve(tmp_path / "registry") as server:
        verdict = conformance(tool("conformance"), server.address, version, tmp_path)
    assert verdict.complaints == ""
    assert verdict.failed == 0
    assert verdict.skipped <= MOST_SKIPPED
    assert verdict.tests >= LEAST_TESTS
