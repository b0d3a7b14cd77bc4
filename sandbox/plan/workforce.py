"""What happens to people in a story: each with the day HR enters it and the day it takes effect, which may lie before.

A ``last_day`` is still worked. What was entered can be taken back or corrected, named by its kind and effective date.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from sandbox.plan.shape import Code, EmployeeId, Grade, Shape

EventKind = Literal["hire", "promotion", "transfer", "leaver", "leave"]
LeaveKind = Literal["Parental", "Medical", "Unpaid", "Sabbatical"]
TimeOffKind = Literal["Vacation", "Sick", "Personal", "Training"]


class Hire(Shape):
    """Somebody new; ``entered`` is when HR knows. Without a manager, the head of the entity."""

    employee_id: EmployeeId
    entity: Code
    grade: Grade
    entered: date
    effective: date
    manager: EmployeeId | None = None


class Promotion(Shape):
    """Another grade from a date on."""

    employee_id: EmployeeId
    grade: Grade
    entered: date
    effective: date


class Leave(Shape):
    """Employment ends; ``last_day`` is still worked."""

    employee_id: EmployeeId
    entered: date
    last_day: date


class Transfer(Shape):
    """To another location, another manager, or another entity of the firm, from a date on."""

    employee_id: EmployeeId
    entered: date
    effective: date
    entity: Code | None = None
    location: Annotated[str, Field(min_length=1)] | None = None
    manager: EmployeeId | None = None


class Rehire(Shape):
    """Somebody who left works here again."""

    employee_id: EmployeeId
    grade: Grade
    entered: date
    effective: date
    manager: EmployeeId | None = None


class Absence(Shape):
    """A leave of absence from ``first_day`` to ``last_day``; the return is entered on the day after it."""

    employee_id: EmployeeId
    kind: LeaveKind
    entered: date
    first_day: date
    last_day: date


class TimeOff(Shape):
    """Minutes off on every working day of a span."""

    employee_id: EmployeeId
    kind: TimeOffKind = "Vacation"
    entered: date
    first: date
    last: date
    # Quarters of an hour: the PSA keeps hours in hundredths.
    minutes: Annotated[int, Field(gt=0, le=480, multiple_of=15)] = 480


class Rescission(Shape):
    """HR takes back what it had entered: as if it had never been, from ``entered`` on."""

    employee_id: EmployeeId
    event: EventKind
    effective: date
    entered: date


class Correction(Shape):
    """HR corrects the date of what it had entered."""

    employee_id: EmployeeId
    event: EventKind
    effective: date
    entered: date
    to: date


class Workforce(Shape):
    """What happens to people."""

    hires: tuple[Hire, ...] = ()
    promotions: tuple[Promotion, ...] = ()
    leavers: tuple[Leave, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    rehires: tuple[Rehire, ...] = ()
    leaves: tuple[Absence, ...] = ()
    time_off: tuple[TimeOff, ...] = ()
    rescissions: tuple[Rescission, ...] = ()
    corrections: tuple[Correction, ...] = ()
