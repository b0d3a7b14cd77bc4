"""Time at the close: what was expected, what was handed in, and the accruals that stand in for the rest."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from sandbox.checks.books import Books
from sandbox.checks.ledger import to_minor
from sandbox.checks.workforce import workers
from sandbox.core.calendars import workdays
from sandbox.core.clock import moment
from sandbox.core.money import exponent
from sandbox.report.pages.page import Page, Sum, Table, add, number, sums_of

_DAY_MINUTES = 480
_PLANNED = ("engagement", "month", "employer", "hours", "cost", "in", "revenue", "in", "journal", "made by")


def missing_time(books: Books) -> Page:
    """Expected less submitted hours by entity and month, and journals that reverse themselves."""
    case = books.case
    months, submitted = _expected(books), dict[tuple[str, str], int]()
    for entry in case.rows("psa.time_entry").values():
        person = case.ref("psa.user", entry["user_id"])
        if person in books.company_of and entry["recent_submission_id"]:
            at = (books.company_of[str(person)], entry["date_performed"][:7])
            submitted[at] = submitted.get(at, 0) + entry["time_in_minutes"]
    rows = []
    for at in sorted(months.keys() | submitted.keys()):
        wanted, there = months.get(at, 0), submitted.get(at, 0)
        rows.append((*at, *(_hours(minutes) for minutes in (wanted, there, wanted - there))))
    accruals, sums = _accruals(books)
    planned, prepared = _planned(books)
    columns = ("entity", "month", "expected", "submitted", "missing")
    approved, accounted = _approved(books)
    return Page(
        "missing_time",
        "Missing time",
        "Expected are eight hours on each working day while employed, from the HRIS and the calendars; leave is not "
        "taken off. Submitted is what stands on a sheet of the PSA.",
        (
            Table("", columns, 2, tuple(rows)),
            Table("Planned and missing at the cut-off", _PLANNED, 3, planned),
            Table("Accruals", ("journal", "month", "in", "amount", "reverses on", "reversed by"), 3, accruals),
        ),
        (Sum("approved hours are in the ERP or given up", _hours(approved), _hours(accounted)), *prepared, *sums),
    )


def _approved(books: Books) -> tuple[int, int]:
    """Approved minutes of the PSA; minutes of the ERP and of what became a dead letter."""
    case = books.case
    approved = {each: row for each, row in case.rows("psa.time_entry").items() if row["approved"]}
    given_up = sum(row["time_in_minutes"] for each, row in approved.items() if f"time:{each}" in case.letters)
    there = sum(row["hours"] for row in case.rows("erp.timeBill").values())
    return sum(row["time_in_minutes"] for row in approved.values()), there + given_up


def _expected(books: Books) -> dict[tuple[str, str], int]:
    case, plan = books.case, books.case.plan
    last = moment(case.epoch, plan.end_us).date() - timedelta(days=1)
    days = {
        entity.code: [day.isoformat() for day in workdays(entity.country, plan.start, last)]
        for entity in plan.firm.entities
    }
    found: dict[tuple[str, str], int] = {}
    for ref, row in workers(case).items():
        entity = books.company_of.get(ref, "?")
        for day in days.get(entity, ()):
            if row["hire_date"] <= day and (row["last_day"] is None or day <= row["last_day"]):
                found[entity, day[:7]] = found.get((entity, day[:7]), 0) + _DAY_MINUTES
    return found


def _planned(books: Books) -> tuple[tuple[tuple[str, ...], ...], tuple[Sum, ...]]:
    """What the engine found missing when it worked out a month, and how far finance posted what it prepared for the
    months that close. Journals of finance's own stand in for all of it."""
    case, plan = books.case, books.case.plan
    reports = {
        (entry["report"]["entity"], entry["report"]["period"]): entry["report"]
        for entry in case.history
        if entry["kind"] == "engine" and entry.get("event") == "close"
    }
    debits: dict[str, int] = {}
    for line in books.ledger.lines:
        add(debits, line.transaction, max(line.amount, 0))
    numbers = {row["tranId"]: each for each, row in case.rows("erp.journalEntry").items()}
    rows, due, posted = [], dict[str, int](), dict[str, int]()
    for (_, month), report in sorted(reports.items()):
        for each in report["accruals"]:
            terms, entity = case.terms[each["engagement"]], plan.entity(each["entity"])
            cost, value = Decimal(each["cost"]), Decimal(each["value"])
            stands_in = case.interface.missing_time is not None and terms.kind in case.interface.missing_time.estimates
            rows.append((terms.code, month, entity.code, _hours(each["minutes"]), f"{cost:,.2f}", entity.currency,
                         f"{value:,.2f}" if stands_in else "-", plan.currency_of(terms), each["journal"] or "-",
                         "finance" if each["by_hand"] else "engine"))  # fmt: skip
            if month in plan.close and not each["by_hand"]:
                add(due, entity.currency, int(cost.scaleb(exponent(entity.currency))))
                add(posted, entity.currency, debits.get(numbers.get(each["journal"], ""), 0))
    return tuple(rows), sums_of("accruals that were prepared are posted", due, posted)


def _accruals(books: Books) -> tuple[tuple[tuple[str, ...], ...], tuple[Sum, ...]]:
    """Journals with a day of reversal: their debits, and those of what reversed them."""
    case = books.case
    debits: dict[str, int] = {}
    for line in case.rows("erp.transactionLine").values():
        add(debits, line["transaction"], line["debit"] or 0)
    currencies = {record_id: row["symbol"] for record_id, row in case.rows("erp.currency").items()}
    journals = case.rows("erp.journalEntry")
    rows, there, back = [], dict[str, int](), dict[str, int]()
    today = moment(case.epoch, case.truth["end_us"]).date()
    for record_id, row in journals.items():
        if not row["reversalDate"]:
            continue
        currency, reversal = currencies[row["currency"]], journals.get(row["reversalEntry"] or "")
        amount = to_minor(case, debits.get(record_id, 0), currency)
        undone = row["tranDate"][:7]
        rows.append((row["tranId"], undone, currency, number(amount, currency), row["reversalDate"],
                     reversal["tranId"] if reversal else "-"))  # fmt: skip
        if date.fromisoformat(row["reversalDate"]) <= today:
            add(there, currency, amount)
            add(back, currency, to_minor(case, debits.get(row["reversalEntry"] or "", 0), currency))
    return tuple(rows), sums_of("accruals that are due to reverse are reversed", there, back)


def _hours(minutes: int) -> str:
    sign = "-" if minutes < 0 else ""
    return f"{sign}{abs(minutes) // 60}:{abs(minutes) % 60:02d}"
