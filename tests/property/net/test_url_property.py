"""Properties of URLs: httpx reads ordinary ones as we do, and no text makes us connect to another place."""

from __future__ import annotations

import string

import httpx
from hypothesis import example, given
from hypothesis import strategies as st

from oci.errors import AddressRefused
from oci.net.url import Url
from oci.wire.redirect import next_url
from tests.property import hostile

LABELS = st.text(string.ascii_letters + string.digits, min_size=1, max_size=12)
HOSTS = st.one_of(
    st.lists(LABELS, min_size=1, max_size=4).map(".".join).filter(lambda host: not host[-1].isdigit()),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(lambda address: f"[{address}]"),
)
PORTS = st.just("") | st.integers(1, 65535).map(lambda port: f":{port}")
SEGMENTS = st.lists(
    st.text(string.ascii_letters + string.digits + "-._~!$&'()*+,;=:@", min_size=1).filter(
        lambda segment: segment.strip(".")
    ),
    max_size=4,
).map("/".join)
QUERIES = st.just("") | st.text(string.ascii_letters + string.digits + "-._~!$&()*+,;=:@/?").map(
    lambda query: f"?{query}"
)
URLS = st.builds("{}://{}{}/{}{}".format, st.sampled_from(["http", "https"]), HOSTS, PORTS, SEGMENTS, QUERIES)


@given(URLS)
@example("https://registry.example:5000/v2/library/app/blobs/sha256:0123?ns=docker.io")
def test_ordinary_urls_are_what_httpx_takes_them_for(text: str) -> None:
    ours, theirs = Url.parse(text), httpx.URL(text)
    assert ours.origin.scheme == theirs.scheme
    assert ours.origin.host == theirs.raw_host.decode().strip("[]")
    assert ours.origin.port == (theirs.port or {"http": 80, "https": 443}[theirs.scheme])
    assert ours.authority == theirs.netloc.decode()
    assert ours.target == theirs.raw_path.decode()


# The standard library, with which httpx joins, drops an empty query or parameter; signatures need them.
LOCATIONS = st.one_of(
    URLS, SEGMENTS.filter(lambda path: ":" not in path), SEGMENTS.map("/{}".format), QUERIES
).filter(lambda location: ";" not in location and not location.endswith("?"))


@given(URLS, LOCATIONS)
@example("https://registry.example/v2/a/blobs/uploads/", "/v2/a/blobs/uploads/1?_state=x")
@example("https://registry.example/v2/a/blobs/uploads/", "../uploads/1")
def test_ordinary_locations_lead_where_httpx_goes(text: str, location: str) -> None:
    try:
        ours = Url.parse(next_url(text, location))
    except AddressRefused:
        return
    theirs = httpx.URL(text).join(location)
    assert (ours.authority, ours.target) == (theirs.netloc.decode(), theirs.raw_path.decode())


@given(
    hostile.near(
        "https://registry.example/v2/a?x=1#y",
        "http://user:password@registry.example:80/",
        "http://[::1]:5000/v2/",
        "http://169.254.169.254/latest",
    )
    | hostile.texts
)
@example("http://registry.example\\@evil.example/")
@example("http://registry.example#@evil.example/")
@example("http://registry.example?@evil.example/")
@example("http://\uff45vil.example/")
@example("http://[::1]5002/")
@example("http://[::1]0:5002/")
@example("http://0[::1]:5002/")
def test_hostile_texts_are_refused_or_lead_where_httpx_would_go(text: str) -> None:
    try:
        ours = Url.parse(text)
    except AddressRefused:
        return
    assert ours.target.startswith("/")
    assert str(ours).isascii()
    assert str(ours).isprintable()
    assert Url.parse(str(ours)) == ours
    theirs = httpx.URL(text)
    assert (ours.origin.scheme, ours.authority) == (theirs.scheme, theirs.netloc.decode())
    assert theirs.userinfo == b""
