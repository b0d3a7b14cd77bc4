"""What is spent on an engagement: expenses of employees, and bills of subcontractors."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from sandbox.plan.shape import Amount, CountryCode, EmployeeId, Shape

Paid = Annotated[Amount, Field(gt=0)]
Tax = Annotated[Amount, Field(ge=0)]


class Expense(Shape):
    """Money an employee laid out, in the engagement's currency: net, and the tax the firm gets back. ``category`` as
    the PSA knows it; a billable one goes on a pre-bill at cost."""

    person: EmployeeId
    on: date
    category: Annotated[str, Field(min_length=1, max_length=40)]
    net: Paid
    tax: Tax = Decimal(0)
    billable: bool = True
    booked_on: date
    approved_on: date


class Subcontract(Shape):
    """A supplier's bill for work on an engagement, in its currency: finance enters it when it is received, the project
    lead approves it. A supplier of another country than the entity bills without tax, under reverse charge."""

    supplier: Annotated[str, Field(min_length=1, max_length=60)]
    # Of the entity when silent.
    country: CountryCode | None = None
    number: Annotated[str, Field(min_length=1, max_length=30, pattern=r"^\S+$")]
    on: date
    net: Paid
    tax: Tax = Decimal(0)
    billable: bool = True
    received_on: date
    approved_on: date


class Spending(Shape):
    """One expense as a deed carries it; ``ref`` names it for other deeds and for people."""

    ref: str
    on: date
    category: str
    net: Amount
    tax: Amount
    billable: bool
