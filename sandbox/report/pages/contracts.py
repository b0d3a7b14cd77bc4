"""Contracts at the close: positions by account, and how the measure of progress moved."""

from __future__ import annotations

from decimal import Decimal

from sandbox.checks.books import Books
from sandbox.report.pages.page import Page, Sum, Table, add, shown, sums_of


def positions(books: Books) -> Page:
    """What stands on the position accounts per contract at every month's end, against billed less recognised."""
    accounts = books.case.interface.accounts
    held = (accounts.unbilled, accounts.contract_asset, accounts.position)
    moved: dict[tuple[str, str, str], int] = {}
    for line in books.ledger.lines:
        if line.account in held and line.engagement in books.currency:
            at = (str(line.engagement), line.period, line.account)
            moved[at] = moved.get(at, 0) + line.amount
    rows, left, right = [], dict[str, int](), dict[str, int]()
    months = sorted({period for _, period in books.actual})
    for code in sorted(books.currency):
        currency, balances = books.currency[code], dict.fromkeys(held, 0)
        billed = recognised = 0
        for period in months:
            for account in held:
                balances[account] += moved.get((code, str(period), account), 0)
            month = books.actual.get((code, period))
            billed += month.invoiced_net if month else 0
            recognised += month.revenue if month else 0
            values = (*balances.values(), billed, recognised)
            if any(values):
                rows.append((code, str(period), currency, *shown(values, currency)))
        add(left, currency, -sum(balances.values()))
        add(right, currency, billed - recognised)
    columns = ("contract", "month", "in", f"unbilled {held[0]}", f"asset {held[1]}", f"position {held[2]}", "billed",
               "recognised")  # fmt: skip
    return Page(
        "contract_positions",
        "Contract positions",
        "Balances of the ledger at the end of each month, debit positive; billed and recognised are to date.",
        (Table("", columns, 3, tuple(rows)),),
        sums_of("position is billed less recognised", left, right),
    )


def eac_movement(books: Books) -> Page:
    """The total each obligation's progress is measured against, from one word of it to the next."""
    events: dict[str, list[tuple[str, int, Decimal]]] = {}
    for row in books.case.rows("revenue.pob_event").values():
        if row["total_qty"] is None:
            # Acceptances and hours bought: nothing is estimated.
            continue
        said = (row["event_date"], row["position"], Decimal(row["total_qty"]))
        events.setdefault(row["so_line_id"], []).append(said)
    rows: list[tuple[str, ...]] = []
    for obligation, words in sorted(events.items()):
        words.sort()
        before = words[0][2]
        rows.append((obligation, words[0][0], "-", "-", _quantity(before)))
        for at, _, total in words[1:]:
            if total != before:
                rows.append((obligation, at, _quantity(before), _quantity(total - before), _quantity(total)))
                before = total
    last = {obligation: words[-1][2] for obligation, words in events.items()}
    by_hours, budgets = _of_hours(books, last)
    return Page(
        "eac_movement",
        "Estimates at completion",
        "Progress events of the revenue system: hours, or cost where a contract is earned by cost.",
        (Table("", ("obligation", "as of", "before", "change", "after"), 2, tuple(rows)),),
        (Sum("totals in minutes are the estimates of the PSA's tasks", _quantity(by_hours), _quantity(budgets)),),
        "No contract is measured by progress.",
    )


def _of_hours(books: Books, totals: dict[str, Decimal]) -> tuple[Decimal, Decimal]:
    """The last totals of obligations measured by hours, and what the tasks of the same lines are estimated at."""
    case = books.case
    estimates = {
        case.ref("psa.story", each): row["time_estimate_in_minutes"] for each, row in case.rows("psa.story").items()
    }
    lines = {
        terms.line
        for terms in case.terms.values()
        if case.interface.posting[terms.kind].release in ("percent_complete", "hours_used") and terms.line in totals
    }
    return sum((totals[line] for line in lines), Decimal(0)), Decimal(sum(estimates.get(line) or 0 for line in lines))


def _quantity(count: Decimal) -> str:
    """Minutes, or cost as it is counted there."""
    return f"{count:,}"
