"""Policies, roots, certificates, timestamps, files of signatures: any bytes are read, or refused by name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oci.errors import OciError
from oci.settings.lookaside_file import parse_lookaside
from oci.settings.policy_file import parse_policy
from oci.trust.attachment import NewLayer
from oci.trust.certificate.chain import load_certificate, load_certificates
from oci.trust.cosign.file import encode, layer_in
from oci.trust.notation.trust_policy import parse_trust_policy
from oci.trust.root.document import load_trusted_root
from oci.trust.timestamp.stamp import verify_timestamp
from tests.fixture_script import FIXTURES

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = st.sampled_from(
    [
        "default", "transports", "docker", "", "type", "signedBy", "sigstoreSigned", "keyType", "keyPath",
        "keyData", "fulcio", "pki", "signedIdentity", "version", "1.0", "trustPolicies", "name",
        "trustStores", "registryScopes", "signatureVerification", "level", "override", "trustedIdentities",
        "mediaType", "tlogs", "baseUrl", "publicKey", "rawBytes", "keyDetails",
        "validFor", "start", "logId", "keyId",
        "certificateAuthorities", "certChain", "certificates", "uri", "mimeType", "payload", "annotations",
        "lookaside", "default-docker", "use-sigstore-attachments", "strict", "*",
    ]
)  # fmt: skip
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=12,
)
READERS: dict[str, Callable[[bytes], object]] = {
    "policy.json": lambda raw: parse_policy(raw, path="x"),
    "registries.d": lambda raw: parse_lookaside(raw, path="x"),
    "trustpolicy.json": lambda raw: parse_trust_policy(raw, path="x"),
    "trusted root": lambda raw: load_trusted_root(raw, path="x"),
    "certificate": lambda raw: load_certificate(raw, where="x"),
    "certificates": lambda raw: load_certificates(raw, where="x"),
    "signature file": lambda raw: layer_in(raw, where="x"),
    "timestamp": lambda raw: verify_timestamp(raw, b"notation", []),
}
GOOD = {
    "trusted root": (FIXTURES / "sigstore-bundles/other-name.root.json").read_bytes(),
    "timestamp": (FIXTURES / "notation-vectors/TimeStampToken.p7s").read_bytes(),
    "certificates": (FIXTURES / "notation-vectors/GlobalSignRootCA.crt").read_bytes(),
    "signature file": encode(NewLayer(content=b"{}", media_type="a/b", annotations={"a": "b"})),
}


def is_read(name: str, raw: bytes) -> bool:
    try:
        READERS[name](raw)
    except OciError:
        return False
    return True


@pytest.mark.parametrize("name", READERS)
@given(raw=st.binary(max_size=300) | TREES.map(lambda tree: json.dumps(tree).encode()))
def test_any_bytes_are_read_or_refused(name: str, raw: bytes) -> None:
    is_read(name, raw)


@pytest.mark.parametrize("name", GOOD)
@given(data=st.data())
def test_damage_to_a_good_one_is_refused_or_harmless(name: str, data: st.DataObject) -> None:
    raw = bytearray(GOOD[name])
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    is_read(name, bytes(raw))
    is_read(name, bytes(raw[: data.draw(st.integers(0, len(raw)))]))


@given(
    st.binary(max_size=100), st.text(max_size=30), st.dictionaries(st.text(max_size=9), st.text(max_size=9))
)
def test_a_signature_file_is_read_as_it_was_written(
    content: bytes, media_type: str, said: dict[str, str]
) -> None:
    layer = NewLayer(content=content, media_type=media_type, annotations=said)
    try:
        raw = encode(layer)
        found = layer_in(raw, where="x")
    except (UnicodeEncodeError, OciError):
        return  # A lone surrogate, which is no text.
    assert found == layer
    assert encode(found) == raw
