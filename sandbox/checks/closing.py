"""Which months were closed when, as the ledger's own log tells it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from sandbox.checks.case import Case
from sandbox.checks.ledger import period_names

_FOR_EVER = 1 << 62


@dataclass(frozen=True, slots=True)
class ClosedMonth:
    """A month of the ledger and the spans during which it was closed, both instants exclusive."""

    name: str
    spans: tuple[tuple[int, int], ...]

    def is_closed_at(self, us: int) -> bool:
        """Whether the month was closed at an instant; the instants of closing and reopening are open."""
        return any(first < us < last for first, last in self.spans)


def closed_months(case: Case) -> dict[str, ClosedMonth]:
    """Accounting period id -> spans. A month closed without a word in the log was closed from the beginning."""
    names = period_names(case)
    log: dict[str, list[tuple[int, bool]]] = {}
    for row in sorted(case.rows("erp.periodLog").values(), key=lambda row: (row["done_us"], row["id"])):
        log.setdefault(row["period"], []).append((row["done_us"], row["action"] == "close"))
    found: dict[str, ClosedMonth] = {}
    for period_id, row in case.rows("erp.accountingPeriod").items():
        states = log.get(period_id, [])
        if not states and row["closed"]:
            states = [(0, True)]
        ends = [*states, (_FOR_EVER, False)]
        spans = tuple((begin[0], end[0]) for begin, end in pairwise(ends) if begin[1])
        if spans:
            found[period_id] = ClosedMonth(names[period_id], spans)
    return found
