"""Where an answer may send us, and with what."""

from __future__ import annotations

import pytest

from oci.errors import AddressRefused
from oci.wire.redirect import MAX_URL, Origin, keeps_authorization, next_url, origin_of, same_origin

BASE = "https://reg.example:5000/v2/a/blobs/uploads/?x=1"


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/v2/a/u/1?_state=a%2Fb%3D==&x", "https://reg.example:5000/v2/a/u/1?_state=a%2Fb%3D==&x"),
        ("https://s3.example/b;?X-Amz=%2F", "https://s3.example/b;?X-Amz=%2F"),
        ("HTTPS://S3.example/b", "HTTPS://S3.example/b"),
        ("//cdn.example/b", "https://cdn.example/b"),
        ("abc?d=e", "https://reg.example:5000/v2/a/blobs/uploads/abc?d=e"),
        ("?d=e", "https://reg.example:5000/v2/a/blobs/uploads/?d=e"),
        ("../x", "https://reg.example:5000/v2/a/blobs/x"),
        ("/x#fragment", "https://reg.example:5000/x"),
        ("https://[2001:db8::1]:443/x", "https://[2001:db8::1]:443/x"),
        ("https://bucket_name.example/x", "https://bucket_name.example/x"),
    ],
)
def test_a_location_is_resolved_and_its_query_kept(location: str, target: str) -> None:
    assert next_url(BASE, location) == target


@pytest.mark.parametrize(
    "location",
    [
        "http://reg.example:5000/v2/",
        "http://other.example/",
        "ftp://reg.example/",
        "file:///etc/passwd",
        "https:x",
        "https:/x",
        "javascript:alert(1)",
        "https://user:pw@reg.example/",
        "https://user@reg.example/",
        "//evil@reg.example/",
        "https://reg.example\\@evil.example/",
        "/a b",
        "/a\r\nSet-Cookie: x",
        "/\x00",
        "/\x7f",
        "/\u00e4",
        "",
        "#only",
        "https://",
        "https:///x",
        "https://:443/",
        "https://h:0/",
        "https://h:99999/",
        "https://h:x/",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https://%31%32%37.0.0.1/",
        "https://" + "a" * 254 + "/",
        "/" + "x" * MAX_URL,
    ],
)
def test_a_location_that_is_not_followed(location: str) -> None:
    with pytest.raises(AddressRefused):
        next_url(BASE, location)


def test_http_may_lead_to_http_and_to_https() -> None:
    assert next_url("http://reg.example/v2/", "http://cdn.example/") == "http://cdn.example/"
    assert next_url("http://reg.example/v2/", "https://cdn.example/") == "https://cdn.example/"


def test_the_refusal_names_the_host_but_no_secret() -> None:
    with pytest.raises(AddressRefused) as caught:
        next_url(BASE, "http://storage.example/blob?signature=s3cr3t")
    assert caught.value.host == "storage.example"
    assert "s3cr3t" not in str(caught.value)
    assert caught.value.hint


def test_a_password_in_a_refused_address_stays_unsaid() -> None:
    with pytest.raises(AddressRefused) as caught:
        next_url(BASE, "https://joe:s3cr3t@storage.example/")
    assert "s3cr3t" not in str(caught.value) + caught.value.host


def test_the_origin_spells_out_the_port() -> None:
    assert origin_of("https://Reg.Example/x") == Origin("https", "reg.example", 443)
    assert origin_of("http://[2001:DB8::1]:81/") == Origin("http", "2001:db8::1", 81)


@pytest.mark.parametrize(
    ("a", "b", "is_same"),
    [
        ("https://h/a", "https://H:443/b?c", True),
        ("http://h:80/", "http://h/", True),
        ("https://h/", "https://h:444/", False),
        ("https://h/", "https://h.evil/", False),
        ("https://h/", "http://h/", False),
        ("nonsense", "nonsense", False),
    ],
)
def test_origins_are_compared(a: str, b: str, is_same: bool) -> None:
    assert same_origin(a, b) is is_same


@pytest.mark.parametrize(
    ("a", "b", "keeps"),
    [
        ("https://h/a", "https://h/b", True),
        ("http://h/a", "https://h/b", True),
        ("https://h/a", "http://h/b", False),
        ("http://h:5000/a", "https://h:5000/b", False),
        ("https://h/a", "https://h2/b", False),
        ("https://a.h/", "https://h/", False),
        ("https://h/", "x", False),
    ],
)
def test_credentials_stay_with_their_origin(a: str, b: str, keeps: bool) -> None:
    assert keeps_authorization(a, b) is keeps
