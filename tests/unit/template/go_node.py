"""Values as nodes of JSON that say which Go value is meant, for the Go program that renders beside us."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from ocitool.go_time import Time
from ocitool.go_value import Field, Nil, Struct, to_bytes, to_text

if TYPE_CHECKING:
    from collections.abc import Callable

Node = dict[str, Any]


def to_node(value: object) -> Node:
    """Return the node of a value."""
    if value is None or isinstance(value, Nil):
        return {"kind": "nil" if value is None else f"nil{value.value}"}
    if isinstance(value, str | Time):
        text = to_bytes(value) if isinstance(value, str) else value.rfc3339().encode()
        return {
            "kind": "string" if isinstance(value, str) else "time",
            "text": base64.b64encode(text).decode(),
        }
    if isinstance(value, list):
        return {"kind": "list", "items": [to_node(item) for item in value]}
    if isinstance(value, dict):
        return {"kind": "map", "map": {key: to_node(item) for key, item in value.items()}}
    if isinstance(value, Struct):
        return {"kind": "struct", "fields": [_field_node(field) for field in value.fields]}
    return {"kind": type(value).__name__, type(value).__name__: value}


def from_node(node: Node) -> object:
    """Return the value of a node."""
    readers: dict[str, Callable[[], object]] = {
        "nil": lambda: None,
        "bool": lambda: node["bool"],
        "int": lambda: node["int"],
        "float": lambda: float(node["float"]),
        "string": lambda: to_text(base64.b64decode(node["text"])),
        "time": lambda: Time.parse(base64.b64decode(node["text"]).decode()),
        "list": lambda: [from_node(item) for item in node["items"]],
        "map": lambda: {key: from_node(item) for key, item in node["map"].items()},
        "struct": lambda: Struct("struct", tuple(map(_field, node["fields"]))),
    }
    reader = readers.get(node["kind"])
    return Nil(node["kind"].removeprefix("nil")) if reader is None else reader()


def _field_node(field: Field) -> Node:
    node = {"name": field.name, "value": to_node(field.value), "json": field.json}
    return node | {"omit_empty": field.omit_empty, "embedded": field.embedded}


def _field(node: Node) -> Field:
    return Field(node["name"], from_node(node["value"]), node["json"], node["omit_empty"], node["embedded"])
