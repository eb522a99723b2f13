from __future__ import annotations

import pytest

from oci.errors import InvalidValue
from oci.serving.request import parse_target


def test_segments_are_split_before_they_are_decoded() -> None:
    path, segments, query = parse_target("/v2/a%2Fb/manifests/sha256%3Aabc?n=1&n=2")
    assert path == "/v2/a%2Fb/manifests/sha256%3Aabc"
    assert segments == ("v2", "a/b", "manifests", "sha256:abc")
    assert query.all("n") == ["1", "2"]


@pytest.mark.parametrize(
    "target", ["*", "http://host/v2/", "v2/", "/v2/%ff", "/v2/%00", "/a%0d%0ab", "/a?b=%ff"]
)
def test_other_forms_and_hidden_bytes_are_refused(target: str) -> None:
    with pytest.raises(InvalidValue):
        parse_target(target)


def test_dot_segments_are_not_resolved() -> None:
    assert parse_target("/v2/../etc/%2e%2e/passwd")[1] == ("v2", "..", "etc", "..", "passwd")
