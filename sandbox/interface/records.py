"""How records are named and said to be the same, and what flows from one to another."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sandbox.core.errors import nearest
from sandbox.interface.shape import DERIVED, RecordName, Scalar, Shape


class External(Shape):
    """An external reference of the PSA: subject type, model, and whose native id the reference holds."""

    subject: str
    model: str
    native: RecordName | None = None


class RefIn(Shape):
    """A column that holds the ref behind a prefix."""

    column: str
    prefix: str


class RecordRule(Shape):
    """How a record says which thing it is."""

    kind: str
    ref: str | None = None
    external_id: str | None = None
    # Beginnings of external ids that are refs as they stand; a text that is to name the ref may begin with it.
    own_ids: tuple[str, ...] = ()
    external: External | None = None
    code_in: str | None = None
    ref_in: RefIn | None = None
    same: dict[str, str] = Field(default_factory=dict)
    via: str | None = None
    # Columns that stand behind the ref of ``via``: several records of a thing, told apart by them.
    with_: tuple[str, ...] = Field((), alias="with")
    references: dict[str, RecordName] = Field(default_factory=dict)


class ByKey(Shape):
    """The canonical key of the record a path names."""

    key: str


class ByMap(Shape):
    """A value translated by a table; ``*`` is for all others."""

    map: dict[str, Scalar]
    path: str


class ByTemplate(Shape):
    """Text with columns filled in."""

    template: str


class ByFactor(Shape):
    """A number times a whole number, divided by the scale it is stored at."""

    times: int
    over: Annotated[int, Field(gt=0)] = 1
    path: str


class ByAny(Shape):
    """One value when one of the paths has an accepted value, else another."""

    any: dict[str, tuple[Scalar, ...]]
    then: Scalar = 1
    otherwise: Scalar = 0


class Constant(Shape):
    """Always the same."""

    constant: Scalar


Value = str | ByKey | ByMap | ByTemplate | ByFactor | ByAny | Constant


class Source(Shape):
    """Which records (or derived facts) a flow takes; ``where`` lists accepted values per path.

    ``about`` is the kind of thing derived facts are named after, as a dead letter names it.
    """

    record: RecordName | None = None
    derived: str | None = None
    about: str | None = None
    where: dict[str, tuple[Scalar, ...]] = Field(default_factory=dict)
    key: str | None = None
    # What refs that are not meant begin with.
    without: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_source(self) -> Source:
        if (self.record is None) == (self.derived is None):
            raise ValueError("give either record or derived")
        if self.derived is not None and self.derived not in DERIVED:
            close = nearest(self.derived, DERIVED)
            raise ValueError(f"no derived facts {self.derived!r}" + (f"; did you mean {close!r}?" if close else ""))
        return self


def is_left_out(ref: str, without: tuple[str, ...]) -> bool:
    """Whether a ref begins with something that a flow or a rule does not mean."""
    return bool(without) and ref.startswith(without)


class MinutesTimesRate(Shape):
    """An amount that is time at an hourly rate."""

    minutes: str
    rate: str


class Flow(Shape):
    """One kind of fact and the record it must become in another system."""

    title: str
    source: Source
    target: RecordName
    class_: Literal["state", "fact"] = Field(alias="class")
    tier: Annotated[int, Field(ge=0, le=3)]
    natural: tuple[str, ...] = ()
    amount: str | MinutesTimesRate | None = None
    # Fields that are amounts or rates, stored at 1e-4 of the major unit.
    money: tuple[str, ...] = ()
    # Fields that name a person: told in findings only when asked for.
    personal: tuple[str, ...] = ()
    fields: dict[str, Value]
