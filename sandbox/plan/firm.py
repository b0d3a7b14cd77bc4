"""The consulting firm as data: legal entities, people, rates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from sandbox.plan.payroll import Payroll
from sandbox.plan.shape import Code, CountryCode, CurrencyCode, EmployeeId, Grade, Rate, Shape
from sandbox.plan.staffing import Skill


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
    # A card of its own that is agreed with some clients; without it the entity's standard.
    card: Code | None = None
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
    # Without one: the head of the entity, who has none.
    manager: EmployeeId | None = None
    skills: tuple[Skill, ...] = ()


class IntercompanyPair(Shape):
    """People of ``provider`` may work on engagements of ``receiver``, for their cost x (1 + ``markup``), a fraction."""

    provider: Code
    receiver: Code
    markup: Annotated[Decimal, Field(ge=0, lt=1)]


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
    # Who may work for whom. Without any everybody may, and nothing is recharged.
    intercompany: tuple[IntercompanyPair, ...] = ()
    # Entities whose people are paid by a payroll provider; the others' salaries are not in the books.
    payroll: tuple[Payroll, ...] = ()
    # What the books of all entities are translated into at the close; without it there are no reports of the group.
    group_currency: CurrencyCode | None = None

    # How the bank says who paid: a person enters its lines at the ERP's screen, or it leaves a statement file.
    bank: Literal["screen", "file"] = "screen"

    def rates_of(self, entity: Entity, currency: str, card: str | None = None) -> tuple[RateTable, ...]:
        """Bill rates of an entity in a currency, standard or of a card of its own, in the order they are written."""
        return tuple(
            table
            for table in self.bill_rates
            if table.entity == entity.code and (table.currency or entity.currency) == currency and table.card == card
        )

    def cards_of(self, entity: Entity) -> tuple[tuple[str, str], ...]:
        """(Currency, card) of the rate cards an entity has beside its standard ones."""
        special = (
            (each.currency or entity.currency, each.card) for each in self.bill_rates if each.entity == entity.code
        )
        return tuple(dict.fromkeys((currency, card) for currency, card in special if card is not None))

    def selling_currencies(self, entity: Entity) -> tuple[str, ...]:
        """What an entity has bill rates in, its own currency first."""
        others = (table.currency for table in self.bill_rates if table.entity == entity.code and table.currency)
        return tuple(dict.fromkeys((entity.currency, *others)))
