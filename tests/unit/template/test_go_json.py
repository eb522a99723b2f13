"""JSON as Go's encoding/json writes it."""

from __future__ import annotations

import pytest

from ocitool.go_json import MAX_DEPTH, encode
from ocitool.go_time import Time
from ocitool.go_value import Field, Nil, Struct


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        (Nil.MAP, "null"),
        (True, "true"),
        (2**63 - 1, "9223372036854775807"),
        (1.0, "1"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.5e-7, "1.5e-7"),
        (1e-10, "1e-10"),
        (0.000001, "0.000001"),
        (-0.0, "-0"),
        (123456789.125, "123456789.125"),
        ("<&>", '"\\u003c\\u0026\\u003e"'),
        ('\b\f\n\r\t\x00\x1f\x7f"\\/', '"\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\\"\\\\/"'),
        ("\u2028\u2029é🎉", '"\\u2028\\u2029é🎉"'),
        ("\udcff\udc80", '"\\ufffd\\ufffd"'),
        ({"b": 1, "a": 2, "é": 3, "": 4}, '{"":4,"a":2,"b":1,"é":3}'),
        ([], "[]"),
        ({}, "{}"),
        (("a", 1), '["a",1]'),
        (Time.parse("2023-05-06T07:08:09.120Z"), '"2023-05-06T07:08:09.12Z"'),
    ],
)
def test_compact(value: object, expected: str) -> None:
    assert encode(value) == expected


def test_html_may_stay() -> None:
    assert encode({"<": "&\u2028"}, escape_html=False) == '{"<":"&\\u2028"}'


def test_struct_keeps_order_names_and_omissions() -> None:
    inner = Struct(
        "inner", (Field("OS", "linux", json="os"), Field("Variant", "", json="variant", omit_empty=True))
    )
    outer = Struct(
        "outer",
        (
            Field("Zebra", 1),
            Field("Platform", inner, embedded=True),
            Field("Nested", inner),
            Field("Secret", 1, json="-"),
            Field("Nothing", None),
            Field("Gone", Nil.SLICE, omit_empty=True),
            Field("Also", {}, omit_empty=True),
            Field("Kept", inner, omit_empty=True),
        ),
    )
    assert encode(outer) == (
        '{"Zebra":1,"os":"linux","Nested":{"os":"linux"},"Nothing":null,"Kept":{"os":"linux"}}'
    )


def test_indented() -> None:
    value = {"Labels": None, "Layers": ["a"], "None": [], "Map": {}, "M": {"k": [1, 2]}}
    assert encode(value, indent="    ").split("\n") == [
        "{",
        '    "Labels": null,',
        '    "Layers": [',
        '        "a"',
        "    ],",
        '    "M": {',
        '        "k": [',
        "            1,",
        "            2",
        "        ]",
        "    },",
        '    "Map": {},',
        '    "None": []',
        "}",
    ]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_number_that_is_not_finite(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        encode([number])


def test_depth() -> None:
    value: object = "x"
    for _ in range(MAX_DEPTH + 1):
        value = [value]
    assert encode(value)
    with pytest.raises(ValueError, match="nesting"):
        encode([value])


@pytest.mark.parametrize("value", [object(), {1: 2}, {"a"}, b"x"])
def test_what_has_no_json_form(value: object) -> None:
    with pytest.raises(TypeError):
        encode(value)
