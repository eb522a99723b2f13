"""Properties of the rules on URLs: whatever an answer names, https stays https and secrets stay unsaid."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

from hypothesis import example, given
from hypothesis import strategies as st

from oci.errors import AddressRefused, InvalidDocument
from oci.wire.address import is_forbidden, is_local, may_be_led_to
from oci.wire.paging import next_page
from oci.wire.printable import printable
from oci.wire.redact import redacted
from oci.wire.redirect import keeps_authorization, next_url, origin_of, same_origin
from tests.property import hostile

BASES = ("https://r.example/v2/a/tags/list?n=1", "https://r.example:5000/v2/", "https://[2001:db8::1]/v2/")
LOCATIONS = hostile.near(
    "/v2/a/blobs/uploads/1?_state=abc",
    "https://s3.example/bucket/blob?X-Amz-Signature=0123",
    "http://r.example/v2/",
    "//other.example/x",
    "https://user:pass@r.example:443/v2/#x",
    "../../v2/a/tags/list?last=b&n=1",
    "https://[::1]:5000/",
    "file:///etc/passwd",
)


@given(st.sampled_from(BASES), LOCATIONS | hostile.texts)
@example(BASES[0], "https:\\\\evil.example")
@example(BASES[0], "https:evil.example")
@example(BASES[0], "\thttps://evil.example")
def test_https_leads_to_https_or_nowhere(base: str, location: str) -> None:
    try:
        target = next_url(base, location)
    except AddressRefused:
        return
    parts = urlsplit(target)
    assert parts.scheme == "https"
    assert parts.hostname
    assert "@" not in parts.netloc
    assert not parts.fragment
    assert target.isascii()
    assert target.isprintable()
    assert next_url(base, target) == target


@given(LOCATIONS | hostile.texts)
def test_a_relative_location_stays_at_its_origin(location: str) -> None:
    with suppress(AddressRefused):
        assert same_origin(BASES[0], next_url(BASES[0], "/" + location.lstrip("/\\")))


@given(LOCATIONS | hostile.texts, LOCATIONS | hostile.texts)
def test_credentials_never_reach_another_host_or_plain_http(a: str, b: str) -> None:
    if keeps_authorization(a, b):
        old, new = origin_of(a), origin_of(b)
        assert old.host == new.host
        assert (old.scheme, new.scheme) != ("https", "http")


@given(
    hostile.near('</v2/a/tags/list?last=b>; rel="next"', "<https://r.example/v2/a/tags/list?n=1>; rel=next")
    | hostile.texts
)
def test_a_next_page_differs_from_this_one_in_its_query_only(field: str) -> None:
    url = BASES[0]
    try:
        page = next_page(url, {"Link": field}, seen=(url,))
    except (AddressRefused, InvalidDocument):
        return
    if page is not None:
        assert page.startswith("https://r.example/v2/a/tags/list?")
        assert page != url


@given(
    st.sampled_from(["https", "http", ""]),
    st.text(hostile.GRAMMAR_CHARACTERS + "s3cr", max_size=8),
    st.text(hostile.GRAMMAR_CHARACTERS, max_size=8),
)
def test_a_redacted_url_never_shows_the_secret(scheme: str, before: str, after: str) -> None:
    url = f"{scheme}://u{before}:TOPSECRET{after}@h.example/x?k=TOPSECRET#TOPSECRET"
    assert "TOPSECRET" not in redacted(url)


@given(hostile.texts, st.integers(3, 60))
def test_what_is_shown_is_printable_and_short(text: str, limit: int) -> None:
    shown = printable(text, limit=limit)
    assert shown.isprintable()
    assert len(shown) <= limit
    assert len(redacted(text)) <= 300
    assert redacted(text).isprintable()


@given(hostile.texts | st.ip_addresses().map(str))
def test_every_text_has_a_verdict(ip: str) -> None:
    assert not (is_forbidden(ip) and is_local(ip))
    assert not (is_forbidden(ip) and may_be_led_to(ip, registry_ips=("127.0.0.1",)))
    assert may_be_led_to(ip, registry_ips=()) <= may_be_led_to(ip, registry_ips=("127.0.0.1",))


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_the_same_in_every_disguise(ip: IPv4Address) -> None:
    packed = int(ip)
    disguises = [
        f"::ffff:{ip}",
        f"64:ff9b::{ip}",
        str(IPv6Address((0x2002 << 112) | (packed << 80))),
        str(IPv6Address((0x20010000 << 96) | (packed ^ 0xFFFFFFFF))),
    ]
    assert {is_forbidden(text) for text in disguises} == {is_forbidden(str(ip))}
    assert {is_local(text) for text in disguises} == {is_local(str(ip))}
