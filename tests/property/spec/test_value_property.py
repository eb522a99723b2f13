"""Properties of the checked values: what is written can be read, and no text gets around the grammar."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import example, given
from hypothesis import strategies as st

from oci.errors import InvalidDigest, InvalidReference, InvalidValue
from oci.spec import Digest, Platform, Reference
from oci.spec.attachment import COSIGN_SUFFIXES, cosign_tag, fallback_tag
from oci.spec.reference import MAX_NAME, check_registry, check_repository, check_tag
from tests.property import hostile

DIGEST = Digest("sha256", "a" * 64)
SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:@[]")

digests = st.builds(Digest.of, st.binary(max_size=8), st.sampled_from(["sha256", "sha512"]))
components = st.from_regex(r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+){0,2}", fullmatch=True).filter(
    lambda s: len(s) < 40
)
hosts = st.sampled_from(
    ["docker.io", "quay.io", "localhost", "localhost:5000", "r.example:65535", "[::1]:5000"]
)
tags = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", fullmatch=True)
references = st.builds(
    Reference,
    hosts,
    st.lists(components, min_size=2, max_size=4).map("/".join),
    st.none() | tags,
    st.none() | digests,
)


@given(references)
def test_a_reference_survives_being_written_and_read(reference: Reference) -> None:
    assert Reference.parse(str(reference)) == reference
    assert Reference.parse(str(reference.tagged())) == reference.tagged()


@given(
    hostile.near("r.example:5000/team/app:v1.2", f"alpine:3@{DIGEST}", "localhost/x", "[::1]:1/a")
    | hostile.texts
)
@example("a/b/../c")
@example("r.example/a:t\n")
def test_a_text_is_a_reference_or_refused(text: str) -> None:
    try:
        reference = Reference.parse(text)
    except InvalidValue as error:
        assert error.message.isprintable()
        return
    assert SAFE.issuperset(str(reference))
    assert Reference.parse(str(reference)) == reference
    assert len(reference.name) <= MAX_NAME
    assert not {"", ".", ".."} & set(reference.repository.split("/"))
    assert check_registry(reference.registry) == reference.registry
    assert check_repository(reference.repository) == reference.repository


@given(digests)
def test_a_digest_survives_being_written_and_read(digest: Digest) -> None:
    assert Digest.parse(str(digest)) == digest


@given(hostile.near(str(DIGEST), f"sha512:{'0' * 128}") | hostile.texts)
def test_a_text_is_a_digest_or_refused(text: str) -> None:
    try:
        digest = Digest.parse(text)
    except InvalidDigest as error:
        assert error.message.isprintable()
        return
    assert str(digest) == text
    assert SAFE.issuperset(text)
    assert "/" not in text


@given(st.binary(max_size=100), st.binary(min_size=1, max_size=10))
def test_other_bytes_have_another_digest(content: bytes, more: bytes) -> None:
    digest = Digest.of(content)
    hasher = digest.hasher()
    hasher.update(content)
    assert digest.matches(hasher)
    hasher.update(more)
    assert not digest.matches(hasher)


@given(digests)
def test_names_of_attachments_are_tags(digest: Digest) -> None:
    assert check_tag(fallback_tag(digest))
    if digest.algorithm == "sha256":
        assert all(check_tag(cosign_tag(digest, suffix)) for suffix in COSIGN_SUFFIXES)


@given(hostile.near("linux/amd64", "linux/arm/v7") | hostile.texts)
def test_a_text_is_a_platform_or_refused(text: str) -> None:
    with suppress(InvalidReference):
        platform = Platform.parse(text)
        assert Platform.parse(str(platform)) == platform
        assert platform.rank(platform) == 0
        assert platform.normalized().normalized() == platform.normalized()
        assert Platform.from_json(platform.to_json(), where="x") == platform


platforms = st.builds(
    Platform,
    st.sampled_from(["linux", "windows"]),
    st.sampled_from(["amd64", "arm", "arm64", "x86_64", "s390x"]),
    st.sampled_from(["", "v1", "v3", "v6", "v7", "v8", "odd"]),
)


@given(platforms, platforms)
def test_a_rank_never_crosses_systems(wished: Platform, offered: Platform) -> None:
    rank = wished.rank(offered)
    if rank is not None:
        assert rank >= 0
        assert wished.os == offered.os
        assert wished.normalized().architecture == offered.normalized().architecture
