"""What the interop tests generate: templates, verbs, data, tables and layouts for Go and for us."""

from __future__ import annotations

from hypothesis import strategies as st

from ocitool.go_time import Time
from ocitool.go_value import Field, Nil, Struct

# Templates: pipelines over the fields of the recorded map, mostly of the right types, within blocks.

_NAMES = (
    "print println len index eq ne lt le gt ge and or not join split json upper lower title slice truncate "
    "pad html js urlquery replace"
)
_FORMATS = "%v|%5v|%-8v %s|%q %d|%05d|%+d %.2f|%8.3f %T"
_FUNCTIONS = [*_NAMES.split(), *(f"printf `{text}`" for text in _FORMATS.split())]
_FIELDS = (
    ".True .Zero .Minus .Half .Huge .Empty .Text .Multi .Wide .Null .List .Numbers .Mixed .Nothing .Labels "
    ".Counts .Nested .Missing .Nested.Deep.Deeper .Labels.a .NilSlice .NilMap .Bytes .Umlaut $ $x $.Text ."
)
_OPERAND = st.sampled_from(_FIELDS.split())
_LITERALS = r"""0 1 -1 2 1.5 'x' "a" "," "" `%v` true nil "é\n" """
_LITERAL = st.sampled_from(_LITERALS.split())


def _parenthesized(arguments: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    given = st.lists(arguments | _OPERAND | _LITERAL, min_size=1, max_size=3)
    command = st.tuples(st.sampled_from(_FUNCTIONS), given).map(lambda call: " ".join([call[0], *call[1]]))
    return st.lists(command | _OPERAND, min_size=1, max_size=3).map(lambda piped: f"({' | '.join(piped)})")


_PIPELINE = st.recursive(_OPERAND | _LITERAL, _parenthesized, max_leaves=6)


def _block(body: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    head = st.sampled_from(
        ["if", "with", "range", "range $i, $x :=", "range $x :=", "range $x =", "with $x :=", "if $x :="]
    )
    inside = st.lists(body, max_size=2).map("".join)
    jump = st.sampled_from(["", "", '{{if eq . "a"}}{{break}}{{end}}', "{{continue}}"])
    tail = st.just("") | body.map(lambda text: "{{else}}" + text)
    parts = st.tuples(st.just("{{"), head, st.just(" "), _PIPELINE, st.just("}}"), inside, jump, tail)
    return parts.map(lambda part: "".join(part) + "{{end}}")


_ACTION = st.tuples(st.sampled_from(["{{", "{{- ", "{{$x = "]), _PIPELINE, st.sampled_from(["}}", " -}}"]))
_BODY = st.recursive(_ACTION.map("".join) | st.sampled_from(["text", " ", "\n  x\n"]), _block, max_leaves=6)

TEMPLATE = st.lists(_BODY, min_size=1, max_size=3).map(lambda parts: "{{$x := 0}}" + "".join(parts))

_WORDS = (
    "{{ }} {{ }} . .Text .List $ $x := = | ( ) `b` 'c' 1 -2 3.5 0x1f 1_0 nil end else break print and /* */ "
    "{{end}} {{else}} {{.}} { } \" ` - + é @ , ; true {{continue}} % 1e3 ' \\"
)
_PHRASES = (
    *("{{- ", " -}}", " ", " ", "\n", '"a"', "if ", "range ", "with ", 'define "t"', 'template "t"'),
    *('block "t" .', "{{if .True}}", "{{range .List}}", "{{$x := 1}}", "{{range $i, $e := .List}}"),
)
TOKENS = st.lists(st.sampled_from([*_WORDS.split(), *_PHRASES]), max_size=14).map("".join)

# Verbs and data

VERB = st.tuples(
    st.text("+-# 0", max_size=2),
    st.sampled_from(["", "", "1", "8", "12"]),
    st.sampled_from(["", "", ".", ".0", ".3", ".10"]),
    st.sampled_from("vdsqxXtfeEgGcbUoOT%"),
).map(lambda part: "%" + "".join(part))
_SCALAR = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.sampled_from(["\udcff\udc80a", "é\x7f\u2028", "<&>"]),
)
SHALLOW = _SCALAR | st.lists(_SCALAR, max_size=3) | st.dictionaries(st.text(), _SCALAR, max_size=3)
TIME = st.datetimes().map(lambda moment: Time(moment.replace(microsecond=0), moment.microsecond * 1000))
VALUE = st.recursive(
    _SCALAR | st.none() | st.sampled_from(Nil) | TIME,
    lambda children: st.one_of(
        st.lists(children, max_size=4),
        st.dictionaries(st.text(max_size=4), children, max_size=4),
        st.lists(children, min_size=1, max_size=3).map(
            lambda values: Struct("struct", tuple(Field(f"F{i}", value) for i, value in enumerate(values)))
        ),
    ),
    max_leaves=10,
)


def is_left_out(verb: str, value: object) -> bool:
    """Tell whether ours refuses what Go prints: floats in hexadecimal or binary, or with the flag #."""
    if isinstance(value, list | dict):
        return any(is_left_out(verb, item) for item in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, float) and (verb[-1] in "xXb" or ("#" in verb and verb[-1] != "v"))


# Tables and layouts of times

CELLS = st.text(st.sampled_from("ab日\t\t\t\n\f\v "), max_size=60)
_ELEMENTS = (
    "2006 01 02 002 15 03 3 04 4 05 5 06 Jan January Mon Monday MST _2 __2 1 2 pm PM . , 0 9 : - T x "
    "-07 -0700 -07:00 -070000 -07:00:00 Z07 Z0700 Z07:00 Z070000 Z07:00:00"
)
LAYOUT = st.lists(st.sampled_from(_ELEMENTS.split()), max_size=8).map("".join)
