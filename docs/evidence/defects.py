"""Writes down every way in which a signature can lie that is tried, with its fixture and its test.

    python -m docs.evidence.defects [--write]    prints the page, or writes it to defects.md

Defects with fixtures come from the scripts and files that make those; the others are named in defects.tsv,
with the test that has them. A test compares the page with what this finds, and looks each test up.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.fixture_script import FIXTURES, fixture_script

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE: Final = Path(__file__).with_name("defects.md")
GOOD: Final = frozenset({"good", ""})
SCRIPTED: Final = (
    ("cosign", "lying-signatures", "tests/unit/trust/test_lying_signatures.py"),
    ("sigstore bundle", "lying-bundles", "tests/unit/trust/test_lying_bundles.py"),
    ("notation", "notation-defects", "tests/integration/trust/notation/test_defects.py"),
)
IN_TESTS: Final = Path(__file__).with_name("defects.tsv")
"""Family, defect and test of each that has no fixture."""
GPG_TEST: Final = "tests/integration/trust/test_gpg_fixture.py"
STAMP_TEST: Final = "tests/integration/trust/notation/test_timestamp.py"
ASKED: Final = {
    "payload for another digest or repository": (
        "payload-for-another-digest",
        "payload-for-another-repository",
    ),
    "duplicate JSON keys": (
        "payload-duplicate-keys",
        "payload-with-a-duplicate-key",
        "duplicate-header",
    ),
    "unknown critical members": (
        "payload-unknown-critical",
        "payload-with-unknown-critical-member",
        "unknown-critical-header",
    ),
    "algorithm confusion": (
        "algorithm-RS256",
        "rsa-says-es256",
        "signature-is-a-mac-with-the-public-key",
    ),
    "a key of the wrong type": (
        "key-of-the-wrong-type",
        "signature-of-another-kind-of-key",
    ),
    "`none`": (
        "algorithm-none",
        "none-without-a-signature",
        "signature-is-none",
    ),
    "truncated DER": (
        "signature-truncated-der",
        "certificate-truncated",
        "timestamp-truncated",
    ),
    "over-long scrypt parameters": ("key-file-with-overlong-scrypt",),
    "a bundle whose log entry is for something else": (
        "entry-of-another-document",
        "entry-of-another-signature",
        "entry-of-another-certificate",
        "log-entry-for-another-document",
    ),
    "a proof for another tree": ("proof-for-another-tree",),
    "a certificate outside its validity at signing time": (
        "certificate-expired-when-signing",
        "certificate-not-yet-valid-when-signing",
        "certificate-before-its-validity",
        "certificate-after-its-validity",
    ),
    "a chain with a CA:false issuer": (
        "certificate-issuer-is-no-authority",
        "issuer-with-ca-false",
        "issuer-that-is-no-authority",
    ),
    "a trust policy with overlapping identities": ("trust-policy-with-overlapping-identities",),
    "thousands of signatures": (
        "thousands-of-signatures",
        "ten-thousand-referrers",
        "thousands-of-files",
    ),
    "a signature whose blob is 1 GB": (
        "signature-of-a-gigabyte",
        "signature-of-an-unannounced-gigabyte",
        "file-of-a-gigabyte",
    ),
}
"""What has to be tried at least, and the defects that do."""


INTRODUCTION: Final = """\
<!-- Written by docs/evidence/defects.py. -->

# Signatures that lie

Each is built with one defect and has to be refused for that defect. Beside it lies a good one that is let in,
so that it is not refused for something else. A test holds this page against the fixtures, and looks for the
tests that it names.
"""


class Defect(NamedTuple):
    """One way of lying."""

    family: str
    name: str
    fault: str
    """What it is refused for; empty where it is not a signature that is refused."""
    fixture: str
    """The fixture's folder, or an empty string."""
    test: str
    """The test's file, or file and function."""


def defects() -> Iterator[Defect]:
    """Yield all that is tried."""
    expected: dict[str, str] = json.loads((FIXTURES / "gpg-signatures/expected.json").read_bytes())
    for name, fault in expected.items():
        if fault not in GOOD:
            yield Defect("GPG", name, fault, "gpg-signatures", GPG_TEST)
    for family, folder, test in SCRIPTED:
        for case in fixture_script(folder).cases():
            if case.fault not in GOOD:
                yield Defect(family, case.name, case.fault, folder, test)
    stamps: dict[str, object] = json.loads((FIXTURES / "notation-timestamps/signatures.json").read_bytes())
    envelopes = stamps["envelopes"]
    assert isinstance(envelopes, dict)
    for name in envelopes:
        if not name.startswith("good"):
            yield Defect("notation", name, "", "notation-timestamps", STAMP_TEST)
    for row in IN_TESTS.read_text(encoding="utf-8").splitlines()[1:]:
        family, name, test = row.split("\t")
        yield Defect(family, name, "", "", test)


def page() -> str:
    """Return the page."""
    found = list(defects())
    with_fixture = Counter(each.family for each in found if each.fixture)
    without = Counter(each.family for each in found if not each.fixture)
    counts = {each: f"{with_fixture[each]} | {without[each]}" for each in sorted({*with_fixture, *without})}
    asked = {lie: ", ".join(_of(found, name) for name in names) for lie, names in ASKED.items()}
    lines = [
        INTRODUCTION,
        f"{len(found)} defects, {with_fixture.total()} of them with a fixture of the same name.",
        "",
        "| family | with a fixture | in a test |",
        "|---|---|---|",
        *(f"| {family} | {count} |" for family, count in counts.items()),
        "",
        "## What has to be tried at least",
        "",
        "| lie | tried as |",
        "|---|---|",
        *(f"| {lie} | {names} |" for lie, names in asked.items()),
        "",
        "## All of them",
        "",
        "| family | defect | refused for | fixture | test |",
        "|---|---|---|---|---|",
        *map(_row, found),
    ]
    return "\n".join(lines) + "\n"


def _row(each: Defect) -> str:
    fixture = f"fixtures/{each.fixture}" if each.fixture else ""
    return f"| {each.family} | {each.name} | {each.fault} | {fixture} | {each.test} |"


def _of(found: list[Defect], name: str) -> str:
    families = sorted({each.family for each in found if each.name == name})
    if not families:
        raise LookupError(name)
    return f"{name} ({', '.join(families)})"


def main() -> None:
    """Print the page, or write it."""
    if "--write" in sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())


if __name__ == "__main__":
    main()
