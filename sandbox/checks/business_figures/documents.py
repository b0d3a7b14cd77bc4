"""Figures of documents and of the close: time to invoice, billing accuracy, days to close."""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.checks.books import Books
from sandbox.checks.business_figures.done import done_deeds
from sandbox.checks.business_figures.figure import DAYS, PERCENT, Tally, Told
from sandbox.core.calendars import is_workday
from sandbox.core.clock import moment

# Deeds that correct an invoice after it was issued; their arguments name its pre-bill.
_CORRECTING = ("credit", "void", "rebill")


def time_to_invoice(books: Books) -> Told:
    """Invoice date less the last day worked on it, mean over the invoices of time, by legal entity."""
    case = books.case
    last: dict[str, str] = {}
    for row in case.rows("erp.timeBill").values():
        if row["invoice"] is not None:
            last[row["invoice"]] = max(last.get(row["invoice"], ""), row["tranDate"])
    there: dict[str, list[int]] = {}
    for invoice_id, row in case.rows("erp.invoice").items():
        code = case.ref("erp.job", row["job"])
        if invoice_id in last and code in case.terms:
            _count(there, case.terms[str(code)].entity, _days(last[invoice_id], row["tranDate"]))
    worked: dict[str, date] = {}
    for card in books.expected.cards.values():
        if card.billed is not None:
            worked[card.billed] = max(worked.get(card.billed, card.on), card.on)
    due: dict[str, list[int]] = {}
    for deed in done_deeds(books):
        if deed.verb == "approve_bill" and deed.args["bill"] in worked:
            days = _days(worked[deed.args["bill"]].isoformat(), deed.args["invoice_date"])
            _count(due, case.terms[deed.args["engagement"]].entity, days)
    return Told(DAYS, _sums(there), _sums(due))


def billing_accuracy(books: Books) -> Told:
    """Invoices that were neither credited nor voided afterwards, over all, by legal entity."""
    case = books.case
    there: dict[str, list[int]] = {}
    for row in case.rows("erp.invoice").values():
        code = case.ref("erp.job", row["job"])
        if code in case.terms:
            right = not row["custbody_credited"] and row["status"] != "voided"
            _count(there, case.terms[str(code)].entity, int(right))
    corrected = {deed.args.get("bill") for deed in done_deeds(books) if any(word in deed.verb for word in _CORRECTING)}
    due: dict[str, list[int]] = {}
    for invoice in books.expected.invoices.values():
        if invoice.issued:
            _count(due, case.terms[invoice.engagement].entity, int(invoice.bill not in corrected))
    return Told(PERCENT, _sums(there), _sums(due))


def days_to_close(books: Books) -> Told:
    """Working days from the end of a month to its close in the ledger, by month; the calendar of the first entity."""
    case = books.case
    country, epoch = case.plan.firm.entities[0].country, case.epoch
    there: dict[str, tuple[int, int]] = {}
    for record_id, row in case.rows("erp.accountingPeriod").items():
        closing = [
            change
            for change in case.changes_of.get(("erp.accountingPeriod", record_id), ())
            if change["after"].get("closed") and change["phase"] != "warmup"
        ]
        if row["closed"] and closing:
            on = moment(epoch, closing[-1]["t_us"]).date()
            there[row["startDate"][:7]] = (_workdays(country, date.fromisoformat(row["endDate"]), on), 1)
    due = {}
    for deed in done_deeds(books):
        if deed.verb == "close_ledger":
            year, month = map(int, deed.args["period"].split("-"))
            end = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
            due[deed.args["period"]] = (_workdays(country, end, moment(epoch, books.ended_us[deed.label]).date()), 1)
    return Told(DAYS, there, due)


def _count(sums: dict[str, list[int]], part: str, value: int) -> None:
    total = sums.setdefault(part, [0, 0])
    total[0] += value
    total[1] += 1


def _days(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def _workdays(country: str, after: date, through: date) -> int:
    days = (after + timedelta(days=number) for number in range(1, (through - after).days + 1))
    return sum(is_workday(country, day) for day in days)


def _sums(counted: dict[str, list[int]]) -> Tally:
    return {part: (sums[0], sums[1]) for part, sums in counted.items()}
