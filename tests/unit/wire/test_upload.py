"""Upload sessions: each answer has one meaning, and no registry leads us in circles."""

from __future__ import annotations

import pytest

from oci.errors import AddressRefused, DigestMismatch, RegistryError
from oci.spec import Digest
from oci.wire.upload import (
    CHUNK_LADDER,
    MAX_REFUSALS,
    AskStatus,
    Failed,
    Finished,
    Proceed,
    Renew,
    Upload,
    Verdict,
    after_patch,
    after_post,
    after_put,
    after_status,
    reopened,
    stated_offset,
)

MIB = 1024 * 1024
POST = "https://r.example/v2/a/blobs/uploads/"
SESSION = "https://r.example/v2/a/blobs/uploads/1?_state=x%2Fy=="
DIGEST = Digest("sha256", "a" * 64)
OTHER = Digest("sha256", "b" * 64)
START = Upload(SESSION)


def proceeding(verdict: Verdict) -> Upload:
    assert isinstance(verdict, Proceed)
    return verdict.upload


def asking(verdict: Verdict) -> Upload:
    assert isinstance(verdict, AskStatus)
    return verdict.upload


class TestBeginning:
    @pytest.mark.parametrize(
        ("location", "url"),
        [
            ("/v2/a/blobs/uploads/1?_state=x%2Fy==", SESSION),
            (SESSION, SESSION),
            ("https://store.example/u?sig=%2B", "https://store.example/u?sig=%2B"),
        ],
    )
    def test_202_begins_a_session_at_its_location(self, location: str, url: str) -> None:
        upload = proceeding(after_post(POST, 202, {"location": location}, digest=DIGEST))
        assert upload == Upload(url)

    def test_the_least_chunk_is_kept(self) -> None:
        headers = {"Location": SESSION, "OCI-Chunk-Min-Length": "5242880"}
        assert proceeding(after_post(POST, 202, headers, digest=DIGEST)).min_chunk == 5 * MIB

    @pytest.mark.parametrize("text", ["-1", "x", "", "9" * 40])
    def test_a_least_chunk_that_is_no_number_is_ignored(self, text: str) -> None:
        headers = {"Location": SESSION, "OCI-Chunk-Min-Length": text}
        assert proceeding(after_post(POST, 202, headers, digest=DIGEST)).min_chunk == 0

    def test_201_is_the_end_already(self) -> None:
        assert after_post(POST, 201, {"Location": "/v2/a/blobs/x"}, digest=DIGEST) == Finished()
        assert after_post(POST, 201, {"Docker-Content-Digest": str(DIGEST)}, digest=DIGEST) == Finished()

    def test_201_for_another_blob_is_refused(self) -> None:
        with pytest.raises(DigestMismatch):
            after_post(POST, 201, {"Docker-Content-Digest": str(OTHER)}, digest=DIGEST)

    def test_a_digest_of_another_algorithm_proves_nothing(self) -> None:
        headers = {"Docker-Content-Digest": f"sha512:{'c' * 128}"}
        assert after_post(POST, 201, headers, digest=DIGEST) == Finished()

    @pytest.mark.parametrize("headers", [{}, {"Location": ""}])
    def test_a_session_without_a_place_is_an_error(self, headers: dict[str, str]) -> None:
        with pytest.raises(RegistryError) as caught:
            after_post(POST, 202, headers, digest=DIGEST)
        assert caught.value.status == 202

    @pytest.mark.parametrize("location", ["http://r.example/u", "ftp://x/", "https://u:p@r.example/", "/a b"])
    def test_a_session_at_a_place_where_we_do_not_go(self, location: str) -> None:
        with pytest.raises(AddressRefused):
            after_post(POST, 202, {"Location": location}, digest=DIGEST)

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 500])
    def test_anything_else_is_a_failure(self, status: int) -> None:
        assert after_post(POST, status, {}, digest=DIGEST) == Failed()


class TestChunks:
    def test_without_limits_everything_goes_at_once(self) -> None:
        assert START.chunk_length(900 * MIB) == 900 * MIB

    @pytest.mark.parametrize(
        ("upload", "remaining", "preferred", "length"),
        [
            (Upload(SESSION), 100, 10, 10),
            (Upload(SESSION), 5, 10, 5),
            (Upload(SESSION, min_chunk=50), 100, 10, 50),
            (Upload(SESSION, min_chunk=50), 20, 10, 20),
            (Upload(SESSION, max_chunk=30), 100, None, 30),
            (Upload(SESSION, max_chunk=30), 100, 40, 30),
            (Upload(SESSION, max_chunk=30, min_chunk=50), 100, None, 50),
            (Upload(SESSION), 0, None, 0),
        ],
    )
    def test_a_chunk_keeps_to_the_limits(
        self, upload: Upload, remaining: int, preferred: int | None, length: int
    ) -> None:
        assert upload.chunk_length(remaining, preferred=preferred) == length

    def test_the_range_of_a_chunk_is_inclusive_and_bare(self) -> None:
        assert Upload(SESSION, offset=10).patch_fields(5) == {
            "Content-Type": "application/octet-stream",
            "Content-Length": "5",
            "Content-Range": "10-14",
        }

    def test_the_last_put_has_a_range_only_where_it_continues(self) -> None:
        assert "Content-Range" not in START.put_fields(5)
        assert "Content-Range" not in Upload(SESSION, offset=5).put_fields(0)
        assert Upload(SESSION, offset=5).put_fields(5)["Content-Range"] == "5-9"

    def test_the_digest_is_appended_to_the_newest_location(self) -> None:
        assert START.put_url(DIGEST) == f"{SESSION}&digest={DIGEST}"
        assert Upload("https://r/u").put_url(DIGEST) == f"https://r/u?digest={DIGEST}"


class TestPatch:
    @pytest.mark.parametrize("status", [202, 201, 204])
    def test_what_was_accepted_counts_and_not_a_range_that_sticks(self, status: int) -> None:
        headers = {"Location": "/v2/a/blobs/uploads/1?_state=2", "Range": "0-9"}
        upload = proceeding(after_patch(Upload(SESSION, offset=20), status, headers, sent=10))
        assert upload.offset == 30
        assert upload.url == "https://r.example/v2/a/blobs/uploads/1?_state=2"

    def test_without_a_new_location_the_old_one_stays(self) -> None:
        assert proceeding(after_patch(START, 202, {}, sent=1)).url == SESSION

    def test_an_accepted_chunk_ends_a_disagreement(self) -> None:
        upload = proceeding(after_patch(Upload(SESSION, refused_at=0, refusals=2), 202, {}, sent=1))
        assert upload.refused_at is None
        assert upload.refusals == 2

    @pytest.mark.parametrize("status", [404, 410])
    def test_a_forgotten_session_is_renewed_with_what_was_learned(self, status: int) -> None:
        verdict = after_patch(Upload(SESSION, max_chunk=4 * MIB), status, {}, sent=1)
        assert isinstance(verdict, Renew)
        assert verdict.max_chunk == 4 * MIB

    def test_a_refused_place_is_asked_for(self) -> None:
        upload = asking(after_patch(Upload(SESSION, offset=7), 416, {}, sent=1))
        assert (upload.refused_at, upload.refusals) == (7, 1)

    @pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
    def test_after_a_passing_trouble_the_place_is_asked_for(self, status: int) -> None:
        assert after_patch(START, status, {}, sent=1) == AskStatus(START)

    def test_too_large_a_chunk_is_made_smaller(self) -> None:
        assert asking(after_patch(START, 413, {}, sent=100 * MIB)).max_chunk == 64 * MIB
        assert asking(after_patch(START, 413, {}, sent=64 * MIB)).max_chunk == 16 * MIB

    def test_too_large_a_chunk_that_cannot_be_smaller_is_a_failure(self) -> None:
        assert after_patch(START, 413, {}, sent=MIB) == Failed()
        assert after_patch(Upload(SESSION, min_chunk=10 * MIB), 413, {}, sent=10 * MIB) == Failed()

    def test_too_large_a_chunk_is_followed_by_the_smallest_one_allowed(self) -> None:
        verdict = after_patch(Upload(SESSION, min_chunk=10 * MIB), 413, {}, sent=16 * MIB)
        assert isinstance(verdict, AskStatus)
        assert verdict.upload.max_chunk == 10 * MIB

    @pytest.mark.parametrize("status", [400, 401, 403, 405, 411])
    def test_anything_else_is_a_failure(self, status: int) -> None:
        assert after_patch(START, status, {}, sent=1) == Failed()


class TestPut:
    @pytest.mark.parametrize("status", [200, 201, 204])
    def test_the_end(self, status: int) -> None:
        headers = {"Docker-Content-Digest": str(DIGEST)}
        assert after_put(START, status, headers, digest=DIGEST, sent=0) == Finished()

    def test_another_digest_than_ours_is_refused(self) -> None:
        with pytest.raises(DigestMismatch) as caught:
            after_put(START, 201, {"Docker-Content-Digest": str(OTHER)}, digest=DIGEST, sent=0)
        assert caught.value.expected == str(DIGEST)
        assert "_state" not in str(caught.value)

    def test_202_is_no_end(self) -> None:
        assert after_put(START, 202, {}, digest=DIGEST, sent=0) == Failed()

    def test_a_forgotten_session(self) -> None:
        assert isinstance(after_put(START, 404, {}, digest=DIGEST, sent=0), Renew)

    def test_a_whole_blob_that_is_too_large_goes_in_chunks(self) -> None:
        assert asking(after_put(START, 413, {}, digest=DIGEST, sent=900 * MIB)).max_chunk == 64 * MIB

    @pytest.mark.parametrize("status", [416, 500, 503])
    def test_the_place_is_asked_for(self, status: int) -> None:
        assert isinstance(after_put(START, status, {}, digest=DIGEST, sent=5), AskStatus)

    def test_a_digest_that_does_not_fit_is_a_failure(self) -> None:
        assert after_put(START, 400, {}, digest=DIGEST, sent=0) == Failed()


class TestStatus:
    @pytest.mark.parametrize(
        ("text", "offset"),
        [
            ("0-9", 10),
            ("bytes=0-9", 10),
            ("bytes 0-9", 10),
            ("bytes: 0-9", 10),
            ("0-0", 0),
            ("", None),
            ("5-9", None),
            ("0-", None),
            ("0--1", None),
            ("0-9/10", None),
            ("0-" + "9" * 30, None),
        ],
    )
    def test_the_range_says_how_much_is_there(self, text: str, offset: int | None) -> None:
        assert stated_offset({"range": text}) == offset

    @pytest.mark.parametrize("status", [204, 200, 202])
    def test_after_a_break_the_registry_says_where_to_go_on(self, status: int) -> None:
        upload = Upload(SESSION, offset=10)
        answer = {"Range": "0-24", "Location": "/v2/a/blobs/uploads/2"}
        moved = proceeding(after_status(upload, status, answer, size=100))
        assert moved == Upload("https://r.example/v2/a/blobs/uploads/2", offset=25)

    def test_a_range_that_sticks_is_not_believed_before_a_chunk_was_refused(self) -> None:
        upload = proceeding(after_status(Upload(SESSION, offset=50), 204, {"Range": "0-9"}, size=100))
        assert upload.offset == 50

    def test_after_a_refusal_it_is(self) -> None:
        upload = Upload(SESSION, offset=50, refused_at=50, refusals=1)
        assert proceeding(after_status(upload, 204, {"Range": "0-9"}, size=100)).offset == 10

    def test_a_refusal_of_the_agreed_place_means_a_smaller_chunk(self) -> None:
        """GHCR answers 416 to a chunk of more than 4 MiB."""
        upload, tried = Upload(SESSION, offset=10, refused_at=10, refusals=1), []
        while isinstance(verdict := after_status(upload, 204, {"Range": "0-9"}, size=900 * MIB), Proceed):
            tried.append(verdict.upload.max_chunk)
            upload = asking(after_patch(verdict.upload, 416, {}, sent=verdict.upload.chunk_length(800 * MIB)))
        assert tried == list(CHUNK_LADDER)
        assert isinstance(verdict, Renew)

    def test_an_offset_past_the_end_is_somebody_elses_upload(self) -> None:
        assert proceeding(after_status(START, 204, {"Range": "0-99"}, size=100)).offset == 100
        assert isinstance(after_status(START, 204, {"Range": "0-100"}, size=100), Renew)

    @pytest.mark.parametrize("headers", [{}, {"Range": "x"}])
    def test_no_offset_is_no_session(self, headers: dict[str, str]) -> None:
        assert isinstance(after_status(START, 204, headers, size=100), Renew)

    @pytest.mark.parametrize("status", [400, 403, 404, 405, 410])
    def test_no_status_is_no_session(self, status: int) -> None:
        assert isinstance(after_status(START, status, {}, size=100), Renew)

    @pytest.mark.parametrize("status", [401, 429, 500])
    def test_anything_else_is_a_failure(self, status: int) -> None:
        assert after_status(START, status, {}, size=100) == Failed()

    def test_a_registry_that_leads_back_and_forth_is_left(self) -> None:
        upload, rounds = Upload(SESSION, offset=40), 0
        while True:
            upload = asking(after_patch(upload, 416, {}, sent=1))
            answer = {"Range": "0-9" if upload.offset == 20 else "0-19"}
            verdict = after_status(upload, 204, answer, size=100)
            rounds += 1
            if not isinstance(verdict, Proceed):
                break
            upload = verdict.upload
        assert isinstance(verdict, Renew)
        assert rounds == MAX_REFUSALS + 1

    def test_accepting_between_refusals_does_not_help_it(self) -> None:
        upload, rounds = START, 0
        while True:
            upload = proceeding(after_patch(upload, 202, {}, sent=1))
            upload = asking(after_patch(upload, 416, {}, sent=1))
            verdict = after_status(upload, 204, {"Range": "0-0"}, size=100)
            rounds += 1
            if not isinstance(verdict, Proceed):
                break
            upload = verdict.upload
        assert rounds == MAX_REFUSALS + 1


class TestReopening:
    def test_the_session_of_an_earlier_process_is_asked_for_its_place(self) -> None:
        upload = reopened("https://r.example", SESSION).upload
        assert upload == START
        assert proceeding(after_status(upload, 204, {"Range": "0-99"}, size=200)).offset == 100

    @pytest.mark.parametrize("url", ["http://r.example/u", "file:///x", "", "https://u:p@r.example/"])
    def test_a_ticket_is_checked_like_an_answer(self, url: str) -> None:
        with pytest.raises(AddressRefused):
            reopened("https://r.example", url)
