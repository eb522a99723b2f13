"""Digests become parts of paths and URLs: only registered ones exist."""

from __future__ import annotations

import hashlib

import pytest

from oci.errors import InvalidDigest
from oci.spec import Digest
from oci.spec.attachment import COSIGN_SUFFIXES, cosign_tag, fallback_tag
from oci.spec.digest import new_hasher
from oci.spec.reference import check_tag


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_a_digest_is_what_the_algorithm_says(algorithm: str) -> None:
    expected = hashlib.new(algorithm, b"content").hexdigest()
    digest = Digest.of(b"content", algorithm)
    assert str(digest) == f"{algorithm}:{expected}"
    assert Digest.parse(str(digest)) == digest
    hasher = digest.hasher()
    hasher.update(b"con")
    hasher.update(memoryview(b"tent"))
    assert digest.matches(hasher)
    hasher.update(b"!")
    assert not digest.matches(hasher)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256",
        "sha256:",
        "sha256:" + "a" * 63,
        "sha256:" + "a" * 65,
        "sha256:" + "A" * 64,
        "sha256:" + "g" * 64,
        "sha256:" + "a" * 63 + "\n",
        "sha256:" + "\u0661" * 64,
        "sha256:../../../../etc/passwd",
        "SHA256:" + "a" * 64,
        "sha512:" + "a" * 64,
        "sha1:" + "a" * 40,
        "md5:" + "a" * 32,
        "sha256+b64:" + "a" * 64,
        ":" + "a" * 64,
        "a" * 64,
        " sha256:" + "a" * 64,
        "sha256:" + "a" * 64 + "/x",
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidDigest) as caught:
        Digest.parse(text)
    assert caught.value.message.isprintable()


def test_a_digest_cannot_be_made_around_the_check() -> None:
    with pytest.raises(InvalidDigest):
        Digest("sha256", "..")
    with pytest.raises(InvalidDigest):
        Digest.of(b"", "md5")
    with pytest.raises(InvalidDigest):
        new_hasher("md5")


def test_the_short_form_is_for_people() -> None:
    assert Digest("sha256", "0123456789abcdef" * 4).short == "0123456789ab"


def test_names_of_attachments() -> None:
    digest = Digest("sha256", "a" * 64)
    assert fallback_tag(digest) == "sha256-" + "a" * 64
    assert fallback_tag(Digest("sha512", "b" * 128)) == "sha512-" + "b" * 64
    assert [cosign_tag(digest, suffix) for suffix in COSIGN_SUFFIXES] == [
        f"sha256-{'a' * 64}.{suffix}" for suffix in ("sig", "att", "sbom")
    ]
    assert check_tag(fallback_tag(Digest("sha512", "b" * 128)))
