"""Frozen dataclasses that are quick to define behave as those of `dataclasses` do."""

from __future__ import annotations

import dataclasses
import inspect
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest

from edgecheck import frozen
from tests.timing import PATIENCE


def made(maker: Any) -> Any:
    """Return a class with every kind of field."""
    field = maker.field

    @maker.dataclass(frozen=True)
    class Point:
        x: int
        name: str = field(default="p", repr=False)
        tags: list[str] = field(default_factory=list, compare=False)
        notes: dict[str, str] = field(default_factory=dict, hash=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "x", abs(self.x))

    return Point


QUICK, OFTEN, USUAL = (
    made(frozen),
    made(frozen),
    made(dataclasses),
)
for number in range(frozen._MANY):
    OFTEN(number)


def each(act: Callable[[Any], object]) -> list[object]:
    """Return what something does with each class, or the kind of its error."""

    def tried(kind: Any) -> object:
        try:
            return act(kind)
        except (TypeError, AttributeError) as error:
            return type(error)

    return [tried(kind) for kind in (QUICK, OFTEN, USUAL)]


@pytest.mark.parametrize(
    "act",
    [
        lambda kind: repr(kind(-1, "q", tags=["t"])).rpartition(".")[2],
        lambda kind: kind(1) == kind(1, tags=["other"]),
        lambda kind: kind(1) == kind(2),
        lambda kind: kind(1) == 1,
        lambda kind: kind(1) != kind(1, "other"),
        lambda kind: hash(kind(1)) == hash(kind(1)),
        lambda kind: hash(kind(1)) == hash(kind(1, notes={"a": "b"})),
        lambda kind: kind(1) == kind(1, notes={"a": "b"}),
        lambda kind: len({kind(1), kind(1), kind(2)}),
        lambda kind: kind(),
        lambda kind: kind(1, "q", [], {}, 4),
        lambda kind: kind(1, x=2),
        lambda kind: kind(1, other=2),
        lambda kind: setattr(kind(1), "x", 2),
        lambda kind: setattr(kind(1), "other", 2),
        lambda kind: delattr(kind(1), "x"),
        lambda kind: dataclasses.replace(kind(1, tags=["t"]), x=-3).x,
        lambda kind: dataclasses.asdict(kind(tags=["t"], x=1)),
        lambda kind: list(vars(kind(tags=["t"], x=1))),
        lambda kind: [field.name for field in dataclasses.fields(kind)],
        lambda kind: kind.__match_args__,
        lambda kind: kind(1).tags is kind(1).tags,
    ],
)
def test_a_quick_class_does_as_a_usual_one(act: Callable[[Any], object]) -> None:
    """The same value, or the same error."""
    quick, often, usual = each(act)

    assert quick == often == usual


def test_a_class_of_many_values_is_made_by_a_function_of_its_own() -> None:
    """It knows the fields by name, and says the same of a missing one."""
    assert "x" in inspect.signature(OFTEN.__init__).parameters
    assert "x" not in inspect.signature(QUICK.__init__).parameters
    for kind in (QUICK, OFTEN):
        with pytest.raises(TypeError, match="Point needs x"):
            kind(name="q")


def test_a_method_of_the_class_itself_stays() -> None:
    """A class may say how it is shown."""

    @frozen.dataclass(frozen=True)
    class Named:
        name: str

        def __repr__(self) -> str:
            return self.name

    assert repr(Named("mine")) == "mine"


@pytest.mark.parametrize("asked", ["__match_args__", "__dataclass_fields__"])
def test_fields_are_collected_when_they_are_first_asked_for(asked: str) -> None:
    """Whatever asks first, of whichever class; a subclass has those of its base class."""

    @frozen.dataclass(frozen=True)
    class Base:
        tags: list[str] = frozen.field(default_factory=list)

    class Undecorated(Base):
        pass

    @frozen.dataclass(frozen=True)
    class Derived(Undecorated):
        name: str = "p"

    assert list(getattr(Derived, asked)) == ["tags", "name"]
    assert list(getattr(Undecorated, asked)) == ["tags"]
    assert (Derived().tags, Undecorated().tags, Derived(name="q").name) == ([], [], "q")


def test_fields_that_are_there_are_not_collected_again() -> None:
    """Another thread may have asked for them meanwhile."""
    kind = made(frozen)
    asking = vars(kind)["__dataclass_fields__"]
    there = kind.__dataclass_fields__

    assert asking.__get__(None, kind) is there


def test_a_property_that_is_kept_is_itself_on_the_class() -> None:
    """As every descriptor that documentation reads."""

    class Square:
        @frozen.kept
        def area(self) -> int:
            """In square metres."""
            return 4

    assert Square.area.__doc__ == "In square metres."
    assert Square().area == 4


def test_fields_are_collected_once_by_many_threads() -> None:
    """A class whose first values are made by several threads at once loses no default."""

    def first() -> list[list[str]]:
        kind, together = made(frozen), threading.Barrier(8)

        def value(number: int) -> list[str]:
            together.wait(PATIENCE)
            return cast("list[str]", kind(number).tags)

        with ThreadPoolExecutor(8) as threads:
            return list(threads.map(value, range(8)))

    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        found = [first() for _ in range(20)]
    finally:
        sys.setswitchinterval(usual)

    assert found == [[[]] * 8] * 20


def test_a_value_of_a_class_of_dataclasses_is_replaced_as_well() -> None:
    """Whatever it keeps its fields in."""

    @dataclasses.dataclass(frozen=True, slots=True)
    class Slotted:
        value: int
        name: str = "p"

    assert frozen.replace(Slotted(1), value=2) == Slotted(2)


def test_a_field_of_dataclasses_itself_is_refused() -> None:
    """It would be taken for a default."""
    with pytest.raises(TypeError, match=r"edgecheck\.frozen"):

        @frozen.dataclass(frozen=True)
        class Wrong:
            tags: list[str] = dataclasses.field(default_factory=list)
