"""Frozen values whose classes cost next to nothing to define; imports nothing of ours.

`dataclasses.dataclass` writes source code for each class and compiles it: a frozen one takes half a
millisecond, one with slots a whole one, and all together they were a quarter of everything that a process
executed to inspect an image. A program that scripts call thousands of times cannot afford that for its
fifty small values. This decorator gives what they need of a dataclass (fields in order, defaults,
keyword-only fields, equality, hash, ``repr``, pattern matching, `replace`) with functions that all classes
share. Type checkers treat it as a dataclass (PEP 681).

What changes stays a dataclass: this is for values alone. See docs/adr/0006-frozen-values.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar, dataclass_transform, overload

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from inspect import Signature

__all__ = ["field", "frozen", "replace"]

_T = TypeVar("_T")
_MISSING: Final = object()
_FIELDS: Final = "__frozen_fields__"
# The attribute of a class that has its fields by name.


class _Field:
    """What is known of one field."""

    __slots__ = ("compare", "default", "factory", "kw_only", "name", "shown")

    def __init__(
        self, *, default: object, factory: Callable[[], object] | None, compare: bool, shown: bool
    ) -> None:
        self.name = ""
        self.default = default
        self.factory = factory
        self.compare = compare
        self.shown = shown
        self.kw_only = False


@overload
def field(*, default: _T, compare: bool = True, repr: bool = True) -> _T: ...
@overload
def field(*, default_factory: Callable[[], _T], compare: bool = True, repr: bool = True) -> _T: ...
@overload
def field(*, compare: bool = True, repr: bool = True) -> Any: ...
def field(
    *,
    default: object = _MISSING,
    default_factory: Callable[[], object] | None = None,
    compare: bool = True,
    repr: bool = True,  # noqa: A002 - the name that dataclasses taught everybody
) -> object:
    """Say more of a field than its type.

    Args:
        default: Its value where none is given.
        default_factory: Makes that value, for each object a new one.
        compare: Whether equality, order and hash look at it.
        repr: Whether ``repr`` shows it; secrets say no.
    """
    return _Field(default=default, factory=default_factory, compare=compare, shown=repr)


@overload
def frozen(cls: type[_T], /) -> type[_T]: ...
@overload
def frozen(*, kw_only: bool = False, order: bool = False) -> Callable[[type[_T]], type[_T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(
    cls: type[_T] | None = None, /, *, kw_only: bool = False, order: bool = False
) -> type[_T] | Callable[[type[_T]], type[_T]]:
    """Make a class of annotated fields one of frozen values.

    Args:
        cls: The class.
        kw_only: Whether the fields of this class are given by name only.
        order: Whether its objects are ordered, field by field.

    Example:
        >>> @frozen
        ... class Point:
        ...     x: int
        ...     y: int = 0
        >>> Point(1), Point(1) == Point(x=1, y=0)
        (Point(x=1, y=0), True)
    """
    if cls is None:
        return lambda decorated: _equip(decorated, kw_only=kw_only, order=order)
    return _equip(cls, kw_only=kw_only, order=order)


def replace(original: _T, /, **changes: object) -> _T:
    """Return a copy of a value with some fields changed; it is checked like any new one.

    Args:
        original: The value.
        changes: Fields by name.

    Raises:
        TypeError: There is no such field.
    """
    fields: Mapping[str, _Field] = getattr(type(original), _FIELDS)
    kept = {name: getattr(original, name) for name in fields if name not in changes}
    return type(original)(**kept, **changes)


def _equip(cls: type[_T], *, kw_only: bool, order: bool) -> type[_T]:
    fields: dict[str, _Field] = dict(getattr(cls, _FIELDS, {}))
    own: Mapping[str, object] = vars(cls).get("__annotations__", {})
    for name, annotation in own.items():
        if not str(annotation).startswith("ClassVar"):
            fields[name] = _own_field(cls, name, kw_only=kw_only)
    members: dict[str, object] = {
        _FIELDS: fields,
        "__init__": _initializer(cls.__qualname__, fields),
        "__match_args__": tuple(each.name for each in fields.values() if not each.kw_only),
        "__signature__": _SIGNATURE,
        "__setattr__": _refuse_setting,
        "__delattr__": _refuse_deleting,
    }
    defaults: dict[str, object] = {"__repr__": _repr, "__eq__": _equal, "__hash__": _hash}
    members.update({name: each for name, each in defaults.items() if name not in cls.__dict__})
    if "__eq__" in cls.__dict__ and "__hash__" not in members:
        members["__hash__"] = cls.__dict__.get("__hash__", _hash)
    if order:
        members.update({"__lt__": _less, "__le__": _at_most, "__gt__": _greater, "__ge__": _at_least})
    for name, member in members.items():
        setattr(cls, name, member)
    return cls


def _own_field(cls: type[object], name: str, *, kw_only: bool) -> _Field:
    stated = cls.__dict__.get(name, _MISSING)
    if isinstance(stated, _Field):
        found = stated
        # What is left on the class is what an object without the attribute would show: nothing.
        delattr(cls, name)
    else:
        found = _Field(default=stated, factory=None, compare=True, shown=True)
    found.name = name
    found.kw_only = kw_only
    return found


def _initializer(title: str, fields: Mapping[str, _Field]) -> Callable[..., None]:
    positional = tuple(name for name, each in fields.items() if not each.kw_only)

    def initialize(self: object, /, *args: object, **kwargs: object) -> None:
        members = self.__dict__
        if len(args) > len(positional):
            raise TypeError(f"{title} takes {len(positional)} positional arguments, not {len(args)}")
        members.update(zip(positional, args, strict=False))
        for name, given in kwargs.items():
            if name not in fields or name in members:
                raise TypeError(f"{title} got an argument {name!r} that it does not take, or twice")
            members[name] = given
        if len(members) < len(fields):
            _fill(title, fields, members)
        check = getattr(self, "__post_init__", None)
        if check is not None:
            check()

    return initialize


def _fill(title: str, fields: Mapping[str, _Field], members: dict[str, object]) -> None:
    for name, each in fields.items():
        if name in members:
            continue
        if each.factory is not None:
            members[name] = each.factory()
        elif each.default is not _MISSING:
            members[name] = each.default
        else:
            raise TypeError(f"{title} needs a value for {name!r}")


def _compared(self: object) -> tuple[object, ...]:
    fields: Mapping[str, _Field] = getattr(type(self), _FIELDS)
    members = self.__dict__
    return tuple([members[name] for name, each in fields.items() if each.compare])


def _equal(self: object, other: object) -> object:
    if self is other:
        return True
    if type(self) is not type(other):
        return NotImplemented
    return _compared(self) == _compared(other)


def _hash(self: object) -> int:
    return hash((type(self), _compared(self)))


def _less(self: object, other: object) -> object:
    if type(self) is not type(other):
        return NotImplemented
    return _compared(self) < _compared(other)


def _at_most(self: object, other: object) -> object:
    if type(self) is not type(other):
        return NotImplemented
    return _compared(self) <= _compared(other)


def _greater(self: object, other: object) -> object:
    if type(self) is not type(other):
        return NotImplemented
    return _compared(self) > _compared(other)


def _at_least(self: object, other: object) -> object:
    if type(self) is not type(other):
        return NotImplemented
    return _compared(self) >= _compared(other)


def _repr(self: object) -> str:
    fields: Mapping[str, _Field] = getattr(type(self), _FIELDS)
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name, each in fields.items() if each.shown)
    return f"{type(self).__qualname__}({shown})"


def _refuse_setting(self: object, name: str, _given: object) -> None:
    raise AttributeError(f"{type(self).__qualname__} is a frozen value: {name!r} cannot be set")


def _refuse_deleting(self: object, name: str) -> None:
    raise AttributeError(f"{type(self).__qualname__} is a frozen value: {name!r} cannot be deleted")


class _LazySignature:
    """The signature that ``help`` and documentation show; made when somebody asks."""

    def __get__(self, instance: object, owner: type[object]) -> Signature:
        import inspect

        fields: Mapping[str, _Field] = getattr(owner, _FIELDS)
        parameters = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY if each.kw_only else inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=_shown_default(each, inspect.Parameter.empty),
                annotation=_annotation(owner, name),
            )
            for name, each in sorted(fields.items(), key=lambda item: item[1].kw_only)
        ]
        return inspect.Signature(parameters, return_annotation=None)


def _shown_default(each: _Field, empty: object) -> object:
    if each.factory is not None:
        return ...
    return empty if each.default is _MISSING else each.default


def _annotation(owner: type[object], name: str) -> object:
    for cls in owner.__mro__:
        annotations = vars(cls).get("__annotations__", {})
        if name in annotations:
            return annotations[name]
    return None


_SIGNATURE: Final = _LazySignature()
