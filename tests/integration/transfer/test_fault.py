"""A copy in bad weather: what passes is survived, what does not is said, and nothing wrong is ever let in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from oci.content import Limits
from oci.errors import (
    AddressRefused,
    CopyError,
    DigestMismatch,
    InvalidDocument,
    LimitExceeded,
    RateLimited,
    RegistryError,
    SizeMismatch,
    Stalled,
    TransportError,
)
from oci.frozen import replace
from oci.spec import Descriptor
from oci.spec.media_type import DOCKER_LAYER_FOREIGN, OCI_INDEX
from oci.testing import ScriptedRegistry, ScriptedServer, build_image, build_index, fault
from oci.transfer import Outcome
from oci.transfer.event import Retried, Started
from oci.transports.layout.store import LayoutStore
from tests.integration.transfer.conftest import IMAGE, LAYERS, Copier, assert_holds, failing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from oci.serving import Application, Request, Response
    from oci.testing.script import Rule

BLOBS, LARGE = "*/blobs/*", f"*/blobs/{LAYERS[0].descriptor.digest}"
UPLOADS, MANIFESTS = "*/blobs/uploads/*", "*/manifests/*"
LATER = {"Retry-After": "0"}
SIZE = LAYERS[0].descriptor.size


def wants_a_part(request: Request) -> bool:
    return "Range" in request.headers


READING: dict[str, Callable[[ScriptedRegistry], Rule | tuple[Rule, ...]]] = {
    "throttled for a while": lambda r: r.script(fault.answer(429, LATER), times=4),
    "not available for a while": lambda r: r.script(fault.answer(503), path=BLOBS, times=3),
    "reset before the answer": lambda r: r.script(fault.reset(), path=BLOBS, times=2),
    "reset in a body": lambda r: r.script(fault.cut(1_500_000, by_reset=True), path=LARGE, times=1),
    "cut in a body": lambda r: r.script(fault.cut(1_500_000), path=LARGE, times=2),
    "cut at each body": lambda r: r.script(fault.cut(2_000_000), method="GET", path=BLOBS, times=6),
    "stalled in a body": lambda r: r.script(fault.stall(1_500_000), method="GET", path=LARGE, times=1),
    "stalled before an answer": lambda r: r.script(fault.stall(), method="GET", path=LARGE, times=1),
    "whole answers to ranges": lambda r: (
        r.script(fault.cut(1_500_000), method="GET", path=LARGE, times=1),
        r.script(fault.ignore_range(), method="GET", path=BLOBS),
    ),
    "416 to ranges": lambda r: (
        r.script(fault.cut(1_500_000), method="GET", path=LARGE, times=1),
        r.script(fault.answer(416), path=BLOBS, when=wants_a_part),
    ),
    "moved to storage": lambda r: r.script(fault.move_blobs(r.storage.url), method="GET", path=BLOBS),
    "moved to storage that cuts": lambda r: (
        r.script(fault.move_blobs(r.storage.url), method="GET", path=BLOBS),
        r.storage.script(fault.cut(1_500_000), times=2),
    ),
}


def assert_met(rules: Rule | tuple[Rule, ...]) -> None:
    """Assert that the trouble was there at all."""
    assert all(rule.hits for rule in (rules if isinstance(rules, tuple) else (rules,)))


@pytest.mark.parametrize("name", READING)
def test_a_source_in_trouble_is_read_all_the_same(
    origin: ScriptedRegistry, tmp_path: Path, name: str
) -> None:
    rules = READING[name](origin)
    copier = Copier(idle_timeout_s=1.0 if name.startswith("stalled") else 60.0)
    result = copier.copy(f"docker://{origin.host}/app:v1", f"oci:{tmp_path / 'layout'}:v1")
    assert result.root == IMAGE.root
    assert all(blob.verified_here for blob in result.blobs)
    layout = LayoutStore.at(tmp_path / "layout")
    for leaf in IMAGE.leaves:
        with layout.fetch(leaf.descriptor) as reader:
            assert reader.read(limit=leaf.descriptor.size) == leaf.data
    layout.close()
    assert_met(rules)


async def refuse_range(request: Request, application: Application) -> Response:
    """Answer 416, and say where the upload is."""
    response = await application(replace(request, method="GET"))
    return replace(response, status=416)


WRITING: dict[str, Callable[[ScriptedRegistry], Rule | tuple[Rule, ...]]] = {
    "throttled for a while": lambda r: r.script(fault.answer(429, LATER), times=4),
    "throttled at the end of uploads": lambda r: r.script(
        fault.answer(429, LATER), method="PUT", path=UPLOADS, times=3
    ),
    "failing at the end of uploads": lambda r: r.script(
        fault.set_status(500), method="PUT", path=UPLOADS, times=2
    ),
    "broken in an upload": lambda r: r.script(
        fault.cut_upload(1_000_000), method="PUT", path=UPLOADS, times=3
    ),
    "reset before an upload": lambda r: r.script(fault.reset(), method="PUT", path=UPLOADS, times=2),
    "stalled in an upload": lambda r: r.script(fault.stall(), method="PUT", path=UPLOADS, times=1),
    "forgetful": lambda r: (
        r.script(fault.cut_upload(1_000_000), method="PUT", path=UPLOADS, times=2),
        r.script(fault.answer(404), method="GET", path=UPLOADS, times=1),
    ),
    "losing the answer": lambda r: r.script(fault.cut(0), method="PUT", path=UPLOADS, times=1),
    "taking small bodies only": lambda r: r.script(fault.refuse_large_bodies(1_200_000), path=UPLOADS),
    "taking chunks of some size": lambda r: (
        r.script(fault.chunk_minimum(1_500_000), path=UPLOADS),
        r.script(fault.refuse_large_bodies(2_000_000), path=UPLOADS),
    ),
    "416 to a chunk": lambda r: (
        r.script(fault.refuse_large_bodies(1_200_000), path=UPLOADS),
        r.script(refuse_range, method="PATCH", path=UPLOADS, after=1, times=2),
    ),
    "416 to a chunk, saying nothing": lambda r: (
        r.script(fault.refuse_large_bodies(1_200_000), path=UPLOADS),
        r.script(fault.answer(416), method="PATCH", path=UPLOADS, after=1, times=2),
    ),
    "416 to the last chunk": lambda r: (
        r.script(fault.refuse_large_bodies(1_200_000), path=UPLOADS),
        r.script(refuse_range, method="PUT", path=UPLOADS, after=4, times=2),
    ),
    "at absolute locations": lambda r: r.script(fault.absolute_location(r.url), path=UPLOADS),
    "busy when documents come": lambda r: r.script(fault.answer(503), method="PUT", path=MANIFESTS, times=3),
    "breaking when documents come": lambda r: r.script(fault.reset(), method="PUT", path=MANIFESTS, times=1),
    "failing on head": lambda r: r.script(fault.answer(500), method="HEAD"),
    "not knowing head": lambda r: r.script(fault.answer(405), method="HEAD"),
}


@pytest.mark.parametrize("name", WRITING)
def test_a_destination_in_trouble_is_written_all_the_same(
    origin: ScriptedRegistry, goal: ScriptedRegistry, name: str
) -> None:
    rules = WRITING[name](goal)
    result = Copier(idle_timeout_s=1.0 if name.startswith("stalled") else 60.0).copy(
        f"docker://{origin.host}/app:v1", f"docker://{goal.host}/team/app:v2"
    )
    assert result.root == IMAGE.root
    assert_holds(goal, "team/app", IMAGE, "v2")
    assert_met(rules)


@pytest.mark.parametrize(("reading", "writing"), [("cut at each body", "broken in an upload")])
def test_both_at_once(
    origin: ScriptedRegistry, goal: ScriptedRegistry, copier: Copier, reading: str, writing: str
) -> None:
    READING[reading](origin)
    WRITING[writing](goal)
    copier.copy(f"docker://{origin.host}/app:v1", f"docker://{goal.host}/app:v1")
    assert_holds(goal, "app", IMAGE, "v1")


def test_a_body_that_is_reset_goes_on_with_a_range(
    origin: ScriptedRegistry, copier: Copier, tmp_path: Path
) -> None:
    origin.script(fault.cut(1_500_000, by_reset=True), method="GET", path=LARGE, times=1)
    result = copier.copy(f"docker://{origin.host}/app:v1", f"oci:{tmp_path / 'layout'}:v1")
    first, second = (x.headers.get("Range") for x in origin.asked("GET", LARGE))
    assert (first, second) == ("", "bytes=1500000-")
    (retried,) = [event for event in copier.events if isinstance(event, Retried)]
    assert (retried.attempt, retried.delay_s) == (1, 0.0)
    starts = [
        event.offset
        for event in copier.events
        if isinstance(event, Started) and event.descriptor == LAYERS[0].descriptor
    ]
    assert starts == [0, 1_500_000]
    assert result.moved == sum(leaf.descriptor.size for leaf in IMAGE.leaves), "no byte came twice"


# ── what does not pass ──


def test_throttling_without_end_is_given_up(
    origin: ScriptedRegistry, goal: ScriptedRegistry, copier: Copier
) -> None:
    rule = origin.script(fault.answer(429, LATER), method="GET", path=LARGE)
    source, destination = f"docker://{origin.host}/app:v1", f"docker://{goal.host}/app:v1"
    assert isinstance(failing(copier, source, destination), RateLimited)
    assert rule.hits == copier.settings.attempts, "what was repeated is not repeated again"
    assert not goal.asked("PUT", MANIFESTS)


def test_a_source_that_stalls_for_ever_is_given_up(origin: ScriptedRegistry, tmp_path: Path) -> None:
    origin.script(fault.stall(1000), method="GET", path=LARGE)
    copier = Copier(idle_timeout_s=0.1)
    source, destination = f"docker://{origin.host}/app:v1", f"oci:{tmp_path / 'layout'}:v1"
    assert isinstance(failing(copier, source, destination, retries=2), Stalled)


def test_other_content_is_refused_and_named(
    origin: ScriptedRegistry, goal: ScriptedRegistry, copier: Copier, tmp_path: Path
) -> None:
    origin.script(fault.corrupt(SIZE - 1), method="GET", path=LARGE)
    for destination in (f"docker://{goal.host}/app:v1", f"oci:{tmp_path / 'layout'}:v1"):
        with pytest.raises(CopyError) as caught:
            copier.copy(f"docker://{origin.host}/app:v1", destination)
        assert isinstance(caught.value.__cause__, DigestMismatch)
        assert caught.value.digest == str(LAYERS[0].descriptor.digest)
    assert str(LAYERS[0].descriptor.digest) not in [
        x.query.get("digest") for x in goal.asked("PUT", UPLOADS) if x.status == 201
    ]
    assert not goal.asked("PUT", MANIFESTS)


@pytest.mark.parametrize("change", [-1, 1])
def test_a_body_of_another_length_is_refused(
    origin: ScriptedRegistry, copier: Copier, tmp_path: Path, change: int
) -> None:
    data = (LAYERS[0].data + b"!")[: SIZE + change]
    origin.script(fault.replace_body(data), method="GET", path=LARGE)
    source, destination = f"docker://{origin.host}/app:v1", f"oci:{tmp_path / 'layout'}:v1"
    assert isinstance(failing(copier, source, destination), SizeMismatch)


def test_a_range_beyond_the_end_tells_the_size(
    origin: ScriptedRegistry, copier: Copier, tmp_path: Path
) -> None:
    origin.script(fault.cut(1_500_000), method="GET", path=LARGE, times=1)
    beyond = fault.answer(416, {"Content-Range": "bytes */1500000"})
    origin.script(beyond, path=LARGE, when=wants_a_part)
    source, destination = f"docker://{origin.host}/app:v1", f"oci:{tmp_path / 'layout'}:v1"
    assert isinstance(failing(copier, source, destination), SizeMismatch)


def test_a_chunk_that_is_never_right_is_given_up(
    origin: ScriptedRegistry, goal: ScriptedRegistry, copier: Copier
) -> None:
    goal.script(fault.refuse_large_bodies(1_200_000), path=UPLOADS)
    goal.script(refuse_range, method="PATCH", path=UPLOADS, after=1)
    source, destination = f"docker://{origin.host}/app:v1", f"docker://{goal.host}/app:v1"
    assert isinstance(failing(copier, source, destination, "destination", retries=2), TransportError)
    assert not goal.asked("PUT", MANIFESTS)


def test_a_link_with_another_size_is_refused(
    origin: ScriptedRegistry, goal: ScriptedRegistry, copier: Copier
) -> None:
    members = json.loads(IMAGE.raw)
    members["layers"][0]["size"] += 1
    raw = json.dumps(members).encode()
    lying = Descriptor.of(raw, IMAGE.root.media_type)
    origin.layout("app").publish(lying, raw, ["lying"])
    source, destination = f"docker://{origin.host}/app:lying", f"docker://{goal.host}/app:v1"
    assert isinstance(failing(copier, source, destination), SizeMismatch)
    # Nor is it believed where the blob is at the destination already.
    goal.put("app", IMAGE, "v1")
    assert isinstance(failing(copier, source, f"docker://{goal.host}/app:v2"), SizeMismatch)


def test_a_manifest_over_its_limit_is_refused(
    origin: ScriptedRegistry, copier: Copier, tmp_path: Path
) -> None:
    origin.script(fault.state_length(5 * 1024 * 1024), method="GET", path=MANIFESTS)
    source, destination = f"docker://{origin.host}/app:v1", f"oci:{tmp_path / 'layout'}:v1"
    with pytest.raises(CopyError) as caught:
        copier.copy(source, destination)
    assert caught.value.operation == "resolve"


def test_a_document_that_is_another_one_than_its_link_says(
    origin: ScriptedRegistry, copier: Copier, tmp_path: Path
) -> None:
    index = build_index({"linux/amd64": IMAGE})
    origin.put("app", index, "index")
    raw = IMAGE.raw.replace(b'"layers"', b'"manifests":[],"layers"')
    origin.script(fault.replace_body(raw), method="GET", path=f"*/manifests/{IMAGE.digest}")
    source, destination = f"docker://{origin.host}/app:index", f"oci:{tmp_path / 'layout'}:v1"
    assert isinstance(failing(copier, source, destination), (DigestMismatch, InvalidDocument))


def test_indexes_within_indexes_have_a_limit(
    origin: ScriptedRegistry, copier: Copier, tmp_path: Path
) -> None:
    nested = IMAGE
    for _ in range(9):
        nested = build_index([nested])
    origin.put("app", nested, "nested")
    with pytest.raises(LimitExceeded, match="index_depth"):
        copier.copy(f"docker://{origin.host}/app:nested", f"oci:{tmp_path / 'layout'}:v1")
    limits = Limits(index_depth=9)
    copier.copy(f"docker://{origin.host}/app:nested", f"oci:{tmp_path / 'layout'}:v1", limits=limits)


def test_a_foreign_layer_is_never_fetched_wherever_its_urls_lead(
    origin: ScriptedRegistry, goal: ScriptedRegistry, copier: Copier
) -> None:
    asked: list[str] = []

    async def note(request: Request) -> Response:
        asked.append(request.path)
        raise AssertionError

    with ScriptedServer(note) as elsewhere:
        urls = (f"{elsewhere.url}/layer", "http://169.254.169.254/latest", "file:///etc/passwd")
        foreign = Descriptor.from_json(
            {**Descriptor.of(b"windows", DOCKER_LAYER_FOREIGN).to_json(), "urls": list(urls)}, where="test"
        )
        image = build_image(LAYERS[:1], absent_layers=[foreign], docker=True)
        origin.put("windows", image, "v1")
        result = copier.copy(f"docker://{origin.host}/windows:v1", f"docker://{goal.host}/windows:v1")
    assert [b.outcome for b in result.blobs if b.descriptor.urls] == [Outcome.LEFT_OUT]
    assert asked == []
    assert not origin.asked(path=f"*{foreign.digest}")
    assert not goal.asked(path=f"*{foreign.digest}")
    assert goal.content("windows", "v1") == image.raw


def test_an_upload_location_that_we_do_not_go_to(
    origin: ScriptedRegistry, goal: ScriptedRegistry, copier: Copier
) -> None:
    goal.script(fault.set_header("Location", "http://169.254.169.254/upload"), method="POST", path=UPLOADS)
    source, destination = f"docker://{origin.host}/app:v1", f"docker://{goal.host}/app:v1"
    assert isinstance(failing(copier, source, destination, "destination"), AddressRefused)


def test_a_destination_that_refuses_the_document_has_no_name_set(
    origin: ScriptedRegistry, goal: ScriptedRegistry, copier: Copier
) -> None:
    refusal = fault.answer_json(400, {"errors": [{"code": "MANIFEST_INVALID"}]})
    rule = goal.script(refusal, method="PUT", path=MANIFESTS)
    with pytest.raises(CopyError) as caught:
        copier.copy(f"docker://{origin.host}/app:v1", f"docker://{goal.host}/app:v1")
    assert (caught.value.operation, caught.value.side) == ("publish", "destination")
    assert isinstance(caught.value.__cause__, RegistryError)
    goal.unscript(rule)
    again = copier.copy(f"docker://{origin.host}/app:v1", f"docker://{goal.host}/app:v1")
    assert again.moved == 0, "what was complete stayed"


def test_the_listing_of_signatures_that_fails_is_a_failure(
    origin: ScriptedRegistry, goal: ScriptedRegistry, copier: Copier
) -> None:
    for status in (429, 500):
        rule = origin.script(fault.answer(status, LATER), path="*/referrers/*")
        source, destination = f"docker://{origin.host}/app:v1", f"docker://{goal.host}/app:v1"
        cause = failing(copier, source, destination, referrers=True)
        assert isinstance(cause, RegistryError)
        assert cause.status == status
        origin.unscript(rule)
        assert not goal.asked("PUT", "*/manifests/v1")


def test_an_index_that_the_type_in_its_header_contradicts(
    origin: ScriptedRegistry, copier: Copier, tmp_path: Path
) -> None:
    origin.script(fault.set_header("Content-Type", OCI_INDEX), path=MANIFESTS)
    source, destination = f"docker://{origin.host}/app:v1", f"oci:{tmp_path / 'layout'}:v1"
    assert isinstance(failing(copier, source, destination), InvalidDocument)
