"""The books as data: cards, invoices, months, and what makes them easy to get wrong. Amounts in minor units."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sandbox.checks.expected_books.entities import Dealing, EntityMonth
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
    # The contract line of a separate change order, when it is work on one.
    line: str | None = None


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
    """An issued pre-bill in minor units; ``line`` is the contract line it bills when it is not the one of the work,
    ``spent`` what of its net are expenses and suppliers' bills."""

    bill: str
    engagement: str
    period: Period
    net: int
    tax: int
    issued: bool = False
    paid: int = 0
    paid_period: Period | None = None
    withheld: int = 0
    line: str | None = None
    spent: int = 0
    on: date | None = None


@dataclass(slots=True)
class PreBill:
    """What became of a draft of time, in minor units: drafted = billed + held + written down + transferred.

    ``written_down`` holds time given up as well; ``down`` the amounts alone, with the month their revenue is taken from
    and the instant they were known.
    """

    bill: str
    engagement: str
    drafted: int = 0
    held: int = 0
    written_down: int = 0
    transferred: int = 0
    down: list[tuple[Period, int, int]] = field(default_factory=list)


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
    # Tax the client kept back, in the month of the payment it was kept from.
    withheld: int = 0
    # Loss-contract provision to date (accounting.md J32), a credit.
    provision: int = 0
    # Of other entities' people, in the currency of the engagement's entity.
    recharged: int = 0
    # Of ``cost``, what is in the books of the entities whose people they are, each in its own currency.
    lent_cost: int = 0
    # Pre-bills of time, by the month of their invoice.
    drafted: int = 0
    held: int = 0
    written_down: int = 0
    transferred: int = 0
    credited_net: int = 0
    credited_tax: int = 0
    # Of the revenue: what was spent for the client and billed on.
    passed_on: int = 0
    expense_cost: int = 0
    subcontract_cost: int = 0
    expense_billed: int = 0
    # Of contracts in another currency than their entity's: revenue, and what was gained on 7000, in the entity's.
    revenue_functional: int = 0
    realised_fx: int = 0

    @property
    def direct_cost(self) -> int:
        """What the engagement's own entity bears: its people's cost, what it is charged for those of others,
        subcontractors and expenses."""
        return self.cost - self.lent_cost + self.recharged + self.subcontract_cost + self.expense_cost


@dataclass(slots=True)
class Missing:
    """Time that was planned and is not handed in at the cut-off: ``cost`` in minor units of the employers' currencies,
    ``value`` of the engagement's."""

    minutes: int = 0
    cost: int = 0
    value: int = 0
    by_employer: dict[str, int] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands on a day."""

    employed: bool = False
    entity: str = ""
    grade: str = ""
    on_leave: bool = False


# Values that are no whole minor unit before rounding, time that falls into a later month than its date, and time given
# up before the invoice; contracts that lose, and expected cost that changed; changes of contracts, and work before one
# is signed; a pre-bill edited between draft and approval, an invoice credited, time moved to another engagement; values
# that another currency's rate decides; time accrued because it was missing at the cut-off.
HAZARDS = (
    "rounding",
    "late time",
    "write-off",
    "loss",
    "estimate",
    "change order",
    "at risk",
    "edit",
    "credit",
    "transfer",
    "currency",
    "missing time",
)


@dataclass(slots=True)
class ExpectedBooks:
    """The books of the whole firm. ``hazards`` counts what makes them easy to get wrong, by name."""

    cards: dict[str, Card] = field(default_factory=dict)
    invoices: dict[str, Invoice] = field(default_factory=dict)
    outlays: dict[str, Outlay] = field(default_factory=dict)
    months: dict[tuple[str, Period], Month] = field(default_factory=dict)
    # (Provider, receiver, month, engagement) -> what is charged, in minor units of the provider's currency.
    recharges: dict[tuple[str, str, Period, str], int] = field(default_factory=dict)
    # Bill -> money of its client that is applied to no invoice.
    held: dict[str, int] = field(default_factory=dict)
    pre_bills: dict[str, PreBill] = field(default_factory=dict)
    # (Entity, month) -> what entities owe and charge each other.
    entities: dict[tuple[str, Period], EntityMonth] = field(default_factory=dict)
    # (Provider, receiver, month) -> what was charged and is owed.
    dealings: dict[tuple[str, str, Period], Dealing] = field(default_factory=dict)
    hazards: dict[str, int] = field(default_factory=lambda: dict.fromkeys(HAZARDS, 0))
    # Minutes by entity, grade and month (``2026-01``), and how everybody stood on every day of the story.
    available: dict[tuple[str, str, str], int] = field(default_factory=dict)
    billable: dict[tuple[str, str, str], int] = field(default_factory=dict)
    standing: dict[tuple[str, date], Standing] = field(default_factory=dict)

    # Engagement and month -> what was missing when it was asked for first.
    missing: dict[tuple[str, Period], Missing] = field(default_factory=dict)

    def month(self, engagement: str, period: Period) -> Month:
        """The figures of an engagement in a month."""
        return self.months.setdefault((engagement, period), Month())

    def entity(self, code: str, period: Period) -> EntityMonth:
        """The figures of an entity in a month."""
        return self.entities.setdefault((code, period), EntityMonth())

    def at(self, engagement: str, period: Period) -> Month:
        """The same to read: a month without figures carries what stood at the end of the last one that has some."""
        if (engagement, period) in self.months:
            return self.months[engagement, period]
        before = max((month for code, month in self.months if code == engagement and month < period), default=None)
        if before is None:
            return Month()
        last = self.months[engagement, before]
        return Month(position=last.position, receivable=last.receivable, provision=last.provision)
