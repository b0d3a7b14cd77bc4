"""Figures of work: utilisation, realisation, work in progress, what is unbilled, ready to bill, or not posted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from sandbox.checks import workforce
from sandbox.checks.books import Books
from sandbox.checks.business_figures.engagements import by_currency, of_kind
from sandbox.checks.business_figures.figure import CURRENCY, MINUTES, PERCENT, Tally, Told, ratio, whole
from sandbox.checks.derived import issued, value_of
from sandbox.checks.expected_books import Card
from sandbox.checks.expected_books.rates import rate_on
from sandbox.checks.ledger import to_minor
from sandbox.core.calendars import workdays
from sandbox.core.clock import moment
from sandbox.core.money import SCALE, exponent, line_net_minor, to_scaled
from sandbox.core.observe import Row
from sandbox.core.periods import Period

_TIME = "time_and_materials"
# A full day of work: assumed, as by I30.
_DAY_MINUTES = 480


def utilisation(books: Books) -> Told:
    """Approved billable minutes over available minutes by legal entity, leave taken off: by PSA and HRIS, and by what
    people did (I30 compares both parts by grade and month)."""
    case = books.case
    first, last = case.plan.start, case.plan.start + timedelta(microseconds=case.plan.end_us)
    jobs = workforce.jobs(case, first, last)
    systems = ratio(_by_entity(workforce.billable(case, jobs)), _by_entity(workforce.available(case, jobs)))
    return Told(PERCENT, systems, ratio(_by_entity(books.expected.billable), _by_entity(books.expected.available)))


def _by_entity(parts: Mapping[tuple[str, str, str], int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for (entity, _, _), minutes in parts.items():
        _add(found, entity, minutes)
    return found


def realisation(books: Books) -> Told:
    """Invoiced net of hourly work, without expenses, over what its hours, billed or written off, are worth at contract
    rates."""
    case = books.case
    due: dict[str, int] = {}
    for invoice in books.expected.invoices.values():
        if invoice.issued and of_kind(case.terms.get(invoice.engagement), _TIME):
            _add(due, books.currency[invoice.engagement], invoice.net - invoice.spent)
    worth: dict[str, int] = {}
    for card in _cards(books):
        if card.billed is not None or card.written_off_us is not None:
            _add(worth, books.currency[card.engagement], card.value)
    return Told(PERCENT, _realised(books), ratio(due, worth))


def _realised(books: Books) -> Tally:
    """From the ERP's invoices and time, and what the PSA wrote off."""
    case = books.case
    net: dict[str, int] = {}
    for row in case.rows("erp.invoice").values():
        code = case.ref("erp.job", row["job"])
        if of_kind(case.terms.get(code or ""), _TIME):
            _add(net, books.currency[str(code)], to_minor(case, row["subtotal"], books.currency[str(code)]))
    for (code, _), month in books.actual.items():
        if month.expense_billed and of_kind(case.terms.get(code), _TIME):
            _add(net, books.currency[code], -month.expense_billed)
    value: dict[str, int] = {}
    for row, code in _erp_time(books):
        if row["invoice"] is not None:
            _add(value, books.currency[code], _erp_value(row, books.currency[code]))
    for entry, code in _entries(books):
        if entry["written_off"]:
            places = exponent(books.currency[code])
            _add(value, books.currency[code], line_net_minor(entry["time_in_minutes"], entry["rate"], places))
    return ratio(net, value)


def wip(books: Books) -> Told:
    """Hourly work that is booked, neither invoiced nor given up, at contract rates, approved or not."""
    case = books.case
    bills = issued(case)
    there: dict[str, int] = {}
    for entry, code in _entries(books):
        if entry["invoice_id"] not in bills:
            _add(there, code, _psa_value(entry, books.currency[code]))
    due: dict[str, int] = {}
    for card in books.expected.cards.values():
        counts = of_kind(case.terms.get(card.engagement), _TIME) and card.billable
        if counts and card.billed is None and card.written_off_us is None:
            _add(due, card.engagement, card.value if card.period is not None else _worth(books, card))
    return Told(CURRENCY, by_currency(books, there), by_currency(books, due))


def unbilled(books: Books) -> Told:
    """Hourly work that is approved and in the ERP, neither invoiced nor given up, at contract rates."""
    there: dict[str, int] = {}
    for row, code in _erp_time(books):
        if row["invoice"] is None:
            _add(there, code, _erp_value(row, books.currency[code]))
    due: dict[str, int] = {}
    for card in _cards(books):
        if card.billed is None and card.written_off_us is None:
            _add(due, card.engagement, card.value)
    return Told(CURRENCY, by_currency(books, there), by_currency(books, due))


def billing_readiness(books: Books) -> Told:
    """Of unbilled hourly work of months that are over, what meets every gate: approved, priced, and in the ERP."""
    case = books.case
    last = Period.of(moment(case.epoch, case.plan.end_us).date()).previous().last.isoformat()
    bills = issued(case)
    posted = {case.ref("erp.timeBill", each) for each in case.rows("erp.timeBill")}
    ready: dict[str, int] = {}
    open_: dict[str, int] = {}
    for entry, code in _entries(books):
        if entry["invoice_id"] in bills or entry["date_performed"] > last:
            continue
        currency, value = books.currency[code], _psa_value(entry, books.currency[code])
        _add(open_, currency, value)
        _add(ready, currency, value if entry["approved"] and entry["id"] in posted else 0)
    gated: dict[str, int] = {}
    due: dict[str, int] = {}
    for card in books.expected.cards.values():
        counts = of_kind(case.terms.get(card.engagement), _TIME) and card.billable and card.on.isoformat() <= last
        if counts and card.billed is None and card.written_off_us is None:
            value = card.value if card.period is not None else _worth(books, card)
            _add(due, books.currency[card.engagement], value)
            _add(gated, books.currency[card.engagement], value if card.period is not None else 0)
    return Told(PERCENT, ratio(ready, open_), ratio(gated, due))


def unposted_time(books: Books) -> Told:
    """Minutes that are approved in the PSA and not in the ERP, by legal entity of the engagement."""
    case = books.case
    posted = {case.ref("erp.timeBill", each) for each in case.rows("erp.timeBill")}
    entities = [entity.code for entity in case.plan.firm.entities]
    there, due = dict.fromkeys(entities, 0), dict.fromkeys(entities, 0)
    for entry in case.rows("psa.time_entry").values():
        terms = case.terms.get(case.ref("psa.workspace", entry["workspace_id"]) or "")
        if terms is not None and entry["approved"] and entry["id"] not in posted:
            there[terms.entity] += entry["time_in_minutes"]
    for card in books.expected.cards.values():
        if card.approved_us is not None and card.period is None:
            due[case.terms[card.engagement].entity] += card.minutes
    return Told(MINUTES, whole(there), whole(due))


# -- inside ------------------------------------------------------------------------------------------------------------


def _add(sums: dict[str, int], part: str, value: int) -> None:
    sums[part] = sums.get(part, 0) + value


def _available(books: Books, people: Iterable[tuple[str, str, str | None]]) -> Mapping[str, int]:
    """Available minutes by entity from who is employed where from when to when."""
    plan = books.case.plan
    first, last = plan.start, date.fromordinal(moment(books.case.epoch, plan.end_us).date().toordinal() - 1)
    days = {
        entity.code: [day.isoformat() for day in workdays(entity.country, first, last)] for entity in plan.firm.entities
    }
    found: dict[str, int] = {}
    for entity, hired, left in people:
        count = sum(hired <= day and (left is None or day <= left) for day in days.get(entity, ()))
        _add(found, entity, count * _DAY_MINUTES)
    return found


def _entries(books: Books) -> Iterable[tuple[Row, str]]:
    """(Time entry, engagement) of hourly work that is billable, or was until it was written off."""
    case = books.case
    for entry in case.rows("psa.time_entry").values():
        code = case.ref("psa.workspace", entry["workspace_id"])
        if of_kind(case.terms.get(code or ""), _TIME) and (entry["billable"] or entry["written_off"]):
            yield entry, str(code)


def _erp_time(books: Books) -> Iterable[tuple[Row, str]]:
    """(Time record, engagement) of billable hourly work."""
    case = books.case
    for row in case.rows("erp.timeBill").values():
        code = case.ref("erp.job", row["customer"])
        if row["isBillable"] and of_kind(case.terms.get(code or ""), _TIME):
            yield row, str(code)


def _cards(books: Books) -> Iterable[Card]:
    """Approved billable cards of hourly work that can be posted."""
    for card in books.expected.cards.values():
        if card.billable and card.period is not None and of_kind(books.case.terms.get(card.engagement), _TIME):
            yield card


def _psa_value(entry: Row, currency: str) -> int:
    """Minor units; nothing for what was written off."""
    return int(value_of(entry) * 10 ** exponent(currency) // SCALE)


def _erp_value(row: Row, currency: str) -> int:
    return line_net_minor(row["hours"], row["rate"] or 0, exponent(currency))


def _worth(books: Books, card: Card) -> int:
    """What a card nobody has approved yet is worth, nothing for a role without a rate."""
    plan, currency = books.case.plan, books.currency[card.engagement]
    tables = plan.firm.rates_of(plan.entity(books.case.terms[card.engagement].entity), currency)
    if not any(card.role in table.rates for table in tables):
        return 0
    return line_net_minor(card.minutes, to_scaled(rate_on(tables, card.role, card.on)), exponent(currency))
