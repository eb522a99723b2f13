"""From an answer to an error: the status decides, the body explains, and no secret gets through."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from oci.errors import Denied, NotFound, OciError, RateLimited, RegistryError, Unauthorized
from oci.wire.failure import failure

NOW = datetime(2026, 11, 22, tzinfo=UTC)
URL = "https://joe:pw@r.example/v2/a/manifests/v1?token=s3cr3t"
HTML = b"<html><head><title>Nothing here</title></head></html>"


def fail(status: int, body: bytes = b"", *, name: str = "", **fields: str) -> OciError:
    headers = {key.replace("_", "-"): value for key, value in fields.items()}
    what = "manifest r.example/a:v1"
    return failure(status, headers, body, method="GET", url=URL, what=what, now=NOW, name=name)


def registry_error(status: int, body: bytes = b"", **fields: str) -> RegistryError:
    error = fail(status, body, **fields)
    assert isinstance(error, RegistryError)
    return error


def coded(code: str) -> bytes:
    return b'{"errors":[{"code":"%s","message":"explained"}]}' % code.encode()


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, b"", Unauthorized),
        (401, coded("UNAUTHORIZED"), Unauthorized),
        (401, coded("DENIED"), Denied),
        (403, b"", Denied),
        (429, b"", RateLimited),
        (503, coded("TOOMANYREQUESTS"), RateLimited),
        (403, coded("TOOMANYREQUESTS"), RateLimited),
        (400, coded("NAME_INVALID"), RegistryError),
        (404, coded("BLOB_UPLOAD_UNKNOWN"), RegistryError),
        (500, HTML, RegistryError),
        (302, b"", RegistryError),
    ],
)
def test_the_status_decides_the_kind(status: int, body: bytes, kind: type[RegistryError]) -> None:
    error = registry_error(status, body)
    assert type(error) is kind
    assert error.status == status


def test_the_facts_are_in_fields() -> None:
    error = registry_error(429, coded("TOOMANYREQUESTS"), retry_after="7")
    assert error.codes == ("TOOMANYREQUESTS",)
    assert error.method == "GET"
    assert error.url == "https://r.example/v2/a/manifests/v1"
    assert error.retry_after_s == 7.0
    assert error.hint


def test_the_message_is_one_line_with_what_was_asked_and_said() -> None:
    error = registry_error(500, coded("UNKNOWN"))
    assert error.message == "manifest r.example/a:v1: the registry failed (status 500): UNKNOWN: explained"
    assert registry_error(418).message == "manifest r.example/a:v1: not as expected (status 418)"


@pytest.mark.parametrize("body", [b"", b"Not Found", HTML, coded("MANIFEST_UNKNOWN"), coded("UNKNOWN")])
def test_404_for_a_name_is_its_absence(body: bytes) -> None:
    error = fail(404, body, name="v1")
    assert isinstance(error, NotFound)
    assert error.name == "v1"


def test_404_from_something_else_than_a_registry_says_so() -> None:
    assert "not a registry" in fail(404, HTML, name="v1").hint
    assert "not a registry" in fail(404, HTML).hint
    assert fail(404, HTML, name="v1", docker_distribution_api_version="registry/2.0").hint == ""
    assert fail(404, b"", name="v1").hint == ""


def test_404_for_a_repository_says_so() -> None:
    assert "repository" in fail(404, coded("NAME_UNKNOWN"), name="v1").hint


def test_secrets_of_the_url_stay_out() -> None:
    error = registry_error(403, coded("DENIED"))
    everything = f"{error} {error.url} {error.hint} {error!r}"
    assert "s3cr3t" not in everything
    assert "joe" not in everything
