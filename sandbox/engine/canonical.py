"""The engine's own words: what a deal, a timecard, a pre-bill, a bank line and a batch are, in no vendor's spelling.

Amounts are Decimals in the currency named beside them, time is minutes, instants are microseconds of the scenario.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sandbox.core.periods import Period

PROPOSED, WON = "proposed", "won"
TIME_AND_MATERIALS, FIXED_FEE = "time_and_materials", "fixed_fee"


@dataclass(frozen=True, slots=True)
class DealLine:
    """One contract line: what is sold for how much, with the hours it was sold on."""

    code: str
    native_id: str
    price: Decimal
    budget_minutes: int


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


@dataclass(frozen=True, slots=True)
class Worker:
    """An employee as of a day. ``last_day`` is still worked; None: no leave is known."""

    employee_id: str
    first_name: str
    last_name: str
    email: str
    grade: str
    entity: str
    hire_date: date
    last_day: date | None


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


@dataclass(frozen=True, slots=True)
class FixedItem:
    """A fixed amount on a pre-bill."""

    story_id: str
    amount: Decimal
    notes: str


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


@dataclass(frozen=True, slots=True)
class LedgerInvoice:
    """What the ERP made of a pre-bill. ``lines`` are (contract line, net)."""

    native_id: str
    number: str
    tax_percent: Decimal
    net: Decimal
    total: Decimal
    open_amount: Decimal


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
    """One line of a revenue batch: exactly one of debit and credit is above zero."""

    line_id: str
    account: str
    debit: Decimal
    credit: Decimal
    engagement: str
    obligation: str


@dataclass(frozen=True, slots=True)
class Batch:
    """A journal batch of the revenue system, ready to transfer."""

    batch_id: str
    entity: str
    currency: str
    period: Period
    on: date
    lines: tuple[BatchLine, ...]
