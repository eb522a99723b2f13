"""The values of Go that have no plain counterpart in Python, and how plain Python data is read as Go's.

Plain data stands for itself: None is a nil interface, bool, int (a Go ``int``), float (``float64``) and
str are scalars, lists and tuples are slices, mappings with text keys are maps. A list or a mapping whose
elements are all of one scalar type has that element type, as labels (``map[string]string``) and layers
(``[]string``) have; so has an empty one, of strings. What that leaves out is spelled with the classes
here: structs, whose missing fields are errors, and nil pointers, slices and maps.

A str may hold bytes that are not UTF-8, as surrogate escapes (PEP 383): Go's strings are bytes, and
templates may cut them anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Protocol, TypeAlias

from oci.frozen import field, frozen

Method: TypeAlias = Callable[..., object]

_SCALAR_TYPES: dict[type, str] = {bool: "bool", int: "int", float: "float64", str: "string"}
_ZEROS: dict[str, object] = {"bool": False, "int": 0, "float64": 0.0, "string": ""}
_ANY = "interface {}"


class Nil(Enum):
    """A nil that has a type: it prints, counts and encodes otherwise than a nil interface (None)."""

    POINTER = "pointer"
    SLICE = "slice"
    MAP = "map"


class GoObject(Protocol):
    """What an object of another class must have to be a value in a template.

    It may also have ``go_string() -> str``, which then prints it, as Go's ``fmt.Stringer`` does, and
    ``go_method(name) -> Method | None``, through which templates call it.
    """

    @property
    def go_type(self) -> str:
        """The name of its Go type, as ``%T`` prints it."""


@frozen
class Field:
    """One exported field of a struct.

    Args:
        name: Its Go name, which templates use.
        value: Its value; None stands for a nil pointer.
        json: Its name in JSON; None for the Go name, ``-`` to leave it out.
        omit_empty: Whether JSON leaves it out when it is false, 0, empty or nil.
        embedded: Whether the value is a Struct whose fields are reached as if they were this struct's own.
    """

    name: str
    value: object
    json: str | None = None
    omit_empty: bool = False
    embedded: bool = False


@frozen
class Struct:
    """A Go struct: fields in order, and nothing else; asking for another field is an error.

    Args:
        go_type: The name of its type, as ``%T`` prints it.
        fields: Its exported fields, in order.
        methods: What templates may call on it, by name.
    """

    go_type: str
    fields: tuple[Field, ...]
    methods: Mapping[str, Method] = field(default_factory=dict)

    def go_method(self, name: str) -> Method | None:
        """Return the method of that name, or None."""
        return self.methods.get(name)

    def find(self, name: str) -> Field | None:
        """Return the field of that Go name, its own before those of embedded structs, or None."""
        for own in self.fields:
            if own.name == name:
                return own
        for own in self.fields:
            if own.embedded and isinstance(own.value, Struct):
                promoted = own.value.find(name)
                if promoted is not None:
                    return promoted
        return None


def pointed(value: object) -> object:
    """Return what a struct's field holds: None stands for a nil pointer there."""
    return Nil.POINTER if value is None else value


def type_name(value: object) -> str:
    """Return the name of the value's Go type, as ``%T`` prints it.

    Raises:
        TypeError: The value is of a class that has no Go counterpart.
    """
    scalar = _SCALAR_TYPES.get(type(value))
    if scalar is not None:
        return scalar
    named = getattr(value, "go_type", None)
    if isinstance(named, str):
        return named
    if isinstance(value, str):
        return "string"
    if isinstance(value, list | tuple):
        return "[]" + _element_type(value)
    if isinstance(value, Mapping):
        return "map[string]" + _element_type(value.values())
    names = {None: "<nil>", Nil.POINTER: "*struct {}", Nil.SLICE: "[]string", Nil.MAP: "map[string]string"}
    if value is None or isinstance(value, Nil):
        return names[value]
    message = f"a value of the class {type(value).__name__} has no place in a template"
    raise TypeError(message)


def zero_element(mapping: Mapping[object, object]) -> object:
    """Return what Go's ``index`` finds in the map for a key it does not have."""
    return _ZEROS.get(_element_type(mapping.values()))


def sorted_keys(mapping: Mapping[object, object]) -> list[str]:
    """Return the keys in Go's order, which is that of their bytes.

    Raises:
        TypeError: A key is not text.
    """
    keys: list[str] = []
    for key in mapping:
        if not isinstance(key, str):
            message = f"a map's key must be text, not {type(key).__name__}"
            raise TypeError(message)
        keys.append(key)
    return sorted(keys, key=to_bytes)


def to_bytes(text: str) -> bytes:
    """Return the bytes of a Go string; a surrogate that stands for no byte becomes U+FFFD."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        kept = ("\ufffd" if "\ud800" <= c <= "\udfff" and not "\udc80" <= c <= "\udcff" else c for c in text)
        return "".join(kept).encode("utf-8", "surrogateescape")


def to_text(data: bytes) -> str:
    """Return the text that stands for a Go string's bytes, valid UTF-8 or not."""
    return data.decode("utf-8", "surrogateescape")


def _element_type(elements: Iterable[object]) -> str:
    kinds = {_SCALAR_TYPES.get(type(element), _ANY) for element in elements}
    return "string" if not kinds else kinds.pop() if len(kinds) == 1 else _ANY
