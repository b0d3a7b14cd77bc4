"""The books as data: cards, invoices, months, and what makes them easy to get wrong. Amounts in minor units."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sandbox.core.periods import Period


@dataclass(slots=True)
class Card:
    """A booking as people left it: approved at an instant, perhaps written off, perhaps on a pre-bill."""

    ref: str
    person: str
    engagement: str
    on: date
    minutes: int
    role: str
    billable: bool
    approved_us: int | None = None
    period: Period | None = None
    value: int = 0
    cost: int = 0
    written_off_us: int | None = None
    drafted: str | None = None
    billed: str | None = None


@dataclass(slots=True)
class Outlay:
    """Money laid out for an engagement: an employee's expense (``person``) or a supplier's bill; net and input tax in
    minor units; approved at an instant, perhaps on a pre-bill. ``reverse_charge``: tax the firm owes and gets back."""

    ref: str
    engagement: str
    person: str | None
    on: date
    net: int
    tax: int
    billable: bool
    reverse_charge: int = 0
    approved_us: int | None = None
    period: Period | None = None
    drafted: str | None = None
    billed: Period | None = None
    billed_us: int | None = None


@dataclass(slots=True)
class Invoice:
    """An issued pre-bill in minor units; ``line`` is the contract line it bills when it is not the one of the work."""

    bill: str
    engagement: str
    period: Period
    net: int
    tax: int
    issued: bool = False
    paid: int = 0
    paid_period: Period | None = None
    line: str | None = None


@dataclass(slots=True)
class Month:
    """An engagement in a month, in minor units; ``position`` is billed less recognised, ``receivable`` what is invoiced
    with tax and not paid, both to date."""

    minutes: int = 0
    cost: int = 0
    billable_value: int = 0
    written_off: int = 0
    revenue: int = 0
    invoiced_net: int = 0
    invoiced_tax: int = 0
    cash: int = 0
    position: int = 0
    receivable: int = 0
    expense_cost: int = 0
    subcontract_cost: int = 0
    expense_billed: int = 0


@dataclass(slots=True)
class EntityMonth:
    """A legal entity in a month, in minor units: payroll, and the part of it that was absorbed into projects."""

    payroll: int = 0
    absorbed: int = 0

    @property
    def variance(self) -> int:
        """Bench and absorption variance (I08)."""
        return self.payroll - self.absorbed


# Values that are no whole minor unit before rounding, time that falls into a later month than its date, and time given
# up before the invoice.
HAZARDS = ("rounding", "late time", "write-off")


@dataclass(slots=True)
class ExpectedBooks:
    """The books of the whole firm. ``hazards`` counts what makes them easy to get wrong, by name."""

    cards: dict[str, Card] = field(default_factory=dict)
    invoices: dict[str, Invoice] = field(default_factory=dict)
    outlays: dict[str, Outlay] = field(default_factory=dict)
    months: dict[tuple[str, Period], Month] = field(default_factory=dict)
    entities: dict[tuple[str, Period], EntityMonth] = field(default_factory=dict)
    hazards: dict[str, int] = field(default_factory=lambda: dict.fromkeys(HAZARDS, 0))

    def month(self, engagement: str, period: Period) -> Month:
        """The figures of an engagement in a month."""
        return self.months.setdefault((engagement, period), Month())

    def entity_month(self, entity: str, period: Period) -> EntityMonth:
        """The figures of a legal entity in a month."""
        return self.entities.setdefault((entity, period), EntityMonth())
