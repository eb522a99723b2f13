"""What a registry says about the requests that it still answers, and whose word counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oci.content import MemoryStore, StatesRateLimit, rate_limit_of
from oci.testing import build_image, fault, layer
from oci.transfer import CopyOptions, copy
from oci.transfer.event import Event, Rationed
from oci.wire.rate_limit import RateLimit

if TYPE_CHECKING:
    from oci.testing import ScriptedRegistry
    from tests.integration.remote.conftest import Client

IMAGE = build_image([layer({"a": b"1"})])
MANIFESTS = "*/manifests/*"


def test_it_belongs_to_the_registry_and_the_last_word_counts(
    registry: ScriptedRegistry, client: Client
) -> None:
    registry.put("app", IMAGE, "v1")
    source, other = client.source("app"), client.source("other")
    assert isinstance(source, StatesRateLimit)
    source.open("v1")
    assert rate_limit_of(source) is None
    registry.script(fault.state_quota(100, 76, 21600), path=MANIFESTS, times=1)
    source.open("v1")
    assert source.rate_limit == other.rate_limit == RateLimit(100, 76, 21600)
    source.open("v1")
    assert source.rate_limit == RateLimit(100, 76, 21600)


def test_nonsense_does_not_take_the_place_of_what_was_said(
    registry: ScriptedRegistry, client: Client
) -> None:
    registry.put("app", IMAGE, "v1")
    source = client.source()
    registry.script(fault.state_quota(100, 5, 60), path=MANIFESTS, times=1)
    source.resolve("v1")
    registry.script(fault.set_header("RateLimit-Remaining", "lots"), path=MANIFESTS)
    source.resolve("v1")
    assert source.rate_limit == RateLimit(100, 5, 60)


def test_a_storage_host_does_not_speak_for_the_registry(registry: ScriptedRegistry, client: Client) -> None:
    registry.put("app", IMAGE, "v1")
    registry.script(fault.move_blobs(registry.storage.url), path="*/blobs/*")
    registry.storage.script(fault.state_quota(100, 5, 60), path="*")
    source = client.source()
    with source.fetch(IMAGE.leaves[0].descriptor) as reader:
        reader.read(limit=10_000)
    assert source.rate_limit is None


def test_a_copy_tells_of_it_as_it_changes_and_at_the_end(registry: ScriptedRegistry, client: Client) -> None:
    registry.put("app", IMAGE, "v1")
    registry.script(fault.state_quota(100, 76, 21600), path=MANIFESTS)
    source, events = client.source(), list[Event]()
    result = copy(source, "v1", MemoryStore(), options=CopyOptions(listener=events.append))
    stated = RateLimit(100, 76, 21600)
    assert [event for event in events if isinstance(event, Rationed)] == [Rationed(source.label, stated)]
    assert (result.source_rate_limit, result.destination_rate_limit) == (stated, None)
    assert rate_limit_of(MemoryStore()) is None
