"""Who is planned on what, how much and how surely; what people can do."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from sandbox.plan.shape import EmployeeId, Grade, Shape

SkillName = Annotated[str, Field(min_length=1, max_length=40)]


class Allocation(Shape):
    """Minutes a week of somebody, or of a grade nobody is named for yet with the skill that is wanted, over a span.

    Soft until it is ``hard``: a wish, not a plan. Entered with the staffing of the project unless a day is given.
    """

    person: EmployeeId | None = None
    grade: Grade | None = None
    skill: SkillName | None = None
    first: date
    last: date
    minutes_per_week: Annotated[int, Field(gt=0, le=4800, multiple_of=60)] = 2400
    hard: bool = False
    entered: date | None = None

    @model_validator(mode="after")
    def _somebody_or_some_grade(self) -> Allocation:
        if (self.person is None) == (self.grade is None):
            raise ValueError("give a person, or the grade that is wanted")
        if self.last < self.first:
            raise ValueError(f"it ends on {self.last}, before it begins on {self.first}")
        return self


class Skill(Shape):
    """What a member can do, from 1 (a little) to 5."""

    name: SkillName
    level: Annotated[int, Field(ge=1, le=5)] = 3
