"""Frozen values do what frozen dataclasses do, as far as they promise it."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from typing import ClassVar

import pytest

from oci.frozen import field, frozen, replace


@frozen
class Base:
    """A value with everything."""

    kind: ClassVar[str] = "base"
    name: str
    size: int = 0
    tags: tuple[str, ...] = field(default=(), compare=False)
    extra: dict[str, int] = field(default_factory=dict, compare=False)
    secret: str = field(default="", repr=False)


@frozen(kw_only=True)
class Derived(Base):
    """One more field, by name only."""

    level: int


@frozen(order=True)
class Version:
    """An ordered value that checks itself."""

    major: int
    minor: int = 0

    def __post_init__(self) -> None:
        if self.major < 0:
            raise ValueError("negative")

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


@dataclasses.dataclass(frozen=True)
class Model:
    """What `Base` imitates."""

    name: str
    size: int = 0
    tags: tuple[str, ...] = dataclasses.field(default=(), compare=False)
    extra: dict[str, int] = dataclasses.field(default_factory=dict, compare=False)
    secret: str = dataclasses.field(default="", repr=False)


def test_it_looks_and_compares_as_a_dataclass_does() -> None:
    for arguments in (("a",), ("a", 1), ("a", 1, ("t",), {"k": 2}, "hush")):
        ours, model = Base(*arguments), Model(*arguments)
        assert repr(ours) == repr(model).replace("Model", "Base")
        assert vars(ours) == vars(model)
    assert Base("a", tags=("x",)) == Base("a", tags=("y",))
    assert Base("a", secret="x") != Base("a", secret="y")
    assert len({Base("a", tags=("x",)), Base("a"), Base("b")}) == 2
    other: object = Model("a")
    assert Base("a") != other


def test_each_object_gets_a_default_of_its_own() -> None:
    first, second = Base("a"), Base("a")
    first.extra["k"] = 1
    assert second.extra == {}


def test_it_cannot_be_changed() -> None:
    frozen_value = Base("a")
    with pytest.raises(AttributeError, match="frozen"):
        frozen_value.name = "b"  # type: ignore[misc]
    with pytest.raises(AttributeError, match="frozen"):
        del frozen_value.name
    with pytest.raises(AttributeError, match="frozen"):
        frozen_value.unknown = 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [((), {}), (("a", 1, (), {}, "", "more"), {}), (("a",), {"name": "b"}), (("a",), {"unknown": 1})],
)
def test_wrong_arguments_are_refused(args: tuple[object, ...], kwargs: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        Base(*args, **kwargs)  # type: ignore[arg-type]


def test_fields_of_a_subclass_follow_and_may_be_by_name_only() -> None:
    derived = Derived("a", 2, level=3)
    assert (derived.name, derived.size, derived.level) == ("a", 2, 3)
    with pytest.raises(TypeError):
        Derived("a", 2, (), {}, "", 3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="level"):
        Derived("a")  # type: ignore[call-arg]
    assert derived != Base("a", 2)


def test_replace_checks_like_a_constructor() -> None:
    assert replace(Version(1, 2), minor=3) == Version(1, 3)
    with pytest.raises(ValueError, match="negative"):
        replace(Version(1), major=-1)
    with pytest.raises(TypeError):
        replace(Version(1), micro=1)


def test_order_is_by_fields_and_only_among_equals() -> None:
    assert sorted([Version(2), Version(1, 5), Version(1)]) == [Version(1), Version(1, 5), Version(2)]
    assert Version(1) <= Version(1) >= Version(1)
    assert Version(2) > Version(1, 9)
    with pytest.raises(TypeError):
        _ = Version(1) < (1, 0)  # type: ignore[operator]


def test_methods_that_the_class_writes_itself_stay() -> None:
    assert str(Version(1, 2)) == "1.2"
    assert repr(Version(1, 2)) == "Version(major=1, minor=2)"


def test_patterns_copies_pickles_and_signatures() -> None:
    match Base("a", 7):
        case Base(name, size):
            assert (name, size) == ("a", 7)
    original = Base("a", 1, ("t",))
    assert copy.deepcopy(original) == pickle.loads(pickle.dumps(original)) == original
    assert list(inspect.signature(Derived).parameters) == ["name", "size", "tags", "extra", "secret", "level"]
    assert inspect.signature(Base).parameters["size"].default == 0
    assert Base.kind == "base"
