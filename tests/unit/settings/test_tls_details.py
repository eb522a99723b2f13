"""Files that say what TLS may agree on: what is understood, and what is refused with its place."""

from __future__ import annotations

import pytest

from oci.errors import InvalidSettings
from oci.settings import TlsDetails

EXAMPLE = b"""\
minVersion: "1.2"
cipherSuites:
  - "TLS_AES_128_GCM_SHA256"
  - "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
namedGroups:
  - "secp256r1"
  - "x25519"
"""


def test_the_form_of_the_manual_page_is_understood() -> None:
    details = TlsDetails.parse(EXAMPLE, path="tls.yaml")
    assert details.min_version == "1.2"
    assert details.modern_suites == ("TLS_AES_128_GCM_SHA256",)
    assert details.older_suites == ("ECDHE-ECDSA-CHACHA20-POLY1305",)
    assert details.groups == ("prime256v1", "X25519")


def test_nothing_is_said_by_an_empty_file() -> None:
    assert TlsDetails.parse(b"", path="x") == TlsDetails(path="x")


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_versions_that_are_not_spoken_any_more_are_less_than_what_is(version: str) -> None:
    assert TlsDetails.parse(f'minVersion: "{version}"'.encode(), path="x").min_version == "1.2"


WRONG = {
    "minVersion: 1.4": "x:1: minVersion: must be one of",
    "minVersion: [1.2]": "x:1: minVersion: must be a text",
    "cipherSuites: []": "x:1: cipherSuites: allows nothing at all",
    "cipherSuites: TLS_AES_128_GCM_SHA256": "x:1: cipherSuites: must be a list",
    "\ncipherSuites: [TLS_NULL_WITH_NULL_NULL]": "x:2: cipherSuites: 'TLS_NULL_WITH_NULL_NULL' is not known",
    "namedGroups: [x25519, secp112r1]": "x:1: namedGroups: 'secp112r1' is not known",
    "minversion: 1.2": "x:1: minversion: is not known; there are minVersion, cipherSuites, namedGroups",
    "minVersion: 1.2\nminVersion: 1.3": "x:2: minVersion: is there twice",
    "minVersion: 1.3\ncipherSuites: [TLS_RSA_WITH_AES_128_CBC_SHA]": "x:2: cipherSuites: lists none that TLS",
    "- minVersion": "x:1: must be a mapping",
    "minVersion: 'a": "x:1: is not YAML",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_said_with_its_line_and_key(text: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        TlsDetails.parse(text.encode(), path="x")
    assert caught.value.message.startswith(WRONG[text])
