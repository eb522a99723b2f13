"""Properties of the parsers of answers: whatever comes, a harmless value or an error of ours."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from oci.errors import OciError
from oci.spec import Descriptor, Digest
from oci.spec.media_type import OCI_INDEX, OCI_MANIFEST
from oci.spec.reference import check_tag
from oci.wire import manifest_answer, referrer_answer
from oci.wire.challenge import BearerChallenge, parse_challenges, realm_url
from oci.wire.error_body import parse_error_body
from oci.wire.failure import failure
from oci.wire.paging import next_link
from oci.wire.rate_limit import parse_rate_limit
from oci.wire.referrer_tag import parse_referrer_index, with_referrer, without_referrer
from oci.wire.retry import RetryRule, delay_s, retry_after_s
from oci.wire.scope import Scope, merged, missing, parse_scopes
from oci.wire.tag_list import parse_tags
from oci.wire.token import anonymous_request, parse_token, password_requests
from oci.wire.warning import MAX_BYTES, parse_warnings
from tests.property import hostile

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DIGEST = Digest.of(b"")
NEW_REFERRER = Descriptor(OCI_MANIFEST, Digest.of(b"new"), 3, artifact_type="t")

challenges = (
    hostile.near(
        'Bearer realm="https://auth.example/token",service="reg",scope="repository:a:pull,push"',
        'Basic realm="x", Bearer realm=https://y/z,error="invalid_token"',
        'Negotiate YWJj==, Digest realm="d", nonce="n"',
    )
    | hostile.texts
)
descriptors = st.fixed_dictionaries(
    {
        "mediaType": st.sampled_from([OCI_MANIFEST, OCI_INDEX, "x"]),
        "digest": st.sampled_from([str(DIGEST), "sha256:" + "a" * 64, "sha256:../x"]),
        "size": st.integers(-1, 2**54),
    },
    optional={
        "artifactType": st.text(max_size=5),
        "annotations": st.dictionaries(st.text(max_size=3), st.text(max_size=3)),
    },
)
manifests = hostile.documents(
    schemaVersion=st.just(2),
    mediaType=st.sampled_from([OCI_MANIFEST, OCI_INDEX]),
    manifests=st.lists(descriptors, max_size=3),
    config=descriptors,
    layers=st.lists(descriptors, max_size=3),
    subject=descriptors,
)


@given(challenges)
def test_a_challenge_is_clear_or_absent(field: str) -> None:
    for challenge in parse_challenges({"WWW-Authenticate": field}):
        assert challenge.realm.isprintable() or not challenge.realm
        if isinstance(challenge, BearerChallenge):
            with suppress(OciError):
                assert realm_url(challenge, "https://r.example/v2/").startswith(("https://", "HTTPS://"))
            anonymous_request("https://a.example/", challenge.service, parse_scopes(challenge.scope))


@given(hostile.bodies() | hostile.documents(token=st.text(), access_token=st.text(), expires_in=st.integers(),
       issued_at=st.datetimes().map(str), refresh_token=st.text(), scope=st.text()))  # fmt: skip
def test_a_token_is_safe_to_send_or_refused(body: bytes) -> None:
    try:
        token = parse_token(body, now=NOW, where="auth")
    except OciError:
        return
    assert token.text.isascii()
    assert token.text.isprintable()
    assert " " not in token.text
    assert token.expires_at > NOW or not token.is_usable(NOW)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_every_login_can_be_sent(username: str, password: str) -> None:
    get, post = password_requests("https://a.example/", "s", (), username=username, password=password)
    assert get.url.isascii()
    assert get.authorization.isascii()
    assert post.body is not None


@given(hostile.near("repository:library/a:pull,push", "registry:catalog:*") | hostile.texts)
def test_a_scope_that_is_read_can_be_written(text: str) -> None:
    with suppress(OciError):
        scope = Scope.parse(text)
        assert str(scope) == text
        assert scope.covers(scope)


scopes = st.lists(
    st.builds(
        Scope,
        st.just("repository"),
        st.sampled_from(["a", "b"]),
        st.sampled_from([("pull",), ("push",), ("pull", "push"), ("*",)]),
    ),
    max_size=5,
)


@given(scopes, scopes)
def test_merging_loses_nothing_and_keeps_our_needs_first(needed: list[Scope], named: list[Scope]) -> None:
    joined = merged(needed, named)
    assert missing([*needed, *named], joined) == ()
    assert len(set(joined)) == len(joined)
    if needed:
        assert joined[0] == needed[0]


@given(hostile.near("120", "Sun, 22 Nov 2026 12:00:00 GMT", "1.5") | hostile.texts)
def test_retry_after_is_a_time_that_can_be_waited(text: str) -> None:
    seconds = retry_after_s({"Retry-After": text}, NOW)
    assert seconds is None or seconds >= 0


@given(
    st.integers(-5, 10**6),
    st.none() | st.floats(0, 1e12),
    st.floats(0, 1, exclude_max=True),
    st.builds(
        RetryRule, base_s=st.floats(0, 60), cap_s=st.floats(0, 600), retry_after_cap_s=st.floats(0, 600)
    ),
)
def test_a_delay_is_bounded(attempt: int, retry_after: float | None, jitter: float, rule: RetryRule) -> None:
    delay = delay_s(rule, attempt, retry_after, jitter)
    floor = 0.0 if retry_after is None else min(retry_after, rule.retry_after_cap_s)
    assert floor <= delay <= max(rule.cap_s, floor + rule.base_s)


@given(hostile.near('299 - "a", 299 - "b"') | hostile.texts)
def test_warnings_are_printable(field: str) -> None:
    for text in parse_warnings({"Warning": field}):
        assert text.isprintable()
        assert len(text) <= MAX_BYTES


@given(hostile.texts, hostile.texts)
def test_other_fields_have_a_value_or_none(first: str, second: str) -> None:
    parse_rate_limit({"RateLimit-Limit": first, "RateLimit-Remaining": second})
    next_link({"Link": first})


@given(
    st.integers(100, 599),
    hostile.bodies() | hostile.documents(errors=st.lists(st.fixed_dictionaries({"code": st.text()}))),
    hostile.texts,
)
def test_every_failure_is_one_printable_line(status: int, body: bytes, field: str) -> None:
    error = failure(
        status, {"Retry-After": field}, body, method="GET", url=field, what="x", now=NOW, name="v1"
    )
    assert error.message.isprintable()
    assert len(error.message) < 1500
    assert len(parse_error_body(body).items) < 10


@given(hostile.bodies() | hostile.documents(name=st.text(), tags=st.lists(hostile.texts, max_size=5)))
def test_only_tags_come_out_of_a_listing(body: bytes) -> None:
    with suppress(OciError):
        page = parse_tags(body, where="r")
        assert [check_tag(tag) for tag in page.tags] == list(page.tags)
        assert len(set(page.tags)) == len(page.tags)
        assert all(text.isprintable() for text in page.skipped)


@given(manifests | hostile.bodies(), st.sampled_from([OCI_MANIFEST, OCI_INDEX, "x/y", ""]), st.booleans())
def test_an_accepted_manifest_is_what_was_asked_for(body: bytes, kind: str, by_digest: bool) -> None:
    asked = Digest.of(body) if by_digest else "v1"
    with suppress(OciError):
        answer = manifest_answer.judge({"Content-Type": kind}, body, asked=asked, where="r")
        assert answer.descriptor.digest == Digest.of(body)
        assert answer.descriptor.size == len(body)
        assert answer.content == body


@given(manifests | hostile.bodies())
def test_no_body_passes_for_another_digest(body: bytes) -> None:
    try:
        manifest_answer.judge({"Content-Type": OCI_INDEX}, body, asked=Digest("sha256", "0" * 64), where="r")
    except OciError:
        return
    raise AssertionError("accepted")


@given(st.integers(100, 599), manifests | hostile.bodies())
def test_referrers_are_never_none_by_mistake(status: int, body: bytes) -> None:
    verdict = referrer_answer.judge(status, {"Content-Type": OCI_INDEX}, body, where="r")
    if isinstance(verdict, referrer_answer.ReferrerPage):
        assert status == 200
    if status in {429, 500, 503}:
        assert isinstance(verdict, referrer_answer.ReferrersUnknown)


@given(manifests)
def test_adding_and_removing_a_referrer_are_inverse(body: bytes) -> None:
    with suppress(OciError):
        present = parse_referrer_index(body, where="r")
        grown = with_referrer(present, NEW_REFERRER)
        assert grown is not None
        larger = parse_referrer_index(grown, where="r")
        assert larger == (*present, NEW_REFERRER)
        shrunk = without_referrer(larger, NEW_REFERRER.digest)
        assert shrunk is not None
        assert parse_referrer_index(shrunk, where="r") == present
