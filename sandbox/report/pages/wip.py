"""Unbilled work of time-and-materials engagements: the roll-forward, and how old it is."""

from __future__ import annotations

from datetime import date

from sandbox.checks.books import Books
from sandbox.checks.ledger import period_names
from sandbox.core.clock import moment
from sandbox.core.money import exponent, line_net_minor
from sandbox.core.observe import Row as Record
from sandbox.report.pages.page import Page, Table, add, shown, sums_of

_TIME = "time_and_materials"
# Days since the work was done: up to each, and above.
_AGES = (30, 60, 90)


def roll_forward(books: Books) -> Page:
    """Opening + worked - billed - written down +/- transfers = closing, by engagement and posting month; the closing of
    the last month is the unbilled time that the ERP holds."""
    rows, closing, transfers = [], dict[str, int](), _transfers(books)
    for code in _codes(books):
        currency, opening = books.currency[code], 0
        for period, month in sorted((period, month) for (each, period), month in books.actual.items() if each == code):
            parts = (opening, month.billable_value, -month.invoiced_net, -month.written_off)
            moved = transfers.get((code, str(period)), 0)
            opening = sum(parts) + moved
            if any((*parts, moved)):
                rows.append((code, str(period), currency, *shown((*parts, moved, opening), currency)))
        add(closing, currency, opening)
    held: dict[str, int] = {}
    for _, code, value in _unbilled(books):
        add(held, books.currency[code], value)
    columns = ("engagement", "month", "in", "opening", "worked", "billed", "written down", "transfers", "closing")
    return Page(
        "wip_roll_forward",
        "Work in progress",
        "Hourly work at contract rates by posting month: time and invoices of the ERP, write-offs of the PSA.",
        (Table("", columns, 3, tuple(rows)),),
        sums_of("closing is the unbilled time of the ERP", closing, held),
    )


def unbilled_by_age(books: Books) -> Page:
    """Unbilled hourly work by days since it was done."""
    last = moment(books.case.epoch, books.case.plan.end_us).date()
    ages: dict[str, list[int]] = {}
    for row, code, value in _unbilled(books):
        days = (last - date.fromisoformat(row["tranDate"])).days
        ages.setdefault(code, [0] * (len(_AGES) + 1))[sum(days > limit for limit in _AGES)] += value
    rows, whole = [], dict[str, int]()
    for code, by_age in sorted(ages.items()):
        currency = books.currency[code]
        rows.append((code, currency, *shown((*by_age, sum(by_age)), currency)))
        add(whole, currency, sum(by_age))
    held: dict[str, int] = {}
    for (code, _), month in books.actual.items():
        if books.case.terms[code].kind == _TIME:
            add(held, books.currency[code], month.billable_value - month.written_off - month.invoiced_net)
    limits = (f"up to {_AGES[0]}", *(f"to {limit}" for limit in _AGES[1:]), f"over {_AGES[-1]}")
    return Page(
        "unbilled_by_age",
        "Unbilled by age",
        f"Hourly work in the ERP that no invoice carries, by days from the work to {last}.",
        (Table("", ("engagement", "in", *limits, "all"), 2, tuple(rows)),),
        sums_of("all ages are what was worked less billed and written down", whole, held),
    )


def _codes(books: Books) -> list[str]:
    return sorted(code for code, terms in books.case.terms.items() if terms.kind == _TIME)


def _unbilled(books: Books) -> list[tuple[Record, str, int]]:
    """(Time record, engagement, value) of billable hourly time without an invoice."""
    case = books.case
    found = []
    for row in case.rows("erp.timeBill").values():
        terms = case.terms.get(case.ref("erp.job", row["customer"]) or "")
        if terms is not None and terms.kind == _TIME and row["isBillable"] and row["invoice"] is None:
            value = line_net_minor(row["hours"], row["rate"] or 0, exponent(books.currency[terms.code]))
            found.append((row, terms.code, value))
    return found


def _transfers(books: Books) -> dict[tuple[str, str], int]:
    """Value of time that stands on another engagement in the ERP than its task of the PSA, moved between projects: by
    engagement and month, in where it is now and out where it was."""
    case, periods = books.case, period_names(books.case)
    entries = case.rows("psa.time_entry")
    moved: dict[tuple[str, str], int] = {}
    for record_id, row in case.rows("erp.timeBill").items():
        entry = entries.get(case.ref("erp.timeBill", record_id) or "")
        if entry is None or not row["isBillable"]:
            continue
        here, there = case.ref("psa.workspace", entry["workspace_id"]), case.ref("erp.job", row["customer"])
        if here == there or here not in books.currency or there not in books.currency:
            continue
        for code, sign in ((str(there), 1), (str(here), -1)):
            value = line_net_minor(row["hours"], row["rate"] or 0, exponent(books.currency[code]))
            at = (code, periods[row["custcol_posting_period"]])
            moved[at] = moved.get(at, 0) + sign * value
    return moved
