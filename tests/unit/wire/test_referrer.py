"""What is attached: a list, no API, or not known; and the index under the fallback tag."""

from __future__ import annotations

import json

import pytest

from oci.errors import InvalidDocument, OciError
from oci.spec import Descriptor, Digest
from oci.spec.media_type import OCI_CONFIG, OCI_INDEX, OCI_MANIFEST
from oci.wire.referrer_answer import (
    NoReferrersApi,
    ReferrerPage,
    ReferrersUnknown,
    ReferrerVerdict,
    judge,
)
from oci.wire.referrer_tag import is_tracked, parse_referrer_index, with_referrer, without_referrer

SUBJECT = Digest.of(b"subject")
SIGNATURE = Descriptor(
    OCI_MANIFEST, Digest.of(b"sig"), 3, artifact_type="application/sig", annotations={"a": "\u00e4"}
)
SBOM = Descriptor(OCI_MANIFEST, Digest.of(b"sbom"), 4, artifact_type="application/sbom", other={"x": [1]})
JSON = {"Content-Type": OCI_INDEX}


def index(*links: Descriptor) -> bytes:
    members = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [link.to_json() for link in links]}
    return json.dumps(members).encode()


def answer(status: int, body: bytes = b"", **options: str) -> ReferrerVerdict:
    return judge(status, JSON, body, where="r.example/a", **options)


def test_a_list_keeps_all_that_describes_a_referrer() -> None:
    verdict = answer(200, index(SIGNATURE, SBOM))
    assert verdict == ReferrerPage((SIGNATURE, SBOM))
    assert isinstance(verdict, ReferrerPage)
    assert verdict.descriptors[0].annotations == {"a": "\u00e4"}
    assert verdict.descriptors[1].other == {"x": [1]}


def test_an_empty_list_is_an_answer() -> None:
    assert answer(200, index()) == ReferrerPage(())


@pytest.mark.parametrize("applied", [{}, {"OCI-Filters-Applied": "artifactType"}])
def test_the_filter_is_ours_whatever_the_registry_did(applied: dict[str, str]) -> None:
    verdict = judge(200, JSON | applied, index(SIGNATURE, SBOM), artifact_type="application/sbom", where="r")
    assert verdict == ReferrerPage((SBOM,))


@pytest.mark.parametrize("status", [404, 400, 405, 406, 501])
def test_a_registry_without_the_api(status: int) -> None:
    assert answer(status) == NoReferrersApi()


@pytest.mark.parametrize("status", [401, 403, 408, 429, 500, 502, 503, 504, 302, 204])
def test_throttled_or_failed_is_not_known(status: int) -> None:
    assert answer(status) == ReferrersUnknown(None)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Type": "text/html"}, b"<html>login</html>"),
        ({"Content-Type": "application/json"}, index()),
        (JSON, b"<html>"),
        (JSON, b""),
        (JSON, b'{"schemaVersion":2,"manifests":[{"digest":"sha256:../x","size":1}]}'),
        (
            {},
            b'{"schemaVersion":2,"config":{"mediaType":"x","digest":"%s","size":1},"layers":[]}'
            % str(SUBJECT).encode(),
        ),
    ],
)
def test_what_is_no_index_is_not_known(headers: dict[str, str], body: bytes) -> None:
    verdict = judge(200, headers, body, where="r.example/a")
    assert isinstance(verdict, ReferrersUnknown)
    assert isinstance(verdict.reason, OciError)


class TestFallbackTag:
    def test_no_tag_means_nothing_attached(self) -> None:
        assert parse_referrer_index(None, where="r") == ()

    def test_a_referrer_is_added_once(self) -> None:
        first = with_referrer((), SIGNATURE)
        assert first is not None
        second = with_referrer(parse_referrer_index(first, where="r"), SBOM)
        assert second is not None
        present = parse_referrer_index(second, claimed=OCI_INDEX, where="r")
        assert present == (SIGNATURE, SBOM)
        assert [link.to_json() for link in present] == [SIGNATURE.to_json(), SBOM.to_json()]
        assert with_referrer(present, SIGNATURE) is None

    def test_a_referrer_is_removed(self) -> None:
        rest = without_referrer((SIGNATURE, SBOM), SIGNATURE.digest)
        assert rest is not None
        assert parse_referrer_index(rest, where="r") == (SBOM,)
        assert without_referrer((SBOM,), SIGNATURE.digest) is None

    def test_something_else_under_the_tag_is_left_alone(self) -> None:
        config = Descriptor.of(b"{}", OCI_CONFIG).to_json()
        manifest = json.dumps({"schemaVersion": 2, "config": config, "layers": []}).encode()
        with pytest.raises(InvalidDocument):
            parse_referrer_index(manifest, where="r")
        with pytest.raises(OciError):
            parse_referrer_index(b"{}", where="r")

    def test_a_registry_that_keeps_the_list_says_so(self) -> None:
        assert is_tracked(str(SUBJECT), SUBJECT)
        assert is_tracked(f" {SUBJECT} ", SUBJECT)
        assert not is_tracked(None, SUBJECT)
        assert not is_tracked("", SUBJECT)
        assert not is_tracked(str(Digest.of(b"x")), SUBJECT)
