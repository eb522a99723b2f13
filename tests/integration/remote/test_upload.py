"""Uploads as registries want them, and mounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oci.content import Rewound
from oci.errors import (
    AddressRefused,
    Cancelled,
    DigestMismatch,
    NotFound,
    OciError,
    RegistryError,
    SizeMismatch,
    Stalled,
    TransportError,
)
from oci.frozen import replace
from oci.spec import Descriptor
from oci.testing import (
    ScriptedRegistry,
    build_image,
    fault,
    random_layer,
)
from oci.transports.remote.writer import HELD_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from oci.content import Writer
    from oci.serving import Application, Request, Response
    from oci.testing import Fault
    from oci.transports.remote.repository import RemoteRepository
    from tests.integration.remote.conftest import Client, MakeClient

LAYER = random_layer(3_000_000, compression="none")
BLOB = LAYER.descriptor
IMAGE = build_image([LAYER])
UPLOADS, MANIFESTS = "*/blobs/uploads/*", "*/manifests/*"
PIECE = 400_000


def fill(writer: Writer, content: bytes = LAYER.data) -> None:
    """Write what is missing, piece by piece."""
    for start in range(writer.offset, len(content), PIECE):
        writer.write(content[start : start + PIECE])


def push(sink: RemoteRepository, *, tries: int = 20) -> Writer:
    """Upload the layer, as a transfer does: what breaks goes on from where the registry says."""
    writer = sink.ingest(BLOB)
    for _ in range(tries):
        try:
            fill(writer)
            writer.commit()
        except TransportError:
            try:
                writer.recover()
            except NotFound:
                writer.abort()
                writer = sink.ingest(BLOB)
        else:
            return writer
    raise AssertionError(f"not there after {tries} tries")


def sent(registry: ScriptedRegistry) -> list[tuple[str, str, int]]:
    """Say what was sent to upload sessions: method, Content-Range, bytes."""
    return [
        (x.method, x.headers.get("Content-Range"), x.received_bytes)
        for x in registry.asked("P[UA]T*", UPLOADS)
        if not x.path.endswith("/uploads/")
    ]


# ── uploads ──


def test_a_blob_is_sent_with_a_post_and_a_put(registry: ScriptedRegistry, client: Client) -> None:
    writer = push(client.sink())
    assert registry.has_blob("app", BLOB.digest)
    assert [x.method for x in registry.exchanges] == ["POST", "PUT"]
    assert sent(registry) == [("PUT", "", BLOB.size)]
    assert writer.verified_here


@pytest.mark.parametrize("size", [0, 1, HELD_BYTES - 1, HELD_BYTES, HELD_BYTES + 1])
def test_blobs_of_any_size_are_complete_when_they_are_committed_and_not_before(
    registry: ScriptedRegistry, client: Client, size: int
) -> None:
    content = LAYER.data[:size]
    blob = Descriptor.of(content, "x/y")
    writer = client.sink().ingest(blob)
    writer.write(content[: size // 2])
    writer.write(content[size // 2 :])
    assert writer.offset == size
    writer.write(b"")
    assert not client.sink().exists(blob)
    writer.commit()
    assert client.sink().exists(blob)


def test_bytes_beyond_the_end_and_too_few_are_not_sent(registry: ScriptedRegistry, client: Client) -> None:
    writer = client.sink().ingest(BLOB)
    with pytest.raises(SizeMismatch):
        writer.write(LAYER.data + b"!")
    writer.abort()
    writer = client.sink().ingest(BLOB)
    writer.write(LAYER.data[:-1])
    with pytest.raises(SizeMismatch):
        writer.commit()
    writer.abort()
    assert not client.sink().exists(BLOB)
    assert registry.asked("DELETE", UPLOADS)


def test_wrong_bytes_are_found_before_the_last_of_them_is_sent(
    registry: ScriptedRegistry, client: Client
) -> None:
    writer = client.sink().ingest(BLOB)
    fill(writer, LAYER.data[:-1] + b"!")
    with pytest.raises(DigestMismatch):
        writer.commit()
    writer.abort()
    writer.abort()
    assert not client.sink().exists(BLOB)


def test_a_session_elsewhere_is_followed_without_a_login(
    registry: ScriptedRegistry, make_client: MakeClient, tmp_path: Path
) -> None:
    from oci.settings import Credential
    from oci.testing import basic_login

    with ScriptedRegistry(tmp_path / "storage") as storage:
        registry.script(basic_login({"ann": "secret"}))
        registry.script(fault.absolute_location(storage.url), method="POST", path=UPLOADS)
        registry.script(_forwarding_post(storage), method="POST", path=UPLOADS)
        client = make_client(registry, credential=Credential(username="ann", password="secret"))
        push(client.sink())
        assert storage.has_blob("app", BLOB.digest)
        (put,) = storage.asked("PUT", UPLOADS)
        assert not put.headers.get("Authorization")


def _forwarding_post(storage: ScriptedRegistry) -> Fault:
    """Let another registry begin the session that this one names."""

    async def forwarding(request: Request, application: Application) -> Response:
        return await storage._registry(request)

    return forwarding


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/v2/app/blobs/uploads/1",
        "http://[fe80::1]/v2/app/blobs/uploads/1",
        "file:///tmp/x",
        "http://ann:secret@127.0.0.1:5000/x",
        "",
    ],
)
def test_a_session_at_a_place_we_do_not_go_to(
    registry: ScriptedRegistry, client: Client, location: str
) -> None:
    registry.script(fault.set_header("Location", location), method="POST", path=UPLOADS)
    with pytest.raises((AddressRefused, RegistryError)):
        push(client.sink(), tries=1)
    assert registry.asked("PUT", UPLOADS) == []


def test_a_session_that_moves_on_with_each_chunk_is_followed(
    registry: ScriptedRegistry, client: Client
) -> None:
    registry.script(fault.absolute_location(registry.url), path=UPLOADS)
    registry.script(fault.refuse_large_bodies(1_200_000), path=UPLOADS)
    push(client.sink())
    assert registry.has_blob("app", BLOB.digest)


def test_a_registry_that_takes_only_small_bodies_gets_chunks_from_then_on(
    registry: ScriptedRegistry, client: Client
) -> None:
    registry.script(fault.refuse_large_bodies(1_200_000), path=UPLOADS)
    writer = push(client.sink())
    assert writer.verified_here
    assert registry.has_blob("app", BLOB.digest)
    mib = 1024 * 1024
    assert [(method, field) for method, field, _ in sent(registry)][-3:] == [
        ("PATCH", f"0-{mib - 1}"),
        ("PATCH", f"{mib}-{2 * mib - 1}"),
        ("PUT", f"{2 * mib}-{BLOB.size - 1}"),
    ]
    before = len(registry.asked("PUT", UPLOADS))
    push(client.sink("other"))
    assert len(registry.asked("PUT", UPLOADS)) == before + 1, "the next blob knows what was learned"


def test_a_smallest_chunk_is_respected(registry: ScriptedRegistry, client: Client) -> None:
    registry.script(fault.chunk_minimum(2_000_000), path=UPLOADS)
    registry.script(fault.refuse_large_bodies(2_500_000), path=UPLOADS)
    push(client.sink())
    assert [field for _, field, _ in sent(registry)][-2:] == ["0-1999999", f"2000000-{BLOB.size - 1}"]


def test_a_refused_range_is_continued_where_the_registry_is(
    registry: ScriptedRegistry, client: Client
) -> None:
    registry.script(fault.refuse_large_bodies(1_200_000), path=UPLOADS)
    registry.script(_refusing_range(), method="PATCH", path=UPLOADS, after=1, times=1)
    push(client.sink())
    assert registry.has_blob("app", BLOB.digest)
    assert registry.asked("GET", UPLOADS)


def _refusing_range() -> Fault:
    async def refusing(request: Request, application: Application) -> Response:
        response = await application(replace(request, method="GET"))
        return replace(response, status=416)

    return refusing


def test_a_broken_upload_goes_on_from_the_registry_s_offset(
    registry: ScriptedRegistry, client: Client
) -> None:
    registry.script(fault.cut_upload(1_000_000), method="PUT", path=UPLOADS, times=1)
    writer = push(client.sink())
    assert writer.verified_here, "the first part was at hand: it was hashed once"
    _, (method, field, _) = sent(registry)
    start, _, end = field.partition("-")
    assert (method, end) == ("PUT", str(BLOB.size - 1))
    assert 0 < int(start) <= 1_000_000


def test_an_upload_of_an_earlier_process_goes_on_and_is_not_said_to_be_verified(
    registry: ScriptedRegistry, client: Client, make_client: MakeClient
) -> None:
    registry.script(fault.cut_upload(1_000_000), method="PUT", path=UPLOADS, times=1)
    writer = client.sink().ingest(BLOB)
    with pytest.raises(TransportError):
        fill(writer)
        writer.commit()
    ticket = writer.ticket()
    writer.suspend()
    later = make_client(registry).sink()
    reopened = later.reopen(BLOB, ticket)
    assert reopened is not None
    assert 0 < reopened.offset <= 1_000_000
    assert not reopened.verified_here
    fill(reopened)
    reopened.commit()
    assert later.exists(BLOB)


@pytest.mark.parametrize("ticket", ["", "nonsense", "/v2/app/blobs/uploads/" + "0" * 32, "x" * 20_000])
def test_a_ticket_of_nothing_is_no_upload(client: Client, ticket: str) -> None:
    try:
        assert client.sink().reopen(BLOB, ticket) is None
    except OciError:
        return  # refused before anybody was asked


def test_a_ticket_from_elsewhere_leads_nowhere(registry: ScriptedRegistry, client: Client) -> None:
    for url in ("http://169.254.169.254/x", "http://127.0.0.1:1/x"):
        assert client.sink().reopen(BLOB, url) is None


def test_wrong_bytes_of_an_earlier_process_are_found_by_the_registry(
    registry: ScriptedRegistry, client: Client, make_client: MakeClient
) -> None:
    other = random_layer(3_000_000, seed=1, compression="none")
    assert other.descriptor.size == BLOB.size
    registry.script(fault.cut_upload(1_000_000), method="PUT", path=UPLOADS, times=1)
    writer = client.sink().ingest(other.descriptor)
    with pytest.raises(TransportError):
        fill(writer, other.data)
        writer.commit()
    reopened = make_client(registry).sink().reopen(BLOB, writer.ticket() or "")
    assert reopened is not None
    fill(reopened)
    with pytest.raises(DigestMismatch):
        reopened.commit()


def test_a_session_that_has_nothing_is_not_continued(registry: ScriptedRegistry, client: Client) -> None:
    writer = client.sink().ingest(BLOB)
    with pytest.raises(NotFound):
        writer.recover()
    assert client.sink().reopen(BLOB, writer.ticket() or "") is None


@pytest.mark.parametrize("status", [404, 405, 410])
def test_a_session_that_nobody_knows_any_more_is_lost(
    registry: ScriptedRegistry, client: Client, status: int
) -> None:
    writer = client.sink().ingest(BLOB)
    writer.write(LAYER.data[:1000])
    registry.script(fault.answer(status), method="GET", path=UPLOADS)
    with pytest.raises(NotFound):
        writer.recover()


def test_a_registry_that_is_busy_has_not_lost_the_session(registry: ScriptedRegistry, client: Client) -> None:
    writer = client.sink().ingest(BLOB)
    writer.write(LAYER.data[:1000])
    registry.script(fault.answer(503, {"Retry-After": "0"}), method="GET", path=UPLOADS)
    with pytest.raises(RegistryError) as caught:
        writer.recover()
    assert caught.value.status == 503


def test_a_lost_session_in_the_middle_wants_everything_again(
    registry: ScriptedRegistry, client: Client
) -> None:
    registry.script(fault.answer(404), method="PUT", path=UPLOADS, times=1)
    writer = client.sink().ingest(BLOB)
    with pytest.raises(Rewound):
        fill(writer)
        writer.commit()


def test_a_stalled_upload_is_given_up_and_ends_at_once_when_cancelled(
    registry: ScriptedRegistry, make_client: MakeClient
) -> None:
    rule = registry.script(fault.stall(), method="PUT", path=UPLOADS)
    big = random_layer(30_000_000, compression="none")
    hasty = make_client(registry, idle_timeout_s=0.2)
    while not rule.hits:  # under load, what comes before the upload may be too slow for it as well
        with pytest.raises(Stalled):
            hasty.sink().ingest(big.descriptor).write(big.data)
    client = make_client(registry)
    writer = client.sink().ingest(big.descriptor)
    client.token.cancel()
    with pytest.raises(Cancelled):
        writer.write(big.data)


def test_a_registry_that_says_another_digest_has_another_blob(
    registry: ScriptedRegistry, client: Client
) -> None:
    registry.script(fault.set_header("Docker-Content-Digest", str(IMAGE.digest)), method="PUT", path=UPLOADS)
    with pytest.raises(DigestMismatch):
        push(client.sink(), tries=1)


# ── mounts ──


def test_a_blob_is_mounted_without_a_byte(registry: ScriptedRegistry, client: Client) -> None:
    registry.put("base", IMAGE, "v1")
    sink, source = client.sink(), client.source("base")
    assert sink.can_mount_from(source)
    assert sink.mount(BLOB, source)
    assert registry.has_blob("app", BLOB.digest)
    (post,) = registry.exchanges
    assert (post.query.get("mount"), post.query.get("from")) == (str(BLOB.digest), "base")


def test_nothing_is_mounted_from_itself_or_another_registry(
    registry: ScriptedRegistry, client: Client, tmp_path: Path
) -> None:
    with ScriptedRegistry(tmp_path / "elsewhere") as elsewhere:
        assert not client.sink().can_mount_from(client.source())
        assert not client.sink().can_mount_from(client.source("app", elsewhere.host))


def test_the_session_of_a_declined_mount_is_used(registry: ScriptedRegistry, client: Client) -> None:
    registry.put("base", IMAGE, "v1")
    registry.script(fault.refuse_mount(), method="POST", path=UPLOADS)
    sink = client.sink()
    assert not sink.mount(BLOB, client.source("base"))
    push(sink)
    assert [x.method for x in registry.exchanges] == ["POST", "PUT"]
    assert registry.has_blob("app", BLOB.digest)


@pytest.mark.parametrize("status", [400, 403, 404, 405, 500])
def test_a_refused_mount_is_no_failure_and_not_tried_again(
    registry: ScriptedRegistry, client: Client, status: int
) -> None:
    rule = registry.script(
        fault.answer(status), method="POST", when=lambda request: request.query.get("mount") is not None
    )
    sink, source = client.sink(), client.source("base")
    assert not sink.mount(BLOB, source)
    hits = rule.hits
    assert not sink.mount(IMAGE.leaves[0].descriptor, source)
    assert rule.hits == hits
    push(sink)
