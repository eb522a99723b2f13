"""Properties of upload sessions: whatever a registry answers, an upload ends, and no byte is skipped."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from oci.errors import OciError, SizeMismatch
from oci.spec import Digest
from oci.wire import byte_range, upload
from oci.wire.byte_range import RangeVerdict
from tests.property import hostile

DIGEST = Digest("sha256", "a" * 64)
SIZE = 200 * 1024 * 1024
URL = "https://r.example/u"

statuses = st.sampled_from([200, 201, 202, 204, 400, 404, 413, 416, 429, 500])
fields = st.fixed_dictionaries(
    {},
    optional={
        "Location": st.sampled_from(["/u/2?s=1", "https://r.example/u"]) | hostile.texts,
        "Range": st.integers(0, SIZE + 10).map(lambda last: f"0-{last}") | hostile.texts,
        "OCI-Chunk-Min-Length": st.integers(-1, SIZE).map(str) | hostile.texts,
        "Docker-Content-Digest": st.just(str(DIGEST)) | hostile.texts,
    },
)
answers = st.tuples(statuses, fields)


@given(st.lists(answers, max_size=60), st.none() | st.integers(1, SIZE))
def test_a_session_keeps_its_promises_whatever_is_answered(
    script: list[tuple[int, dict[str, str]]], preferred: int | None
) -> None:
    verdict: upload.Verdict = upload.Proceed(upload.Upload(URL))
    with suppress(OciError):
        for status, headers in script:
            verdict = _step(verdict, status, headers, preferred)
            if isinstance(verdict, upload.Proceed | upload.AskStatus):
                session = verdict.upload
                assert session.url.startswith("https://")
                assert 0 <= session.offset <= SIZE
                assert session.refusals <= upload.MAX_REFUSALS + 1
            else:
                return


def _step(
    verdict: upload.Verdict, status: int, headers: dict[str, str], preferred: int | None
) -> upload.Verdict:
    if isinstance(verdict, upload.AskStatus):
        return upload.after_status(verdict.upload, status, headers, size=SIZE)
    assert isinstance(verdict, upload.Proceed)
    session = verdict.upload
    remaining = SIZE - session.offset
    sent = session.chunk_length(remaining, preferred=preferred)
    assert sent <= remaining
    assert sent > 0 or remaining == 0
    if sent == remaining:
        return upload.after_put(session, status, headers, digest=DIGEST, sent=sent)
    return upload.after_patch(session, status, headers, sent=sent)


@given(answers, st.integers(0, SIZE))
def test_a_new_session_is_somewhere_we_go(answer: tuple[int, dict[str, str]], max_chunk: int) -> None:
    with suppress(OciError):
        verdict = upload.after_post(URL, *answer, digest=DIGEST, max_chunk=max_chunk)
        if isinstance(verdict, upload.Proceed):
            assert verdict.upload.offset == 0
            assert verdict.upload.max_chunk == max_chunk
            assert verdict.upload.min_chunk >= 0


@given(
    st.sampled_from([200, 206, 206, 206, 416, 404]),
    st.builds(lambda a, b, c: f"bytes {a}-{b}/{c}", st.integers(0, 9), st.integers(0, 9), st.integers(9, 11))
    | hostile.near("bytes 2-5/10", "bytes */10")
    | hostile.texts,
    st.integers(0, 9),
    st.none() | st.integers(1, 12),
)
def test_a_part_is_exactly_what_was_asked_for(
    status: int, content_range: str, offset: int, length: int | None
) -> None:
    try:
        verdict = byte_range.judge(
            status, {"Content-Range": content_range}, offset=offset, length=length, size=10, where="blob"
        )
    except SizeMismatch as error:
        assert error.expected == 10
        return
    if verdict is RangeVerdict.PART:
        last = 9 if length is None else min(9, offset + length - 1)
        assert content_range.lower().replace("\t", " ").split("/")[0].split() == ["bytes", f"{offset}-{last}"]
