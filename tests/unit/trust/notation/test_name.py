"""Distinguished names of trust policies."""

from __future__ import annotations

import pytest

from oci.trust.notation.name import covers, parse_name, subject_of
from tests.notary import signer


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("C=US, ST=WA, O=acme", {"C": "US", "ST": "WA", "O": "acme"}),
        (" C=US,S=WA,  O=acme", {"C": "US", "ST": "WA", "O": "acme"}),
        (r"C=US, ST=W\, A, O=a\\, CN=\ b\ ", {"C": "US", "ST": "W, A", "O": "a\\", "CN": " b "}),
        ("C=US, ST=WA, O=café, 1.2.3.4=x", {"C": "US", "ST": "WA", "O": "café", "1.2.3.4": "x"}),
    ],
)
def test_names_are_read_by_attribute(text: str, found: dict[str, str]) -> None:
    assert parse_name(text) == found


def test_a_name_covers_those_that_say_as_much_and_more() -> None:
    subject = subject_of(signer().certificate)
    assert covers(parse_name("C=US, ST=WA, O=acme"), subject)
    assert covers(parse_name("O=acme, CN=signer, C=US, ST=WA"), subject)
    assert not covers(parse_name("C=US, ST=WA, O=acme, OU=x"), subject)
    assert not covers(parse_name("C=US, ST=WA, O=ACME"), subject)
