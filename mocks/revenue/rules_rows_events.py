"""What an event row and an exchange rate row must say."""

from __future__ import annotations

from mocks.revenue.currencies import CODES
from mocks.revenue.records import ACCEPTANCE, AVERAGE, BUDGETED_COST, BUDGETED_HOURS, EVENT_TYPES, REVENUE_EVENT
from mocks.revenue.rules_rows import Check, Staged, needs
from sandbox.core.observe import Row

_LEADING = f"{', '.join(EVENT_TYPES[:-1])} or {EVENT_TYPES[-1]}"


def _event_type(row: Staged, org: Row | None) -> str | None:
    if row.values["event_type"] not in EVENT_TYPES:
        return f"SBX-00005 event type {row.cells['event_type']!r} is not {_LEADING}"
    return None


def _measured(code: str) -> Check:
    """A check of what is done and what there is to do in all."""

    def check(row: Staged, org: Row | None) -> str | None:
        for name, text in (("completed_qty", "completed"), ("total_qty", "total")):
            if row.values[name] is None:
                return f"{code} {text} quantity {row.cells[name]!r} is not valid"
        if row.values["total_qty"] <= 0:
            return f"{code} total quantity {row.cells['total_qty']} is not above zero"
        if row.values["completed_qty"] < 0:
            return f"{code} completed quantity {row.cells['completed_qty']} is negative"
        return None

    return check


def _one_measure(row: Staged, org: Row | None) -> str | None:
    """A revenue event says percent, amount or quantity, and one of them only."""
    names = ("event_percent", "event_amount", "completed_qty")
    said = [name for name in names if not row.blank(name)]
    if len(said) != 1:
        return "INVALID_QUANTITY_EVENT one of percent, amount and completed quantity is to be given"
    code = {"event_percent": "INVALID_PERCENT_EVENT", "event_amount": "INVALID_AMOUNT_EVENT"}
    value = row.values[said[0]]
    if value is None or value < 0 or (said[0] == "event_percent" and value > 100):
        return f"{code.get(said[0], 'INVALID_QUANTITY_EVENT')} {said[0]} {row.cells[said[0]]!r} is not valid"
    return None


def _accepted(row: Staged, org: Row | None) -> str | None:
    value = row.values["event_amount"]
    if value is None or value < 0:
        return f"INVALID_AMOUNT_EVENT accepted amount {row.cells['event_amount']!r} is not valid"
    return None


def _pair(row: Staged, org: Row | None) -> str | None:
    for name in ("from_curr", "to_curr"):
        if row.values[name] not in CODES:
            return f"RPRO-0009 currency {row.cells[name]!r} is not valid"
    if row.values["from_curr"] == row.values["to_curr"]:
        return "RPRO-00067 a currency has no exchange rate with itself"
    return None


def _average(row: Staged, org: Row | None) -> str | None:
    if row.values["rate_type"] != AVERAGE:
        return f"RPRO-00067 rate type {row.cells['rate_type']!r} is not {AVERAGE}"
    return None


_ABOUT = (
    needs("so_line_id", "SBX-00003", "order line id"),
    needs("event_date", "SBX-00003", "event date"),
)
_MEASURES: dict[str | None, Check] = {
    BUDGETED_HOURS: _measured("INVALID_QUANTITY_EVENT"),
    BUDGETED_COST: _measured("INVALID_AMOUNT_EVENT"),
    REVENUE_EVENT: _one_measure,
    ACCEPTANCE: _accepted,
}
_EVENT_CHECKS = {name: (*_ABOUT, check) for name, check in _MEASURES.items()}
_OTHER_CHECKS: tuple[Check, ...] = (_event_type,)

RATE_CHECKS: tuple[Check, ...] = (
    _pair,
    needs("rate_date", "SBX-00003", "rate date"),
    _average,
    needs("rate", "RPRO-00067", "exchange rate"),
)


def event_checks(row: Staged) -> tuple[Check, ...]:
    """The checks of an event row's type."""
    return _EVENT_CHECKS.get(row.values["event_type"], _OTHER_CHECKS)
