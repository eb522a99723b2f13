"""In which order a registry gets to see content: what belongs to something is there before it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from oci.spec import parse_document
from oci.spec.attachment import cosign_tag, fallback_tag
from oci.spec.digest import Digest
from oci.testing import build_artifact, build_image, build_index, fault, layer
from tests.integration.transfer.conftest import IMAGE, Copier

if TYPE_CHECKING:
    from pathlib import Path

    from oci.serving import Application, Request, Response
    from oci.testing import ScriptedRegistry

SHARED = layer({"shared": b"s" * 1000})
INDEX = build_index(
    {
        "linux/amd64": build_image([SHARED, layer({"a": b"1"})]),
        "linux/arm64": build_image([SHARED, layer({"b": b"2"})], platform="linux/arm64"),
    }
)
OUTER = build_index([INDEX, IMAGE])
SIGNATURE = build_artifact("application/vnd.example.signature", b"1", subject=OUTER.root)
BILL = build_artifact("application/vnd.example.sbom", b"2", subject=IMAGE.root)
OF_THE_BILL = build_artifact("application/vnd.example.signature", b"3", subject=BILL.root)
ATTACHED = (SIGNATURE, BILL, OF_THE_BILL)
COSIGNED = build_artifact("application/vnd.example.cosign", b"4")
COSIGN_TAG = cosign_tag(OUTER.digest, "sig")


class Arrival(NamedTuple):
    """A PUT that ended well.

    Args:
        name: What it was put under.
        digest: What it was.
        before: What was complete before the request began.
    """

    name: str
    digest: Digest
    before: frozenset[Digest]


class Ledger:
    """Notes what was complete when each PUT began."""

    def __init__(self) -> None:
        self._complete: set[Digest] = set()
        self.documents: list[Arrival] = []

    async def fault(self, request: Request, application: Application) -> Response:
        """Pass on and note; to be put on all PUTs."""
        before = frozenset(self._complete)
        response = await application(request)
        if response.status == 201:
            digest = Digest.parse(response.headers.get("Docker-Content-Digest"))
            self._complete.add(digest)
            if "manifests" in request.segments:
                self.documents.append(Arrival(request.segments[-1], digest, before))
        return response


@pytest.fixture(params=["registry", "layout"])
def source(request: pytest.FixtureRequest, origin: ScriptedRegistry, tmp_path: Path) -> str:
    """Return the name of an image with everything attached to it."""
    everything = {OUTER: ("outer",), COSIGNED: (COSIGN_TAG,), **dict.fromkeys(ATTACHED, ())}
    for content, tags in everything.items():
        if request.param == "layout":
            content.write_to(tmp_path / "layout", *tags)
        else:
            origin.put("app", content, *tags)
    if request.param == "layout":
        return f"oci:{tmp_path / 'layout'}:outer"
    return f"docker://{origin.host}/app:outer"


@pytest.mark.parametrize("there", ["api", "fallback tag"])
@pytest.mark.parametrize("referrers", [False, True], ids=["alone", "with referrers"])
def test_children_come_before_parents_and_the_name_last(
    source: str, goal: ScriptedRegistry, copier: Copier, referrers: bool, there: str
) -> None:
    if there == "fallback tag":
        goal.script(fault.no_referrers())
    ledger = Ledger()
    goal.script(ledger.fault, method="PUT")
    copier.copy(source, f"docker://{goal.host}/app:v1", referrers=referrers, parallel=8)
    for arrival in ledger.documents:
        document = parse_document(goal.content("app", arrival.digest))
        assert {child.digest for child in document.children} <= arrival.before
        if document.subject is not None:
            assert document.subject.digest in arrival.before, "nothing is signed before it is there"
    last = ledger.documents[-1]
    assert (last.name, last.digest) == ("v1", OUTER.digest)
    assert [arrival.name for arrival in ledger.documents].count("v1") == 1
    published = {arrival.digest for arrival in ledger.documents}
    attached = {each.digest for each in (*ATTACHED, COSIGNED)}
    assert attached & published == (attached if referrers else set())
    assert (attached <= last.before) == referrers


def test_an_attachment_is_there_before_it_is_listed(
    source: str, goal: ScriptedRegistry, copier: Copier
) -> None:
    goal.script(fault.no_referrers())
    ledger = Ledger()
    goal.script(ledger.fault, method="PUT")
    copier.copy(source, f"docker://{goal.host}/app:v1", referrers=True)
    lists = {fallback_tag(each.digest) for each in (OUTER, IMAGE, BILL)}
    assert lists <= {arrival.name for arrival in ledger.documents}
    for arrival in ledger.documents:
        if arrival.name in lists:
            listed = parse_document(goal.content("app", arrival.digest)).children
            assert {child.digest for child in listed} <= arrival.before
