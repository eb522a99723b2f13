"""Properties of header fields: what can be made can be sent, and arrives as it was."""

from __future__ import annotations

import h11
import httpx
from hypothesis import given
from hypothesis import strategies as st

from oci.errors import InvalidValue
from oci.net.head import Dialogue
from oci.net.header import Headers
from tests.property import hostile

FIELDS = st.lists(st.tuples(hostile.texts, hostile.texts), max_size=3)
TOKENS = st.text("abcXYZ019-_", min_size=1, max_size=8)
VALUES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


@given(FIELDS | st.lists(st.tuples(TOKENS, VALUES | hostile.texts), max_size=3))
def test_no_field_begins_another_one(fields: list[tuple[str, str]]) -> None:
    try:
        headers = Headers(fields)
        head = Dialogue("registry.example").ask(b"GET", b"/", [(b"Host", b"x"), *headers.raw])
    except InvalidValue:
        return
    assert head.count(b"\r\n") == 3 + len(fields)
    assert head.count(b"\n") == head.count(b"\r\n")
    server = h11.Connection(h11.SERVER)
    server.receive_data(head)
    request = server.next_event()
    assert isinstance(request, h11.Request)
    assert len(list(request.headers)) == 1 + len(fields)


@given(st.lists(st.tuples(TOKENS, VALUES), max_size=6))
def test_fields_are_read_as_httpx_reads_them(fields: list[tuple[str, str]]) -> None:
    ours, theirs = Headers(fields), httpx.Headers(fields)
    assert dict(ours) == dict(theirs)
    assert list(ours.raw) == theirs.raw
    for name, _ in fields:
        assert ours.all(name.swapcase()) == theirs.get_list(name.swapcase())
