"""Pre-bills, write-offs, approvals, payments and the close: the deeds of finance (calendar: posting-map section 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sandbox.core.calendars import add_workdays, nth_workday
from sandbox.core.periods import Period
from sandbox.firm.planning_cash import cash_deeds
from sandbox.firm.planning_edits import credit_deeds, edit_deeds, hold_deeds
from sandbox.firm.planning_group import recharge_deeds, report_deeds, revaluation_deeds
from sandbox.firm.planning_office import Office
from sandbox.firm.planning_spend import is_rebilled
from sandbox.plan import Deed, ScriptedEngagement

# Workdays after the month's end: pre-bill drafted, partner's edits, approved; revenue run; close.
DRAFT_WD, APPROVE_WD, RUN_WD, CLOSE_WD = 3, 7, 4, 5


def billing_deeds(office: Office, engagements: Sequence[ScriptedEngagement], booked: Sequence[Deed]) -> list[Deed]:
    """Every pre-bill of every engagement, until its invoice is paid."""
    deeds: list[Deed] = []
    for terms in engagements:
        if terms.kind in ("time_and_materials", "capped_time"):
            for text in office.scenario.close:
                deeds += _time_deeds(office, terms, Period.parse(text), booked)
        elif terms.is_by_milestone:
            deeds += _milestone_deeds(office, terms)
        else:
            deeds += _instalment_deeds(office, terms)
        deeds += _expense_deeds(office, terms, booked)
        deeds += credit_deeds(office, terms)
        deeds += hold_deeds(office, terms)
    return deeds


def _time_deeds(office: Office, terms: ScriptedEngagement, period: Period, booked: Sequence[Deed]) -> Iterable[Deed]:
    country = office.entity(terms.entity).country
    drafted_on = nth_workday(country, period.next(), DRAFT_WD)
    approved_on = nth_workday(country, period.next(), APPROVE_WD)
    finance = f"finance-{terms.entity.lower()}"
    bill = f"{terms.code} {period}"
    args = {"engagement": terms.code, "bill": bill, "through": period.last.isoformat()}
    yield office.deed(f"draft {bill}", finance, "draft_time", drafted_on, "10:00", args, after=(f"sign {terms.code}",))
    for ref, reason in _write_offs(office, terms, period, booked):
        yield office.deed(
            f"write off {ref}",
            office.approver_on(terms.approver, drafted_on),
            "write_off",
            drafted_on,
            "14:00",
            {"engagement": terms.code, "ref": ref, "reason": reason},
            after=(f"draft {bill}",),
        )
    yield from edit_deeds(office, terms, period, bill, drafted_on)
    yield from issue_deeds(office, terms, bill, approved_on, "draft")


def _write_offs(
    office: Office, terms: ScriptedEngagement, period: Period, booked: Sequence[Deed]
) -> Iterable[tuple[str, str]]:
    if office.is_scripted(terms):
        for each in terms.write_offs:
            if each.on in period:
                yield f"{each.person} {each.on} {terms.code}", each.reason
        return
    percent = office.scenario.habits.write_off_percent
    for booking in _billable(booked, terms.code, period):
        if office.stream("write-off", booking["ref"]).below(100) < percent:
            yield booking["ref"], "not chargeable"


def _billable(booked: Sequence[Deed], engagement: str, period: Period) -> Iterable[Mapping[str, Any]]:
    """The billable time of an engagement and a month, as it was booked."""
    for deed in booked:
        for sheet in deed.args["sheets"] if deed.verb == "book" else ():
            if sheet["engagement"] == engagement:
                for booking in sheet["bookings"]:
                    if booking["billable"] and date.fromisoformat(booking["on"]) in period:
                        yield booking


def _instalment_deeds(office: Office, terms: ScriptedEngagement) -> Iterable[Deed]:
    country = office.entity(terms.entity).country
    finance = f"finance-{terms.entity.lower()}"
    for number, instalment in enumerate(terms.instalments, start=1):
        drafted_on = add_workdays(country, instalment.on, 0)
        if drafted_on > office.last_day:
            continue
        bill = f"{terms.code} instalment {number}"
        args = {"engagement": terms.code, "bill": bill, "amount": str(instalment.amount)}
        yield office.deed(
            f"draft {bill}", finance, "draft_fixed", drafted_on, "10:00", args, after=(f"sign {terms.code}",)
        )
        yield from issue_deeds(office, terms, bill, add_workdays(country, drafted_on, 1), "draft")


def _milestone_deeds(office: Office, terms: ScriptedEngagement) -> Iterable[Deed]:
    """The client looks, perhaps sends back, and accepts; the working day after it is on a pre-bill."""
    country = office.entity(terms.entity).country
    finance = f"finance-{terms.entity.lower()}"
    after = [f"staff {terms.code}"]
    for fact in terms.acceptances:
        args = {"engagement": terms.code, "milestone": fact.milestone, "on": fact.on.isoformat()}
        accept = f"accept {terms.code} {fact.milestone}"
        if fact.rejected_on is not None:
            reject = f"send back {terms.code} {fact.milestone}"
            yield office.deed(reject, terms.approver, "reject_milestone", fact.rejected_on, "11:00", args, after=after)
            after = [reject]
        yield office.deed(accept, terms.approver, "accept_milestone", fact.on, "15:00", args, after=after)
        drafted_on = add_workdays(country, fact.on, 1)
        if drafted_on > office.last_day:
            continue
        bill = f"{terms.code} {fact.milestone}"
        args = {"engagement": terms.code, "bill": bill, "milestone": fact.milestone}
        yield office.deed(f"draft {bill}", finance, "draft_milestone", drafted_on, "10:00", args, after=(accept,))
        yield from issue_deeds(office, terms, bill, add_workdays(country, drafted_on, 1), "draft")


def _expense_deeds(office: Office, terms: ScriptedEngagement, booked: Sequence[Deed]) -> Iterable[Deed]:
    """What was spent for the client in a month is billed with its time, else on a pre-bill of its own."""
    if terms.kind in ("time_and_materials", "capped_time"):
        return
    country, finance = office.entity(terms.entity).country, f"finance-{terms.entity.lower()}"
    for text in office.scenario.close:
        period = Period.parse(text)
        drafted_on = nth_workday(country, period.next(), DRAFT_WD)
        bill = f"{terms.code} expenses {period}"
        args = {"engagement": terms.code, "bill": bill, "through": period.last.isoformat()}
        after = (f"sign {terms.code}",)
        draft = office.deed(f"draft {bill}", finance, "draft_expenses", drafted_on, "10:30", args, after=after)
        if not is_rebilled(terms.code, booked, period.last, draft.due_us):
            continue
        yield draft
        yield from issue_deeds(office, terms, bill, nth_workday(country, period.next(), APPROVE_WD), "draft")


def issue_deeds(office: Office, terms: ScriptedEngagement, bill: str, approved_on: date, draft: str) -> Iterable[Deed]:
    """The partner's approval of a pre-bill that deed ``draft`` made, and the client's payment."""
    args = {"engagement": terms.code, "bill": bill, "invoice_date": approved_on.isoformat()}
    yield office.deed(
        f"bill {bill}",
        office.approver_on(terms.approver, approved_on),
        "approve_bill",
        approved_on,
        "11:00",
        args,
        after=(f"{draft} {bill}",),
    )
    if terms.pays_after_days is None:
        return
    paid_on = approved_on + timedelta(days=terms.pays_after_days)
    if paid_on > office.last_day - timedelta(days=2):
        # The bank line would not be matched inside the scenario: the client pays after it.
        return
    yield from cash_deeds(office, terms, {**args, "paid_on": paid_on.isoformat()})


def closing_deeds(office: Office, before: Mapping[str, Sequence[str]] | None = None) -> Iterable[Deed]:
    """Revenue run, netting and close of every month the scenario closes; ``before`` names, by month, what its ledger
    waits for."""
    for text in office.scenario.close:
        period = Period.parse(text)
        closed: list[str] = []
        for entity in office.firm.entities:
            run_on = nth_workday(entity.country, period.next(), RUN_WD)
            close_on = nth_workday(entity.country, period.next(), CLOSE_WD)
            args = {"org": entity.code, "period": text}
            run = f"run {entity.code} {text}"
            yield office.deed(run, "revenue-accountant", "run_period", run_on, "17:00", args)
            close = f"close revenue {entity.code} {text}"
            closed.append(close)
            yield office.deed(close, "revenue-accountant", "close_revenue", close_on, "15:00", args, after=(run,))
        last = max(nth_workday(entity.country, period.next(), CLOSE_WD) for entity in office.firm.entities)
        # After every revenue run, before the ledger closes (posting-map section 4).
        for deeds in (recharge_deeds(office, text, last), revaluation_deeds(office, text, last, closed)):
            posting = list(deeds)
            yield from posting
            closed += [deed.label for deed in posting]
        close = f"close ledger {text}"
        after = (*closed, *(before or {}).get(text, ()))
        yield office.deed(close, "controller", "close_ledger", last, "18:00", {"period": text}, after=after)
        yield from report_deeds(office, text, last, close)
