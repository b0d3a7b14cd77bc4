"""Expenses and subcontractors' bills: who lays out what, hands it in, and who approves it.

Scripted ones are as written. Generated ones follow the glossary (section 4): a share of the fees, most of it for the
client, receipts about ten days late.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sandbox.core.chance import Stream
from sandbox.core.money import exponent, round_half_away
from sandbox.firm.planning_office import Office
from sandbox.plan import Deed, ScriptedEngagement, Spending, Subcontract

# Of a hundred weekly sheets these come with an expense, so that each is worth writing down: assumed.
_SHEETS_WITH_EXPENSES = 30
# Categories with their weight, and whether the receipt bears the tax of the country: assumed.
_CATEGORIES = (("Travel", 5), ("Lodging", 3), ("Food", 2))
_TAXED = ("Lodging", "Food")
# Days from the expense to the report, ten in the middle.
_LAG_DAYS = (3, 17)


@dataclass(frozen=True, slots=True)
class Report:
    """What one person hands in at once for one engagement; ``title`` is what the approver sees."""

    title: str
    engagement: str
    person: str
    booked_on: date
    approved_on: date
    spendings: tuple[Spending, ...]


def spending_deeds(office: Office, engagements: Sequence[ScriptedEngagement], booked: Sequence[Deed]) -> list[Deed]:
    """Every expense report and every subcontractor's bill."""
    terms = {each.code: each for each in engagements}
    deeds: list[Deed] = []
    for report in (*_scripted(office), *_generated(office, terms, booked)):
        deeds += _report_deeds(office, terms[report.engagement], report)
    for each in office.scenario.scripted:
        for bill in each.subcontracts:
            deeds += _bill_deeds(office, each, bill)
    return deeds


def is_rebilled(engagement: str, deeds: Sequence[Deed], through: date, before_us: int) -> bool:
    """Whether anything of up to a day that the client of an engagement pays is approved before an instant."""
    entered: set[str] = set()
    for deed in deeds:
        spent = deed.args["expenses"] if deed.verb == "spend" else [deed.args] if deed.verb == "receive_bill" else ()
        if any(each["billable"] and date.fromisoformat(each["on"]) <= through for each in spent):
            entered.add(deed.label)
    return any(
        deed.verb in ("approve_expenses", "approve_subcontract")
        and deed.args["engagement"] == engagement
        and deed.due_us < before_us
        and not entered.isdisjoint(deed.after)
        for deed in deeds
    )


# -- what is spent -----------------------------------------------------------------------------------------------------


def _scripted(office: Office) -> Iterable[Report]:
    for terms in office.scenario.scripted:
        reports: dict[tuple[str, date, date], list[Spending]] = {}
        for number, each in enumerate(terms.expenses, start=1):
            at = (each.person, each.booked_on, each.approved_on)
            fields = each.model_dump(include={"on", "category", "net", "tax", "billable"})
            reports.setdefault(at, []).append(Spending(ref=f"{terms.code} X{number}", **fields))
        for number, ((person, booked_on, approved_on), spendings) in enumerate(reports.items(), start=1):
            title = f"{terms.code} {person} expenses {number}"
            yield Report(title, terms.code, person, booked_on, approved_on, tuple(spendings))


def _generated(office: Office, terms: dict[str, ScriptedEngagement], booked: Sequence[Deed]) -> Iterable[Report]:
    if not office.scenario.habits.expense_percent:
        return
    for deed in booked:
        for sheet in deed.args["sheets"] if deed.verb == "book" else ():
            engagement = terms[sheet["engagement"]]
            entity = office.entity(engagement.entity)
            # Money laid out in another currency is not carried: see the decision on expenses.
            at_home = office.entity_of(deed.person) == entity and engagement.currency in (None, entity.currency)
            stream = office.stream("expense", sheet["title"])
            if office.is_scripted(engagement) or not at_home or stream.below(100) >= _SHEETS_WITH_EXPENSES:
                continue
            spending = _invented(office, engagement, sheet, stream)
            if spending is not None:
                title = f"{sheet['title']} expenses"
                yield _handed_in(office, title, engagement, deed.person, spending, stream)


def _invented(office: Office, terms: ScriptedEngagement, sheet: dict[str, Any], stream: Stream) -> Spending | None:
    """An expense of a week, in proportion to its fees."""
    entity = office.entity(terms.entity)
    bookings = [booking for booking in sheet["bookings"] if booking["billable"]]
    fees = sum((_fee(office, terms, booking) for booking in bookings), Decimal(0))
    share = Decimal(office.scenario.habits.expense_percent) / _SHEETS_WITH_EXPENSES
    places = exponent(entity.currency)
    net = round_half_away(fees * share * stream.between(60, 140) / 100, places)
    if net <= 0:
        return None
    category = stream.weighted(_CATEGORIES)
    return Spending(
        ref=f"{sheet['title']} {category.lower()}",
        on=date.fromisoformat(stream.choice(bookings)["on"]),
        category=category,
        net=net,
        tax=round_half_away(net * entity.tax_rate, places) if category in _TAXED else Decimal(0),
        billable=stream.below(100) < office.scenario.habits.rebillable_percent,
    )


def _fee(office: Office, terms: ScriptedEngagement, booking: dict[str, Any]) -> Decimal:
    entity, day = office.entity(terms.entity), date.fromisoformat(booking["on"])
    tables = [table for table in office.firm.rates_of(entity, entity.currency) if table.effective <= day]
    rates = max(tables, key=lambda table: table.effective).rates
    fee: Decimal = booking["minutes"] * rates[booking["role"]] / 60
    return fee


def _handed_in(
    office: Office, title: str, terms: ScriptedEngagement, person: str, spending: Spending, stream: Stream
) -> Report:
    booked_on = office.next_workday(person, spending.on + timedelta(days=stream.between(*_LAG_DAYS)), 0)
    # Whoever leaves hands everything in before the door closes.
    booked_on = min(booked_on, office.last_day_of(person))
    approved_on = office.next_workday(terms.approver, booked_on, 1 + stream.below(3))
    return Report(title, terms.code, person, booked_on, approved_on, (spending,))


# -- deeds -------------------------------------------------------------------------------------------------------------


def _report_deeds(office: Office, terms: ScriptedEngagement, report: Report) -> Iterable[Deed]:
    args: dict[str, Any] = {"engagement": terms.code, "title": report.title}
    spent = {**args, "expenses": [each.model_dump(mode="json") for each in report.spendings]}
    spend, after = f"spend {report.title}", (f"staff {terms.code}",)
    yield office.deed(spend, report.person, "spend", report.booked_on, "17:15", spent, after=after)
    approve = f"approve {report.title}"
    yield office.deed(approve, terms.approver, "approve_expenses", report.approved_on, "17:45", args, after=(spend,))


def _bill_deeds(office: Office, terms: ScriptedEngagement, bill: Subcontract) -> Iterable[Deed]:
    finance, country = f"finance-{terms.entity.lower()}", bill.country or office.entity(terms.entity).country
    args: dict[str, Any] = {"engagement": terms.code, "supplier": bill.supplier, "number": bill.number}
    fields = bill.model_dump(mode="json", include={"on", "net", "tax", "billable"})
    receive, after = f"receive {bill.supplier} {bill.number}", (f"sign {terms.code}",)
    received = {**args, **fields, "country": country}
    yield office.deed(receive, finance, "receive_bill", bill.received_on, "10:15", received, after=after)
    approve = f"approve {bill.supplier} {bill.number}"
    yield office.deed(approve, terms.approver, "approve_subcontract", bill.approved_on, "15:15", args, after=(receive,))
