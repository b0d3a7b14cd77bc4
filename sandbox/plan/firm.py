"""The consulting firm as data: legal entities, people, rates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from sandbox.plan.shape import Code, EmployeeId, Grade, Rate, Shape


class Entity(Shape):
    """A legal entity with its office. ``tax_rate`` is a fraction, for clients of the same country."""

    code: Code
    name: str
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    zone: str
    location: str
    tax_rate: Annotated[Decimal, Field(ge=0, lt=1)]


class RateTable(Shape):
    """Rates per grade that hold from a date on, for one entity, in its currency."""

    entity: Code
    effective: date
    rates: dict[Grade, Rate]


class Member(Shape):
    """Somebody employed when the scenario begins."""

    employee_id: EmployeeId
    entity: Code
    grade: Grade
    hired: date


class FirmProfile(Shape):
    """The consulting firm: entities, people, bill rates and standard cost rates."""

    name: str
    title: str
    entities: tuple[Entity, ...]
    bill_rates: tuple[RateTable, ...]
    cost_rates: tuple[RateTable, ...]
    members: tuple[Member, ...]
    # Roles the PSA knows and the ERP has no item for: time booked with one can never be posted.
    unposted_roles: tuple[str, ...] = ()
