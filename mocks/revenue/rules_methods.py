"""Release methods: what a line has earned at the end of a day, exactly.

Amounts are at 1e-4 of the major unit. Progress is a ratio of what was sent and is never rounded before it is used
(accounting.md section 4.6); only the amount is, by ``rounded``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction

from mocks.revenue.records import (
    ACCEPTANCE,
    BUDGETED_COST,
    BUDGETED_HOURS,
    COST,
    END_DATE,
    ESTIMATE,
    HOURS,
    MILESTONE,
    QUANTITY,
    RATABLE_DAILY,
    RATABLE_MONTHLY,
    REVENUE_EVENT,
    UPON_BILLING,
)
from mocks.revenue.rules_ratable import by_days, by_months
from sandbox.core.money import SCALE, divide_half_away, exponent
from sandbox.core.observe import Row

_ONE, _NOTHING = Fraction(1), Fraction(0)

# The event that measures a method's progress.
_MEASURED_BY = {HOURS: BUDGETED_HOURS, COST: BUDGETED_COST, MILESTONE: REVENUE_EVENT, QUANTITY: REVENUE_EVENT}
RATABLE = (RATABLE_DAILY, RATABLE_MONTHLY)
OVER_TIME = (HOURS, COST, *RATABLE)
# Lines of one obligation share their progress only where there is progress to share.
SHARED = (*OVER_TIME, QUANTITY)
# What these have released and not billed is unconditional without the flag.
UNCONDITIONAL = (MILESTONE, ESTIMATE)


def method_of(line: Row) -> str:
    """The release method of a line or order row: its POB template; without one the right to bill decides."""
    template: str | None = line["pob_template"]
    return template or (END_DATE if line["right_to_bill"] == "Y" else HOURS)


def event_type_of(line: Row) -> str | None:
    """The type of event that measures the line; None when none does."""
    return _MEASURED_BY.get(method_of(line))


def takes_event(method: str, event_type: str) -> bool:
    """Whether an event of that type says anything about a line of that method.

    Hours of a line with the right to bill are taken and change nothing, as they always were.
    """
    if event_type == ACCEPTANCE:
        return method in OVER_TIME
    if event_type == BUDGETED_HOURS and method == END_DATE:
        return True
    return _MEASURED_BY.get(method) == event_type


def price_of(line: Row) -> int:
    """The price of a line after its reduction orders."""
    price: int = line["ext_sll_prc"] - line["reduced"]
    return price


def joined(line: Row, obligation: Iterable[Row]) -> Row:
    """A line with the term and quantity of the whole obligation it is part of; ``obligation`` are its lines."""
    lines = list(obligation)
    if len(lines) < 2:
        return line
    return {
        **line,
        "start_date": min((each["start_date"] for each in lines if each["start_date"]), default=None),
        "end_date": max((each["end_date"] for each in lines if each["end_date"]), default=None),
        "ord_qty": str(sum(Decimal(each["ord_qty"]) for each in lines)),
    }


def earned(line: Row, day: str, event: Row, billed: int) -> Fraction:
    """Revenue of a line at the end of ``day`` (ISO), by the latest event that measures it and what was billed by then.

    ``event`` has the columns of an event, all None when there is none.
    """
    if line["held"]:
        return _NOTHING
    price = price_of(line)
    method = method_of(line)
    if method == UPON_BILLING:
        return Fraction(max(0, min(billed, price)))
    if method == ESTIMATE:
        return Fraction(price) if line["end_date"][:7] == day[:7] else _NOTHING
    if method == MILESTONE and event["event_amount"] is not None:
        return Fraction(min(event["event_amount"], price))
    base: int = line["base_amount"] or 0
    return base + (price - base) * _share(line, method, day, event)


def rounded(exact: Fraction, currency: str) -> int:
    """An exact amount at 1e-4, rounded half away from zero to the minor unit of its currency."""
    unit: int = SCALE // 10 ** exponent(currency)
    return divide_half_away(exact.numerator, exact.denominator * unit) * unit


def measure(line: Row, method: str, event: Row) -> tuple[Fraction, Fraction] | None:
    """What is done and what there is to do in all; None without an event."""
    if method == MILESTONE:
        percent = event["event_percent"]
        return None if percent is None else (Fraction(percent), Fraction(100))
    done = event["completed_qty"]
    if done is None:
        return None
    return Fraction(done), Fraction(line["ord_qty"] if method == QUANTITY else event["total_qty"])


def _share(line: Row, method: str, day: str, event: Row) -> Fraction:
    """The part of the price that is earned; after a prospective modification, of what was left then."""
    if method == END_DATE:
        return _ONE if line["end_date"] <= day else _NOTHING
    if method in RATABLE:
        spread = by_days if method == RATABLE_DAILY else by_months
        first = date.fromisoformat(line["base_date"] or line["start_date"])
        return spread(first, max(first, date.fromisoformat(line["end_date"])), date.fromisoformat(day))
    if method == QUANTITY and line["end_date"] is not None and line["end_date"] <= day:
        # Unused rest on expiry (accounting.md J18).
        return _ONE
    measured = measure(line, method, event)
    if measured is None:
        return _NOTHING
    done, total = measured
    before = Fraction(line["base_done"] or 0)
    if total <= before:
        return _ONE if done >= total else _NOTHING
    return max(_NOTHING, min((done - before) / (total - before), _ONE))
