"""URLs are taken apart and nothing in them is mended; what looks like an address and is none is refused."""

from __future__ import annotations

import pytest

from oci.errors import AddressRefused
from oci.net.url import Url
from oci.wire.redirect import Origin


@pytest.mark.parametrize(
    ("text", "origin", "authority", "target"),
    [
        ("http://R.Example", ("http", "r.example", 80), "r.example", "/"),
        ("https://r.example:443/v2/", ("https", "r.example", 443), "r.example", "/v2/"),
        ("HTTPS://r.example:443/v2/", ("https", "r.example", 443), "r.example", "/v2/"),
        ("http://r.example:443/v2/", ("http", "r.example", 443), "r.example:443", "/v2/"),
        ("https://r.example?x=1", ("https", "r.example", 443), "r.example", "/?x=1"),
        ("https://r.example/a?b#c?d", ("https", "r.example", 443), "r.example", "/a?b"),
        ("https://r.example#c", ("https", "r.example", 443), "r.example", "/"),
        ("http://[::1]:5000/v2/", ("http", "::1", 5000), "[::1]:5000", "/v2/"),
        ("https://[2001:DB8::1]/", ("https", "2001:db8::1", 443), "[2001:db8::1]", "/"),
        ("http://127.1/", ("http", "127.1", 80), "127.1", "/"),
        ("http://my_bucket.s3.example/", ("http", "my_bucket.s3.example", 80), "my_bucket.s3.example", "/"),
        ("http://r/%2e%2E/../a//b?q=%20+&s=a/b==", ("http", "r", 80), "r", "/%2e%2E/../a//b?q=%20+&s=a/b=="),
    ],
)
def test_a_url_is_taken_apart(text: str, origin: tuple[str, str, int], authority: str, target: str) -> None:
    url = Url.parse(text)
    assert url == Url(Origin(*origin), target)
    assert url.authority == authority
    assert Url.parse(str(url)) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "r.example/v2/",
        "//r.example/v2/",
        "ftp://r.example/",
        "http://",
        "http:///v2/",
        "http://user@r.example/",
        "http://user:password@r.example/",
        "http://r.example:0/",
        "http://r.example:65536/",
        "http://r.example:x/",
        "http://r.example/a b",
        "http://r.example/\r\nX: y",
        "http://r.example/\0",
        "http://r.example\\@evil.example/",
        "http://b\u00fccher.example/",
        "http://r.example/\u00e4",
        "http://[::1/",
        "http://[::1%25eth0]/",
        "http://[:::]/",
        "http://[::1]5000/",
        "http://[::1]0:5000/",
        "http://0[::1]:5000/",
        "http://[1.2.3.4]/",
        "http://256.1.1.1/",
        "http://010.0.0.1/",
        "http://1.2.3.4.5:80:90/",
    ],
)
def test_what_would_need_mending_is_refused(text: str) -> None:
    with pytest.raises(AddressRefused):
        Url.parse(text)


def test_queries_are_not_shown() -> None:
    assert repr(Url.parse("https://r.example/a?signature=secret")) == "Url('https://r.example/a')"
