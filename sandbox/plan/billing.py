"""What a partner and finance do to pre-bills and invoices, written down: edits, credits, and a client on hold."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sandbox.plan.shape import Amount, Code, EmployeeId, PeriodText, Shape

# What a credit is for: a lower price for work that stays, or time that should never have been billed (J24, J25).
CreditReason = Literal["concession", "billing_error"]


class Hold(Shape):
    """A person's time of a span kept off the pre-bill of its month; it is on the next one."""

    person: EmployeeId
    first: date
    last: date
    reason: str


class WriteDown(Shape):
    """An amount taken off the pre-bill of a month."""

    month: PeriodText
    amount: Annotated[Amount, Field(gt=0)]
    reason: str


class TimeTransfer(Shape):
    """A person's time of a span that belongs to another engagement; ``credited_on`` when it was billed here before."""

    person: EmployeeId
    first: date
    last: date
    to: Code
    moved_on: date
    credited_on: date | None = None
    reason: str

    @model_validator(mode="after")
    def _credited_first(self) -> TimeTransfer:
        if self.credited_on is not None and self.credited_on > self.moved_on:
            raise ValueError("billed time is credited before it is moved (credited_on is after moved_on)")
        return self


class Credit(Shape):
    """Part of an issued pre-bill credited: an ``amount``, or a person's time of a span, which may be billed again."""

    bill: str
    on: date
    reason: CreditReason
    amount: Annotated[Amount, Field(gt=0)] | None = None
    person: EmployeeId | None = None
    first: date | None = None
    last: date | None = None

    @model_validator(mode="after")
    def _amount_or_time(self) -> Credit:
        by_time = (self.person, self.first, self.last)
        if self.amount is not None and any(each is not None for each in by_time):
            raise ValueError("credit an amount or time, not both")
        if self.amount is None and any(each is None for each in by_time):
            raise ValueError("credit an amount, or time: person, first and last")
        if (self.reason == "billing_error") != (self.amount is None):
            raise ValueError("a concession is an amount, a billing error names time")
        return self


class CreditHold(Shape):
    """The client of an engagement on credit hold from a day on, released on another."""

    on: date
    released_on: date | None = None
    reason: str
