"""What must stand before what, what a closed month keeps out, deadlines, composites, and what must not leave."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from sandbox.interface.records import (
    Source,
)
from sandbox.interface.shape import RecordName, Scalar, Shape

Accepted = dict[str, tuple[Scalar, ...]]


class Before(Shape):
    """What must stand before what: when record ``effect`` is created (or takes ``when``), ``needs`` must be there with
    ``state``; found by native id in column ``via``, by ref in column ``named``, or as the same thing."""

    effect: RecordName
    when: Accepted = Field(default_factory=dict)
    needs: RecordName
    via: str | None = None
    named: str | None = None
    state: Accepted = Field(default_factory=dict)
    # Values that excuse the state's absence.
    unless: Accepted = Field(default_factory=dict)
    # What refs that are not meant begin with.
    without: tuple[str, ...] = ()
    money: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Before:
        if self.via is not None and self.named is not None:
            raise ValueError("give via or named, not both")
        return self


class ClosedPeriods(Shape):
    """A record of periods: values that say closed, and what posts into them. ``postings`` names the column that holds
    the period's native id, or as many columns as ``named`` has, which together name it."""

    closed: Accepted
    named: tuple[str, ...] = ()
    postings: dict[RecordName, str | tuple[str, ...]]


class Deadlines(Shape):
    """Hours after which an effect is late, by tier of its flow; ``termination_h`` after the end of the last day."""

    tiers: dict[Annotated[int, Field(ge=0, le=3)], Annotated[int, Field(ge=1)]]
    termination_h: Annotated[int, Field(ge=1)]


class Part(Shape):
    """A part of a composite: values that say it is built (silent: it is once it exists, and cannot be taken back), and
    how it says what it belongs to: by a reference ``via``, a ref in column ``named``, or its own ref."""

    built: Accepted = Field(default_factory=dict)
    via: str | None = None
    named: str | None = None


class Composite(Shape):
    """What is built in several systems and must be there as a whole, or be taken back as a whole."""

    title: str
    source: Source
    within_h: Annotated[int, Field(ge=1)]
    gate: RecordName
    # Values of the source by which the gate may open before the rest stands.
    early_when: Accepted = Field(default_factory=dict)
    parts: dict[RecordName, Part]

    @model_validator(mode="after")
    def _gate_is_a_part(self) -> Composite:
        if self.gate not in self.parts:
            raise ValueError(f"the gate {self.gate} is none of the parts")
        return self


class PrivateFields(Shape):
    """Columns of a record that stay where they are; ``about`` holds the id of the worker they are of."""

    columns: tuple[str, ...]
    about: str | None = None


class Private(Shape):
    """What must not leave its system."""

    fields: dict[RecordName, PrivateFields] = Field(default_factory=dict)
    words: tuple[str, ...] = ()
