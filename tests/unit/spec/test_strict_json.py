"""The strict loader: what two readers could understand differently is refused."""

from __future__ import annotations

import json

import pytest

from oci.errors import InvalidDocument
from oci.spec.strict_json import MAX_DEPTH, load_object, loads


def test_ordinary_documents_are_read() -> None:
    value = {"a": [1, 2.5, None, True, "\u00e4\U0001f600"], "b": {"c": {}}}
    assert loads(json.dumps(value).encode(), where="x") == value
    assert loads(b'"text"', where="x") == "text"


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":1}',
        b'{"x":{"a":1,"a":2}}',
        b'[{"a":1,"a":2}]',
        b'{"\\u0061":1,"a":2}',
        b'{"mediaType":"a","MediaType":"b"}',
        '{"layers":[],"layer\u017f":[]}'.encode(),
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e999",
        b'{"size":-1e999}',
        b'"\\ud800"',
        b'{"\\udfff":1}',
        b"9223372036854775808",
        b"-9223372036854775809",
        b"1" * 5000,
        b"\xff",
        b'"\xc3"',
        b"\xef\xbb\xbf{}",
        b"{}\0",
        b"{} {}",
        b"{,}",
        b"[1,]",
        b"{'a':1}",
        b"// comment\n{}",
        b'"a\nb"',
        b"",
        b" ",
        b"01",
        b"[" * 100_000,
    ],
)
def test_what_could_mean_two_things_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidDocument) as caught:
        loads(raw, where="the document")
    assert caught.value.message.startswith("the document: ")
    assert len(caught.value.message) < 300


def test_surrogate_pairs_are_characters() -> None:
    assert loads(b'"\\ud83d\\ude00"', where="x") == "\U0001f600"


def test_the_largest_integers_are_read() -> None:
    assert loads(b"9223372036854775807", where="x") == 2**63 - 1
    assert loads(b"-9223372036854775808", where="x") == -(2**63)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_the_depth_is_limited(opening: str, closing: str) -> None:
    def nested(levels: int) -> bytes:
        return (opening * levels + "1" + closing * levels).encode()

    loads(nested(MAX_DEPTH), where="x")
    with pytest.raises(InvalidDocument, match=str(MAX_DEPTH)):
        loads(nested(MAX_DEPTH + 1), where="x")


@pytest.mark.parametrize("name", ["annotations", "labels", "Labels", "auths", "credHelpers"])
def test_in_maps_whose_keys_are_data_case_matters(name: str) -> None:
    assert loads(json.dumps({name: {"Key": "1", "key": "2"}}).encode(), where="x")
    with pytest.raises(InvalidDocument):
        loads(json.dumps({name: {"inner": {"Key": "1", "key": "2"}}}).encode(), where="x")
    with pytest.raises(InvalidDocument):
        loads(f'{{"{name}":{{"key":"1","key":"2"}}}}'.encode(), where="x")


@pytest.mark.parametrize("raw", [b"[]", b"null", b"1", b'"x"'])
def test_an_object_is_asked_for_where_one_is_expected(raw: bytes) -> None:
    with pytest.raises(InvalidDocument):
        load_object(raw, where="x")
