"""Figures of engagements: backlog, revenue, position, margin and how far it is from the plan, by currency."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from sandbox.checks.books import Books
from sandbox.checks.business_figures.done import done_deeds
from sandbox.checks.business_figures.figure import CURRENCY, POINTS, Tally, Told, whole
from sandbox.checks.expected_books import Month
from sandbox.checks.expected_books.rates import rate_on, to_minor
from sandbox.checks.ledger import to_minor as of_scaled
from sandbox.core.money import exponent, line_net_minor, to_scaled
from sandbox.core.periods import Period
from sandbox.plan import Terms

Months = Mapping[tuple[str, Period], Month]


def backlog(books: Books) -> Told:
    """Signed price less revenue to date, of contracts that are signed: the CRM's amounts and the ledger's revenue, but
    for expenses that were billed on."""
    case = books.case
    sold = {
        row["Engagement_Code__c"]: of_scaled(case, row["Amount"] or 0, row["CurrencyIsoCode"])
        for row in case.rows("crm.Opportunity").values()
        if row["StageName"] == "Closed Won" and row["Engagement_Code__c"] in case.terms
    }
    earned = _to_date(books.actual, _of_price)
    systems = {code: price - earned.get(code, 0) for code, price in sold.items()}
    due = _to_date(books.expected.months, _of_price)
    signed = {deed.args["engagement"] for deed in done_deeds(books) if deed.verb == "sign"}
    deeds = {
        code: to_minor(terms.price, books.currency[code]) - due.get(code, 0)
        for code, terms in case.terms.items()
        if code in signed
    }
    return Told(CURRENCY, by_currency(books, systems), by_currency(books, deeds))


def recognised_revenue(books: Books) -> Told:
    """Revenue to date, from the ledger's income accounts."""
    return _of_months(books, lambda month: month.revenue)


def margin(books: Books) -> Told:
    """Revenue less direct cost of labour, own and charged by other entities, of subcontractors and expenses, both to
    date; engagements whose cost is kept in another currency left out."""
    return _of_months(
        books, lambda month: month.revenue - month.direct_cost, lambda code: _is_one_currency(books, code)
    )


def deferred_revenue(books: Books) -> Told:
    """What is billed and not yet recognised, engagement by engagement."""
    return _of_positions(books, lambda position: max(position, 0))


def contract_assets(books: Books) -> Told:
    """What is recognised and not yet billed, engagement by engagement."""
    return _of_positions(books, lambda position: max(-position, 0))


def margin_variance(books: Books) -> Told:
    """Margin of the months with revenue less the margin planned for their engagements, in points. Planned is the price
    less the hours it was sold on at the mean standard cost rate of its team when it starts."""
    planned = {True: _planned_by_systems(books), False: _planned_by_terms(books)}
    months = {True: books.actual, False: books.expected.months}
    systems, deeds = (_variance(books, months[side], planned[side]) for side in (True, False))
    return Told(POINTS, systems, deeds)


# -- inside ------------------------------------------------------------------------------------------------------------


def by_currency(books: Books, by_engagement: Mapping[str, int]) -> Tally:
    """Sums over engagements by the currency they are agreed in; every currency of the firm's contracts is there."""
    found = dict.fromkeys(sorted(set(books.currency.values())), 0)
    for code, amount in by_engagement.items():
        found[books.currency[code]] += amount
    return whole(found)


def _to_date(months: Months, part: Callable[[Month], int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for (code, _), month in months.items():
        found[code] = found.get(code, 0) + part(month)
    return found


def _of_months(books: Books, part: Callable[[Month], int], counts: Callable[[str], bool] = lambda code: True) -> Told:
    sides = (
        {code: value for code, value in _to_date(months, part).items() if code in books.currency and counts(code)}
        for months in (books.actual, books.expected.months)
    )
    systems, deeds = (by_currency(books, side) for side in sides)
    return Told(CURRENCY, systems, deeds)


def _of_positions(books: Books, part: Callable[[int], int]) -> Told:
    sides = []
    for months in (books.actual, books.expected.months):
        last: dict[str, tuple[Period, int]] = {}
        for (code, period), month in months.items():
            if code in books.currency and (code not in last or last[code][0] < period):
                last[code] = (period, month.position)
        sides.append(by_currency(books, {code: part(position) for code, (_, position) in last.items()}))
    return Told(CURRENCY, sides[0], sides[1])


def _of_price(month: Month) -> int:
    return month.revenue - month.passed_on


def _is_one_currency(books: Books, code: str) -> bool:
    return books.currency[code] == books.case.plan.entity(books.case.terms[code].entity).currency


def _is_lent(books: Books, code: str) -> bool:
    """Whether its team is paid in several currencies: their mean cost rate is none."""
    plan, terms = books.case.plan, books.case.terms[code]
    homes = {plan.people[person].entity for person in terms.team} | {terms.entity}
    return len({plan.entity(home).currency for home in homes}) > 1


# -- what was planned --------------------------------------------------------------------------------------------------


def _variance(books: Books, months: Months, planned: Mapping[str, tuple[int, int]]) -> Tally:
    """Per currency, as one fraction: (margin - planned margin)."""
    months = {key: month for key, month in months.items() if month.revenue}
    revenue = _to_date(months, lambda month: month.revenue)
    cost = _to_date(months, lambda month: month.direct_cost)
    sums: dict[str, list[int]] = {}
    for code, (price, planned_cost) in planned.items():
        if revenue.get(code, 0) and price and _is_one_currency(books, code) and not _is_lent(books, code):
            parts = (revenue[code], cost.get(code, 0), price, planned_cost)
            total = sums.setdefault(books.currency[code], [0, 0, 0, 0])
            total[:] = [before + more for before, more in zip(total, parts, strict=True)]
    # (r - c) / r - (p - q) / p = (q r - c p) / (r p).
    return {
        currency: (planned_cost * earned - spent * price, earned * price)
        for currency, (earned, spent, price, planned_cost) in sorted(sums.items())
        if earned
    }


def _planned_by_terms(books: Books) -> dict[str, tuple[int, int]]:
    """Engagement -> (price, planned cost) in minor units, from contracts, the team and the firm's cost rates."""
    plan = books.case.plan
    found = {}
    for code, terms in books.case.terms.items():
        rates = []
        for person in terms.team:
            if _has_left(books, person):
                # Taken off the project, where the plan is read.
                continue
            member = plan.people[person]
            tables = [table for table in plan.firm.cost_rates if table.entity == member.entity]
            if any(table.effective <= terms.start for table in tables):
                rates.append(to_scaled(rate_on(tables, _grade_at(books, person, terms.start), terms.start)))
        currency = books.currency[code]
        found[code] = (to_minor(terms.price, currency), _cost(terms.budget_minutes, rates, currency))
    return found


def _has_left(books: Books, person: str) -> bool:
    """Whether somebody is not employed any more when the story ends."""
    standing = books.expected.standing
    last = max((day for who, day in standing if who == person), default=None)
    return last is not None and not standing[person, last].employed


def _grade_at(books: Books, person: str, day: date) -> str:
    """The grade somebody is hired with, or promoted to by a day."""
    grade = str(books.case.plan.people[person].grade)
    deeds = (deed for deed in books.case.plan.deeds if deed.verb == "promote" and deed.args.get("employee") == person)
    for deed in sorted(deeds, key=lambda deed: str(deed.args.get("effective"))):
        if deed.args.get("grade") and str(deed.args["effective"]) <= day.isoformat():
            grade = str(deed.args["grade"])
    return grade


def _planned_by_systems(books: Books) -> dict[str, tuple[int, int]]:
    """The same from the CRM's lines, the PSA's participants, HR's grades and the ERP's standard costs."""
    case = books.case
    budget: dict[str, int] = {}
    for line in case.rows("crm.OpportunityLineItem").values():
        minutes = (line["Budget_Hours__c"] or 0) * 60 // 10_000
        budget[line["OpportunityId"]] = budget.get(line["OpportunityId"], 0) + minutes
    team: dict[str, set[str]] = {}
    for row in case.rows("psa.participation").values():
        engagement, person = case.ref("psa.workspace", row["workspace_id"]), case.ref("psa.user", row["user_id"])
        if engagement is not None and person is not None:
            team.setdefault(engagement, set()).add(person)
    found = {}
    for opportunity_id, row in case.rows("crm.Opportunity").items():
        code = row["Engagement_Code__c"]
        if code not in case.terms:
            continue
        start = row["Project_Start__c"] or ""
        rates = [
            cost
            for person in sorted(team.get(code, set()) & set(case.terms[code].team))
            if (cost := _standard_cost(books, person, start)) is not None
        ]
        price = of_scaled(case, row["Amount"] or 0, row["CurrencyIsoCode"])
        found[code] = (price, _cost(budget.get(opportunity_id, 0), rates, books.currency[code]))
    return found


def _standard_cost(books: Books, person: str, day: str) -> int | None:
    case = books.case
    entity, grade = books.company_of.get(person), _hris_grades(books, person, day)
    versions = [
        (row["custrecord_effective"], row["custrecord_cost"])
        for row in case.rows("erp.customrecord_standard_cost").values()
        if row["custrecord_role"] == grade
        and case.ref("erp.subsidiary", row["custrecord_subsidiary"]) == entity
        and row["custrecord_effective"] <= day
    ]
    return int(max(versions)[1]) if versions else None


def _hris_grades(books: Books, person: str, day: str) -> str | None:
    """The grade HR shows for a day; of somebody who begins later the first one."""
    case = books.case
    wids = {wid for wid, row in case.rows("hris.worker").items() if row["employee_id"] == person}
    events = sorted(
        (event["effective_date"], event["entered_us"], event["grade"])
        for event in case.rows("hris.event").values()
        if event["worker_wid"] in wids and event["grade"] and event["status"] == "Successfully Completed"
    )
    held = [grade for effective, _, grade in events if effective <= day]
    return str(held[-1]) if held else str(events[0][2]) if events else None


def _cost(minutes: int, rates: Iterable[int], currency: str) -> int:
    """Minutes at the mean of hourly rates at 1e-4, in minor units."""
    known = list(rates)
    if not known:
        return 0
    return line_net_minor(minutes, sum(known) // len(known), exponent(currency))


def of_kind(terms: Terms | None, *kinds: str) -> bool:
    """Whether an engagement is charged in one of these ways."""
    return terms is not None and terms.kind in kinds
