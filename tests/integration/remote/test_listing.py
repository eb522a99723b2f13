"""Lists: tags and referrers, page by page, from registries that mean well and from others."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from oci.content import Limits, Listed, Unknown
from oci.errors import (
    AddressRefused,
    Cancelled,
    InvalidDocument,
    LimitExceeded,
    NotFound,
    RateLimited,
    RegistryError,
)
from oci.frozen import replace
from oci.serving import Query
from oci.spec.attachment import fallback_tag
from oci.spec.media_type import OCI_INDEX
from oci.testing import build_artifact, build_image, build_index, fault, layer
from oci.transports.remote.network import MAX_WARNINGS

if TYPE_CHECKING:
    from oci.serving import Application, Request, Response
    from oci.testing import Content, Fault, ScriptedRegistry
    from tests.integration.remote.conftest import Client, MakeClient

IMAGE = build_image([layer({"a": b"1"})])
TAGS, REFERRERS = "*/tags/list", "*/referrers/*"
SIGNATURE, SBOM = "application/vnd.example.signature", "application/vnd.example.sbom"
SIGNED = build_artifact(SIGNATURE, b"signed", subject=IMAGE.root, annotations={"by": "ann"})
LISTED = build_artifact(SBOM, b"bill of materials", subject=IMAGE.root)


def _asking(query: str) -> Fault:
    """Have the registry asked something else than it was."""

    async def asking(request: Request, application: Application) -> Response:
        last = request.query.get("last")
        asked = Query(query + (f"&last={last}" if last else ""))
        return await application(replace(request, query=asked))

    return asking


def _endless(document: object, kind: str = "application/json") -> Fault:
    """Answer page after page, each with a link of its own."""
    pages = itertools.count()

    async def endless(request: Request, application: Application) -> Response:
        link = f"</{'/'.join(request.segments)}?last={next(pages)}>; rel=next"
        page = fault.answer_json(200, document, {"Link": link, "Content-Type": kind})
        return await page(request, application)

    return endless


def put_referrers(registry: ScriptedRegistry) -> None:
    registry.put("app", IMAGE, "v1")
    for each in (SIGNED, LISTED):
        registry.put("app", each)


def test_tags_come_in_order_page_by_page(registry: ScriptedRegistry, client: Client) -> None:
    tags = [f"v{number:03}" for number in range(25)]
    registry.put("app", IMAGE, *tags)
    registry.script(_asking("n=10"), path=TAGS)
    assert list(client.source().names()) == tags
    asked = registry.asked("GET", TAGS)
    assert len(asked) == 3
    assert [x.query.get("last") for x in asked] == [None, "v009", "v019"]


def test_a_page_that_nobody_wants_is_not_asked_for(registry: ScriptedRegistry, client: Client) -> None:
    registry.put("app", IMAGE, "a", "b", "c")
    registry.script(_asking("n=2"), path=TAGS)
    names = client.source().names()
    assert next(names) == "a"
    assert len(registry.asked("GET", TAGS)) == 1


def test_names_that_are_no_tags_are_left_out_and_told_of_once(
    registry: ScriptedRegistry, client: Client
) -> None:
    tags = ["v1", "../../etc/passwd", "a/b", "", "x" * 129, 7, None, "v1", "_uploads", "a\u001b[2Jb", "v2"]
    registry.script(fault.answer_json(200, {"name": "app", "tags": tags}), path=TAGS)
    for _ in range(2):
        assert list(client.source().names()) == ["v1", "v2"]
    assert len(client.warnings) == len(set(client.warnings)) > 4
    assert all(text.isprintable() for text in client.warnings)


@pytest.mark.parametrize("tags", [None, []])
def test_no_tags_are_no_failure(registry: ScriptedRegistry, client: Client, tags: object) -> None:
    registry.script(fault.answer_json(200, {"name": "app", "tags": tags}), path=TAGS)
    assert list(client.source().names()) == []


def test_a_repository_that_is_not_there_is_not_found(client: Client) -> None:
    with pytest.raises(NotFound):
        list(client.source("nowhere").names())


@pytest.mark.parametrize(
    "link",
    [
        "<http://169.254.169.254/v2/app/tags/list?last=a>; rel=next",
        "<http://127.0.0.1:1/v2/app/tags/list?last=a>; rel=next",
        "</v2/other/tags/list?last=a>; rel=next",
        "<//elsewhere.test/v2/app/tags/list?last=a>; rel=next",
        "<file:///etc/passwd?last=a>; rel=next",
    ],
)
def test_a_page_outside_of_the_list_is_not_asked_for(
    registry: ScriptedRegistry, client: Client, link: str
) -> None:
    headers = {"Link": link}
    registry.script(fault.answer_json(200, {"tags": ["a"]}, headers), path=TAGS)
    with pytest.raises(AddressRefused):
        list(client.source().names())
    assert len(registry.exchanges) == 1


def test_pages_in_a_circle_end(registry: ScriptedRegistry, client: Client) -> None:
    headers = {"Link": "</v2/app/tags/list?last=a>; rel=next"}
    registry.script(fault.answer_json(200, {"tags": ["a"]}, headers), path=TAGS)
    with pytest.raises(InvalidDocument):
        list(client.source().names())


def test_a_list_without_end_is_an_error_and_not_a_short_list(
    registry: ScriptedRegistry, make_client: MakeClient
) -> None:
    registry.script(_endless({"tags": ["a"]}), path=TAGS)
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}
    registry.script(_endless(index, OCI_INDEX), path=REFERRERS)
    source = make_client(registry, limits=Limits(pages=5)).source()
    with pytest.raises(LimitExceeded) as caught:
        list(source.names())
    assert caught.value.limit == "pages"
    assert len(registry.exchanges) == 5
    answer = source.referrers(IMAGE.digest)
    assert isinstance(answer, Unknown)
    assert isinstance(answer.reason, LimitExceeded)


def test_referrers_are_listed_by_the_api(registry: ScriptedRegistry, client: Client) -> None:
    put_referrers(registry)
    found = client.source().referrers(IMAGE.digest)
    assert isinstance(found, Listed)
    assert found.via == "api"
    assert {link.digest for link in found.descriptors} == {SIGNED.digest, LISTED.digest}
    (one,) = [link for link in found.descriptors if link.digest == SIGNED.digest]
    assert (one.artifact_type, one.annotations) == (SIGNATURE, {"by": "ann"})
    assert client.source().referrers(LISTED.digest) == Listed((), via="api")


def test_referrers_of_one_kind_are_filtered_here_if_not_there(
    registry: ScriptedRegistry, client: Client
) -> None:
    put_referrers(registry)
    registry.script(_asking(""), path=REFERRERS)
    found = client.source().referrers(IMAGE.digest, artifact_type=SBOM)
    assert isinstance(found, Listed)
    assert [link.digest for link in found.descriptors] == [LISTED.digest]


@pytest.mark.parametrize("status", [400, 404, 405, 406, 501])
def test_without_the_api_the_fallback_tag_tells(
    registry: ScriptedRegistry, client: Client, status: int
) -> None:
    registry.script(fault.answer(status), path=REFERRERS)
    assert client.source().referrers(IMAGE.digest) == Listed((), via="tag")
    registry.put("app", build_index([SIGNED, LISTED]), fallback_tag(IMAGE.digest))
    found = client.source().referrers(IMAGE.digest)
    assert isinstance(found, Listed)
    assert found.via == "tag"
    assert [link.digest for link in found.descriptors] == [SIGNED.digest, LISTED.digest]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, RateLimited),
        (500, RegistryError),
        (503, RegistryError),
        (401, RegistryError),
        (403, RegistryError),
    ],
)
def test_a_registry_that_does_not_answer_has_not_said_none(
    registry: ScriptedRegistry, client: Client, status: int, kind: type[RegistryError]
) -> None:
    put_referrers(registry)
    registry.script(fault.answer(status, {"Retry-After": "0"}), path=REFERRERS)
    found = client.source().referrers(IMAGE.digest)
    assert isinstance(found, Unknown)
    assert isinstance(found.reason, kind)
    assert found.reason.status == status
    assert registry.asked(path="*/manifests/*") == [], "the fallback tag is not for this"


@pytest.mark.parametrize("status", [429, 500, 403])
def test_a_fallback_tag_that_cannot_be_read_has_not_said_none(
    registry: ScriptedRegistry, client: Client, status: int
) -> None:
    registry.script(fault.answer(404), path=REFERRERS)
    registry.script(fault.answer(status, {"Retry-After": "0"}), path="*/manifests/*")
    assert isinstance(client.source().referrers(IMAGE.digest), Unknown)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/html", b"<html>log in</html>"),
        (OCI_INDEX, b"<html>log in</html>"),
        (OCI_INDEX, IMAGE.raw),
        ("application/json", b"{}"),
    ],
)
def test_an_answer_that_is_no_list_has_not_said_none(
    registry: ScriptedRegistry, client: Client, kind: str, body: bytes
) -> None:
    registry.script(fault.answer(200, {"Content-Type": kind}, body), path=REFERRERS)
    assert isinstance(client.source().referrers(IMAGE.digest), Unknown)


def test_something_else_under_the_fallback_tag_has_not_said_none(
    registry: ScriptedRegistry, client: Client
) -> None:
    registry.script(fault.no_referrers())
    registry.put("app", IMAGE, fallback_tag(IMAGE.digest))
    assert isinstance(client.source().referrers(IMAGE.digest), Unknown)


# ── an API that answers with nothing, beside a tag that has a list ──


def _none_listed(registry: ScriptedRegistry) -> None:
    """Answer as olareg does for what it has lost sight of."""
    answer = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": None}
    registry.script(fault.answer_json(200, answer, {"Content-Type": OCI_INDEX}), path=REFERRERS)


def _tags_read(registry: ScriptedRegistry) -> int:
    return len(registry.asked("GET", f"*/manifests/{fallback_tag(IMAGE.digest)}"))


def test_what_the_api_forgets_is_found_under_the_fallback_tag(
    registry: ScriptedRegistry, client: Client
) -> None:
    _none_listed(registry)
    registry.put("app", build_index([SIGNED, LISTED]), fallback_tag(IMAGE.digest))
    found = client.source().referrers(IMAGE.digest)
    assert isinstance(found, Listed)
    assert [link.digest for link in found.descriptors] == [SIGNED.digest, LISTED.digest]
    assert found.via == "tag"
    other = client.source().referrers(IMAGE.digest, artifact_type="application/vnd.example.other")
    assert other == Listed((), via="api")


def test_an_api_that_lists_something_is_believed_at_once(registry: ScriptedRegistry, client: Client) -> None:
    put_referrers(registry)
    client.source().referrers(IMAGE.digest)
    assert _tags_read(registry) == 0


def test_an_image_with_nothing_attached_costs_one_request_more(
    registry: ScriptedRegistry, client: Client
) -> None:
    _none_listed(registry)
    assert client.source().referrers(IMAGE.digest) == Listed((), via="api")
    assert (len(registry.exchanges), _tags_read(registry)) == (2, 1)


@pytest.mark.parametrize("status", [429, 500, 403])
def test_an_api_that_lists_nothing_is_not_believed_while_the_tag_cannot_be_read(
    registry: ScriptedRegistry, client: Client, status: int
) -> None:
    _none_listed(registry)
    registry.script(fault.answer(status, {"Retry-After": "0"}), path="*/manifests/*")
    assert isinstance(client.source().referrers(IMAGE.digest), Unknown)


def test_a_broken_list_under_the_fallback_tag_has_not_said_none(
    registry: ScriptedRegistry, client: Client
) -> None:
    _none_listed(registry)
    broken = fault.answer(200, {"Content-Type": OCI_INDEX}, b'{"schemaVersion": 2, "manifests": [7]}')
    registry.script(broken, path="*/manifests/*")
    assert isinstance(client.source().referrers(IMAGE.digest), Unknown)


@pytest.mark.parametrize("content", [IMAGE, build_index([IMAGE])], ids=["a manifest", "the image itself"])
def test_what_is_no_list_under_the_fallback_tag_leaves_the_api_s_word(
    registry: ScriptedRegistry, client: Client, content: Content
) -> None:
    """Some registries find the image itself by such a tag: its platforms are not attached to it."""
    _none_listed(registry)
    registry.put("app", content, fallback_tag(content.digest))
    assert client.source().referrers(content.digest) == Listed((), via="api")


def test_a_second_page_that_fails_makes_the_list_unknown(registry: ScriptedRegistry, client: Client) -> None:
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [SIGNED.root.to_json()]}
    registry.script(fault.answer(404), path=REFERRERS, after=1)
    registry.script(_endless(index, OCI_INDEX), path=REFERRERS)
    assert isinstance(client.source().referrers(IMAGE.digest), Unknown)


def test_a_cancelled_question_is_no_answer(registry: ScriptedRegistry, client: Client) -> None:
    client.token.cancel()
    with pytest.raises(Cancelled):
        client.source().referrers(IMAGE.digest)


def test_warnings_are_shown_once_for_all_repositories(registry: ScriptedRegistry, client: Client) -> None:
    registry.put("app", IMAGE, "v1")
    registry.put("other", IMAGE, "v1")
    registry.script(fault.set_header("Warning", '299 - "this registry ends in May"'))
    for repository in ("app", "other"):
        client.source(repository).open("v1")
        client.source(repository).resolve("v1")
    assert client.warnings == [f"{registry.host}: this registry ends in May"]


def test_a_registry_that_warns_without_end_is_not_listened_to(
    registry: ScriptedRegistry, client: Client
) -> None:
    tags = [f"not a tag {number}" for number in range(MAX_WARNINGS + 50)]
    for page in (tags[: len(tags) // 2], tags[len(tags) // 2 :]):
        rule = registry.script(fault.answer_json(200, {"tags": page}), path=TAGS)
        assert list(client.source().names()) == []
        registry.unscript(rule)
    assert len(client.warnings) == MAX_WARNINGS
