"""What is agreed with a client and how the work goes: scripted to the last deed, or left to the seed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sandbox.plan.billing import Credit, CreditHold, Hold, TimeTransfer, WriteDown
from sandbox.plan.shape import Amount, Code, CurrencyCode, EmployeeId, Kind, Minutes, PeriodText, Shape
from sandbox.plan.spend import Expense, Subcontract
from sandbox.plan.staffing import Allocation

# Kinds whose revenue is the share of the expected cost that is spent.
BY_COST: tuple[Kind, ...] = ("fixed_fee_by_cost", "milestone_over_time")


class Instalment(Shape):
    """Part of a fixed fee, billed from a date on."""

    on: date
    amount: Amount


class Milestone(Shape):
    """Part of the price that falls due when the client accepts a result."""

    code: Annotated[str, Field(pattern=r"^M\d{1,2}$")]
    title: str
    amount: Amount
    due: date


class Acceptance(Shape):
    """The client accepts a milestone on a day, perhaps after sending it back once."""

    milestone: str
    on: date
    rejected_on: date | None = None


class Estimate(Shape):
    """Expected cost at completion (EAC), approved for the revenue run of a month, in the entity's currency."""

    period: PeriodText
    approved_on: date
    cost: Amount


class ChangeOrder(Shape):
    """A change of a signed contract: price and hours it adds or takes, cost it is expected to add (entity's currency).

    ``signed`` is when the client approved it, ``entered_on`` when sales entered that (perhaps later), ``decided_on``
    when the revenue accountant decided its treatment (accounting.md J30, J31), ``billed_on`` when its price without
    the bonus is on a pre-bill. ``bonus`` is variable consideration of the contract that is no longer constrained.

    ``separate``: distinct work at its stand-alone price (IFRS 15.20), a contract line of its own with its own hours.
    """

    number: Annotated[str, Field(pattern=r"^CO\d{1,2}$")]
    signed: date
    entered_on: date | None = None
    price: Amount
    bonus: Amount = Decimal(0)
    minutes: int = 0
    cost: Amount = Decimal(0)
    treatment: Literal["catch_up", "prospective", "separate"]
    decided_on: date
    billed_on: date | None = None
    end: date | None = None


class TimeRule(Shape):
    """The same minutes on every working day of a span; ``days`` limits to some weekdays (Mon..Sun)."""

    person: EmployeeId
    first: date
    last: date
    minutes: Minutes
    days: tuple[Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], ...] = ()
    billable: bool = True
    role: str | None = None
    # Number of the separate change order it is work on; without one, work on the contract as it was sold.
    change: str | None = None


class LateTime(Shape):
    """Time that is booked after everybody else's, as a sheet of its own: of a day, or of every working day until one
    of the same week."""

    person: EmployeeId
    on: date
    until: date | None = None
    minutes: Minutes
    booked_on: date
    approved_on: date

    @model_validator(mode="after")
    def _within_a_week(self) -> LateTime:
        if self.until is not None and (
            self.until < self.on or self.until.isocalendar()[:2] != self.on.isocalendar()[:2]
        ):
            raise ValueError(f"until {self.until} is no later day of the week of {self.on}")
        return self


class HandAccrual(Shape):
    """What finance accrues by hand on a day for missing time of a month, in the entity's currency (J08)."""

    period: PeriodText
    on: date
    amount: Annotated[Amount, Field(gt=0)]


class WriteOff(Shape):
    """Unbilled time given up before the invoice: a person's time on a day."""

    person: EmployeeId
    on: date
    reason: str


class PaymentRule(Shape):
    """How a client pays when not in full: what it pays less (below zero: more) than the invoice, the per cent of the
    fee it keeps back as tax, and whether it names no invoice, so that finance applies the money on a later day."""

    short_by: Amount = Decimal(0)
    withholding_percent: Annotated[Decimal, Field(ge=0, lt=100, decimal_places=2)] = Decimal(0)
    unidentified: bool = False
    applied_on: date | None = None


class ContractLine(Shape):
    """One line of a contract: a price, hours it was sold on, and of a milestone when it is due."""

    code: str
    title: str
    price: Amount
    budget_minutes: int = 0
    due: date | None = None


class Terms(Shape):
    """What was agreed with a client, and how the work is staffed."""

    code: Code
    title: str
    client: str
    entity: Code
    # What is agreed and billed in; without it the currency of the entity.
    currency: CurrencyCode | None = None
    kind: Kind
    # Of time without a cap what it is expected to come to; of capped time the cap.
    price: Amount
    # The hours it was sold on; of prepaid hours those that were bought.
    budget_minutes: Annotated[int, Field(gt=0)]
    sold: date
    proposed: date
    signed: date
    start: date
    end: date
    approver: EmployeeId
    team: tuple[EmployeeId, ...]
    instalments: tuple[Instalment, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    # What the work is expected to cost when it is sold, in the entity's currency; by cost only.
    expected_cost: Amount | None = None
    payment_terms_days: Annotated[int, Field(ge=0, le=120)] = 30
    # Work begins before the signature, at the firm's own risk, when sales says so on this day.
    at_risk_from: date | None = None
    # A rate card of the firm's that was agreed instead of the standard one.
    rate_card: Code | None = None

    @property
    def staffed_on(self) -> date:
        """When the team is put on the project: at the signature, or when work begins at risk."""
        return self.at_risk_from or self.signed

    @property
    def line(self) -> str:
        """Code of the contract line that work is booked on."""
        return f"{self.code}-L1"

    def change_line(self, number: str) -> str:
        """Code of the contract line that a separate change order adds."""
        return f"{self.code}-{number}"

    @property
    def is_by_milestone(self) -> bool:
        """Whether the price falls due by acceptance."""
        return self.kind in ("milestone", "milestone_over_time")

    @property
    def contract_lines(self) -> tuple[ContractLine, ...]:
        """What is sold, line by line: the work, priced as a whole or by its milestones."""
        price = Decimal(0) if self.is_by_milestone else self.price
        work = ContractLine(code=self.line, title=self.title, price=price, budget_minutes=self.budget_minutes)
        milestones = (
            ContractLine(code=f"{self.code}-{each.code}", title=each.title, price=each.amount, due=each.due)
            for each in self.milestones
        )
        return (work, *milestones)


class ScriptedEngagement(Terms):
    """An engagement whose every deed is written down: the same under every seed."""

    time: tuple[TimeRule, ...] = ()
    late: tuple[LateTime, ...] = ()
    accruals: tuple[HandAccrual, ...] = ()
    write_offs: tuple[WriteOff, ...] = ()
    acceptances: tuple[Acceptance, ...] = ()
    estimates: tuple[Estimate, ...] = ()
    change_orders: tuple[ChangeOrder, ...] = ()
    pays_after_days: int | None = None
    expenses: tuple[Expense, ...] = ()
    subcontracts: tuple[Subcontract, ...] = ()
    # Whether the PSA lets nobody but the approver decide on its sheets; else everybody who leads may.
    named_approver: bool = False
    payment: PaymentRule = PaymentRule()
    allocations: tuple[Allocation, ...] = ()

    # Edits of pre-bills, credits of invoices, and the client on hold.
    holds: tuple[Hold, ...] = ()
    write_downs: tuple[WriteDown, ...] = ()
    transfers: tuple[TimeTransfer, ...] = ()
    credits: tuple[Credit, ...] = ()
    credit_holds: tuple[CreditHold, ...] = ()


class GeneratedEngagement(Shape):
    """An engagement the seed fills in: client, price, hours, team out of a pool."""

    code: Code
    entity: Code
    kind: Kind
    approver: EmployeeId
    # A client the scenario describes, and the currency agreed with it; without them a new one at home.
    client: str | None = None
    currency: CurrencyCode | None = None
    pool: tuple[EmployeeId, ...]
    team_size: Annotated[int, Field(ge=1, le=8)] = 2
