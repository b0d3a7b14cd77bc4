"""The consulting firm as data: legal entities, people, rates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from sandbox.plan.payroll import Payroll
from sandbox.plan.shape import Code, CountryCode, CurrencyCode, EmployeeId, Grade, Rate, Shape


class Entity(Shape):
    """A legal entity with its office. ``tax_rate`` is a fraction, for clients of the same country."""

    code: Code
    name: str
    country: CountryCode
    currency: CurrencyCode
    zone: str
    location: str
    # Where tax asks for it (India).
    state: str | None = None
    tax_rate: Annotated[Decimal, Field(ge=0, lt=1)]


class RateTable(Shape):
    """Rates per grade that hold from a date on, for one entity, in its currency unless another one is named."""

    entity: Code
    effective: date
    currency: CurrencyCode | None = None
    rates: dict[Grade, Rate]


class TaxRule(Shape):
    """Tax of an entity's country on a client's: the first rule that fits a document counts (accounting.md section 3).

    ``client`` is a country, ``EU`` or ``*``; ``same_state`` asks whether entity and client are in one state;
    ``vat_number`` whether the client proved to be a business. ``parts`` are tax codes with their rates as fractions.
    """

    supplier: CountryCode
    client: Annotated[str, Field(pattern=r"^([A-Z]{2}|\*)$")]
    same_state: bool | None = None
    vat_number: bool | None = None
    effective: date = date.min
    parts: dict[str, Annotated[Decimal, Field(ge=0, lt=1)]]
    note: str = ""

    @property
    def rate(self) -> Decimal:
        """All parts together, as a fraction."""
        return sum(self.parts.values(), Decimal(0))


class FxRate(Shape):
    """One unit of ``base`` in ``quote`` from a date on: spot of documents, average of a month, or its closing rate."""

    base: CurrencyCode
    quote: CurrencyCode
    kind: Literal["spot", "average", "closing"]
    effective: date
    rate: Annotated[Decimal, Field(gt=0, max_digits=16, decimal_places=8)]


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
    # Without a rule: the entity's own rate for clients of its country, nothing for others.
    tax_rules: tuple[TaxRule, ...] = ()
    fx_rates: tuple[FxRate, ...] = ()
    # Roles the PSA knows and the ERP has no item for: time booked with one can never be posted.
    unposted_roles: tuple[str, ...] = ()
    # Entities whose people are paid by a payroll provider; the others' salaries are not in the books.
    payroll: tuple[Payroll, ...] = ()

    def rates_of(self, entity: Entity, currency: str) -> tuple[RateTable, ...]:
        """Bill rates of an entity in a currency, in the order they are written."""
        return tuple(
            table
            for table in self.bill_rates
            if table.entity == entity.code and (table.currency or entity.currency) == currency
        )

    def selling_currencies(self, entity: Entity) -> tuple[str, ...]:
        """What an entity has bill rates in, its own currency first."""
        others = (table.currency for table in self.bill_rates if table.entity == entity.code and table.currency)
        return tuple(dict.fromkeys((entity.currency, *others)))
