"""Shapes of a fault profile: which kinds strike, how often, where, and which checks they make required."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _ascending(span: tuple[int, int]) -> tuple[int, int]:
    if span[0] > span[1]:
        raise ValueError(f"expected the smaller number first, got {span[0]} and {span[1]}")
    return span


Percent = Annotated[int, Field(ge=0, le=100)]
Size = Annotated[int, Field(ge=1)]
Part = Annotated[tuple[Percent, Percent], AfterValidator(_ascending)]
Span = Annotated[tuple[Size, Size], AfterValidator(_ascending)]
Kind = Literal[
    "W01", "W02", "W03", "W04", "W06", "M01", "M04", "M05", "M08", "E01", "E02", "E03", "E13", "E16", "B04", "B05",
    "B06",
]  # fmt: skip
System = Literal["crm", "psa", "hris", "erp", "revenue", "files", "engine"]


class FaultRule(BaseModel):
    """One line of a profile. ``between`` is percent of the simulated span; delays and windows are seconds.

    The window of W01 is absolute: it begins at its instant of ``between``, whether anybody asks then or not.

    ``created`` limits W04 and W06 to writes that create, ``about`` is the kind of event that E13 tears.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    count: Annotated[int, Field(ge=1, le=1000)]
    system: System | None = None
    # Only requests whose path holds this.
    path: str | None = None
    # How many opportunities that fit are let pass; drawn, at most two, when left out.
    nth: Annotated[int, Field(ge=0)] | None = None
    actors: Literal["engine", "any"] = "engine"
    created: bool = False
    between: Part = (0, 100)
    delay_s: Span = (1, 30)
    window_s: Span = (20, 60)
    retry_after: Literal["seconds", "date"] = "seconds"
    copies: Span = (1, 2)
    items: Span = (1, 2)
    about: str = ""
    # B06: how long before the cut-off; longer than a slow request takes, so that it is clear which month it is for.
    margin_s: Span = (120, 2700)


class FaultProfile(BaseModel):
    """A named set of rules. ``requires`` lists the checks that must have met a hazard for a verdict to be more
    than unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    requires: tuple[str, ...]
    faults: tuple[FaultRule, ...]

    @property
    def kinds(self) -> list[str]:
        """The kinds the profile can fire, in order of appearance."""
        return list(dict.fromkeys(rule.kind for rule in self.faults))
