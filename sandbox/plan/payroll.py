"""How a legal entity pays: salaries by grade, pay periods with the day each is paid on."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from sandbox.plan.shape import Amount, Code, Grade, Shape


class PayPeriod(Shape):
    """A span of days that is paid at once, both ends included."""

    start: date
    end: date
    pay_day: date


class Payroll(Shape):
    """Gross salary of a year by grade, in the entity's currency, and the periods it is paid in."""

    entity: Code
    periods_per_year: Annotated[int, Field(ge=1, le=53)]
    salaries: dict[Grade, Annotated[Amount, Field(gt=0)]]
    periods: tuple[PayPeriod, ...]
