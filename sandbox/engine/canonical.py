"""The engine's own words: what a deal, a timecard, a pre-bill, a bank line and a batch are, in no vendor's spelling.

Amounts are Decimals in the currency named beside them, time is minutes, instants are microseconds of the scenario.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sandbox.core.money import round_half_away
from sandbox.core.periods import Period

PROPOSED, WON = "proposed", "won"
# Ways of charging; the interface contract says what each posts to and how its revenue is released.
TIME_AND_MATERIALS, CAPPED_TIME = "time_and_materials", "capped_time"
FIXED_FEE, FIXED_FEE_BY_COST = "fixed_fee", "fixed_fee_by_cost"
MILESTONE, MILESTONE_OVER_TIME = "milestone", "milestone_over_time"
PREPAID_HOURS, STAND_READY = "prepaid_hours", "stand_ready"
BY_THE_HOUR = (TIME_AND_MATERIALS, CAPPED_TIME)


@dataclass(frozen=True, slots=True)
class DealLine:
    """One contract line: what is sold for how much, with the hours it was sold on; ``due`` makes it a milestone."""

    code: str
    native_id: str
    price: Decimal
    budget_minutes: int
    title: str = ""
    due: date | None = None
    # Whether a change order added it: ``native_id`` is then that of the order's product.
    added: bool = False


@dataclass(frozen=True, slots=True)
class DealChange:
    """A change order the client approved: what it adds to the price of which lines, hours, and a later end.

    ``from_now_on``: proposed to count for what is left only, or for itself, not from the beginning. ``lines`` are those
    it adds to the deal, their hours among ``minutes``.
    """

    number: str
    on: date
    amounts: tuple[tuple[str, Decimal], ...]
    minutes: int
    end: date | None
    from_now_on: bool
    lines: tuple[DealLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Deal:
    """An opportunity with client and lines."""

    code: str
    native_id: str
    name: str
    stage: str
    kind: str
    entity: str
    currency: str
    amount: Decimal
    start: date
    end: date
    client_code: str
    client_id: str
    client_name: str
    client_country: str
    client_vat: str | None
    lines: tuple[DealLine, ...]
    client_state: str | None = None
    # Work begins before the win.
    at_risk: bool = False
    changes: tuple[DealChange, ...] = ()
    # A rate card that was agreed instead of the standard one.
    rate_card: str | None = None


@dataclass(frozen=True, slots=True)
class Worker:
    """An employee as of a day. ``last_day`` is still worked; None: no leave is known.

    ``hire_date`` is of the present employment, ``first_hired`` of an earlier one if there was one; ``manager`` an
    employee id.
    """

    employee_id: str
    first_name: str
    last_name: str
    email: str
    grade: str
    entity: str
    hire_date: date
    last_day: date | None
    first_hired: date | None = None
    manager: str | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """Minutes of a user, or of a role nobody is named for, on a project over some days; firm when ``hard``."""

    assignment_id: str
    workspace_id: str
    user_id: str | None
    role: str
    first: date
    last: date
    minutes: int
    hard: bool


@dataclass(frozen=True, slots=True)
class StandardCost:
    """What an hour of a role costs in an entity, in its currency, from a day on."""

    role: str
    entity: str
    effective: date
    cost: Decimal


@dataclass(frozen=True, slots=True)
class TimeEntry:
    """A time entry of the PSA. ``approved_us`` is when its submission was decided, None while it is not approved."""

    entry_id: str
    workspace_id: str
    story_id: str
    user_id: str
    role_id: str
    on: date
    minutes: int
    billable: bool
    rate: Decimal
    currency: str
    submission_id: str | None
    approved_us: int | None
    # When it was last changed: of time that moves to another project, when that was.
    changed_us: int = 0


@dataclass(frozen=True, slots=True)
class FixedItem:
    """An amount on a pre-bill that is not time: a fixed fee, a milestone, or what was added or taken off.

    Without a task it belongs to the line that work is booked on.
    """

    story_id: str
    amount: Decimal
    notes: str
    # The billed time a line of a credit note gives back.
    entry_id: str | None = None


@dataclass(frozen=True, slots=True)
class Milestone:
    """A billing milestone of the PSA; ``accepted_on`` is None while its task is not completed."""

    milestone_id: str
    story_id: str
    amount: Decimal
    accepted_on: date | None


@dataclass(frozen=True, slots=True)
class PreBill:
    """An invoice of the PSA: draft until the partner approves it."""

    invoice_id: str
    workspace_id: str
    title: str
    draft: bool
    cancelled: bool
    on: date
    currency: str
    terms_days: int
    entry_ids: tuple[str, ...]
    items: tuple[FixedItem, ...]
    number: str | None
    # Of a credit note: the pre-bill it takes back from, and why.
    credits_id: str | None = None
    credit_reason: str = ""
    expense_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerInvoice:
    """What the ERP made of a pre-bill. ``lines`` are (contract line, net)."""

    native_id: str
    number: str
    tax_percent: Decimal
    net: Decimal
    total: Decimal
    open_amount: Decimal
    # Of its currency in the entity's.
    rate: str = "1"

    @property
    def effective_percent(self) -> Decimal:
        """The per cent that, rounded once on the net, gives this document's tax: its own rate, unless that is several
        whose parts are rounded one by one."""
        tax = self.total - self.net
        # Rounded and compared: a half that is rounded away from zero is no tax of parts that were rounded down.
        if not self.net or round_half_away(self.net * self.tax_percent / 100, 2) == tax:
            return self.tax_percent
        return (100 * tax / self.net).quantize(Decimal("1e-8"))


@dataclass(frozen=True, slots=True)
class CreditLine:
    """One line of a credit, above zero: an amount of a contract line, or the whole of a billed time record."""

    amount: Decimal
    line: str
    notes: str
    time_id: str | None = None


@dataclass(frozen=True, slots=True)
class BankLine:
    """A line of the bank statement nobody has matched yet."""

    line_id: str
    on: date
    amount: Decimal
    currency: str
    reference: str
    payer: str


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One line of a revenue batch: exactly one of debit and credit is above zero, or none where only the functional
    amount moves (what is left of a foreign position)."""

    line_id: str
    account: str
    debit: Decimal
    credit: Decimal
    engagement: str
    obligation: str
    # The same in the entity's currency.
    functional_debit: Decimal = Decimal(0)
    functional_credit: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Batch:
    """A journal batch of the revenue system, ready to transfer; all its lines are in one currency."""

    batch_id: str
    entity: str
    currency: str
    period: Period
    on: date
    lines: tuple[BatchLine, ...]
    # Whether that is another currency than the entity's.
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class ProjectCost:
    """What the ledger carries of a project's cost in a month for a day of service, in its entity's currency."""

    engagement: str
    month: Period
    on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class CostProgress:
    """Cost of an obligation up to a day, and what all of it is expected to cost, in its entity's currency."""

    obligation: str
    on: date
    completed: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Expense:
    """An expense of the PSA, net, and what its notes say of the tax on the receipt. ``approved_us`` as for time; one
    with a ``vendor_id`` is a supplier's bill."""

    expense_id: str
    workspace_id: str
    story_id: str
    user_id: str
    vendor_id: str
    on: date
    category: str
    net: Decimal
    tax: Decimal
    currency: str
    notes: str
    billable: bool
    approved_us: int | None


@dataclass(frozen=True, slots=True)
class SupplierBill:
    """A supplier's bill in the ERP with its one line of project work; ``job_id`` and ``line`` say whose."""

    bill_id: str
    supplier: str
    number: str
    on: date
    net: Decimal
    tax: Decimal
    job_id: str
    line: str
    billable: bool


@dataclass(frozen=True, slots=True)
class BilledCost:
    """What of a pre-bill was spent: document of the ERP with its line, contract line, net."""

    document_id: str
    number: int
    line: str
    net: Decimal


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One line of a payroll journal: exactly one of debit and credit is above zero."""

    line_id: str
    account: str
    debit: Decimal
    credit: Decimal
    period: Period


@dataclass(frozen=True, slots=True)
class PayrollJournal:
    """The journal of a pay run as the provider hands it back."""

    name: str
    entity: str
    period_end: date
    pay_day: date
    currency: str
    lines: tuple[JournalLine, ...]


@dataclass(frozen=True, slots=True)
class BillRate:
    """What an hour of a role is worth on a rate card from a day on, in the card's currency."""

    card_id: str
    role: str
    effective: date
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Accrual:
    """Time of an engagement that was planned in a month and is missing at its cut-off, of the people of one entity.

    ``cost`` at their standard costs in that entity's currency, ``value`` at the contract's rates in the contract's.
    """

    engagement: str
    line: str
    entity: str
    period: Period
    minutes: int
    cost: Decimal
    value: Decimal
