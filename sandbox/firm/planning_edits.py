"""What happens to a pre-bill between draft and approval, and to invoices after it: the deeds of partner and finance."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sandbox.core.calendars import workdays
from sandbox.core.periods import Period
from sandbox.firm.planning_office import Office
from sandbox.plan import Deed, Hold, ScriptedEngagement, TimeTransfer


def edit_deeds(
    office: Office, terms: ScriptedEngagement, period: Period, bill: str, drafted_on: date
) -> Iterable[Deed]:
    """Time held back and amounts written down, on the afternoon of the draft."""
    for number, hold in enumerate(terms.holds, start=1):
        if hold.first not in period:
            continue
        args = {"engagement": terms.code, "bill": bill, "refs": refs_of(office, terms, hold), "reason": hold.reason}
        yield office.deed(
            f"hold {number} of {bill}", terms.approver, "hold_time", drafted_on, "13:30", args, after=(f"draft {bill}",)
        )
    for number, each in enumerate(terms.write_downs, start=1):
        if Period.parse(each.month) != period:
            continue
        args = {"engagement": terms.code, "bill": bill, "amount": str(each.amount), "reason": each.reason}
        yield office.deed(
            f"write down {number} of {bill}",
            terms.approver,
            "write_down",
            drafted_on,
            "14:30",
            args,
            after=(f"draft {bill}",),
        )


def credit_deeds(office: Office, terms: ScriptedEngagement) -> Iterable[Deed]:
    """Credits of invoices, and time moved to another engagement, credited before when it was billed."""
    finance = f"finance-{terms.entity.lower()}"
    for number, each in enumerate(terms.credits, start=1):
        args: dict[str, Any] = {
            "engagement": terms.code,
            "bill": each.bill,
            "reason": each.reason,
            "amount": str(each.amount),
        }
        if each.amount is None and each.person and each.first and each.last:
            del args["amount"]
            span = Hold(person=each.person, first=each.first, last=each.last, reason=each.reason)
            args |= {"refs": refs_of(office, terms, span)}
        label = f"credit {number} of {each.bill}"
        yield office.deed(label, finance, "credit", each.on, "11:00", args, after=(f"bill {each.bill}",))
    for number, move in enumerate(terms.transfers, start=1):
        refs, after = refs_of(office, terms, move), [f"staff {move.to}"]
        moved = {"engagement": terms.code, "to": move.to, "refs": refs, "reason": move.reason}
        if move.credited_on is not None:
            bill = f"{terms.code} {Period.of(move.first)}"
            after.append(f"credit for transfer {number} of {terms.code}")
            args = {"engagement": terms.code, "bill": bill, "reason": "billing_error", "refs": refs}
            yield office.deed(after[-1], finance, "credit", move.credited_on, "11:30", args, after=(f"bill {bill}",))
        label = f"transfer {number} of {terms.code}"
        yield office.deed(label, terms.approver, "transfer_time", move.moved_on, "15:00", moved, after=after)


def hold_deeds(office: Office, terms: ScriptedEngagement) -> Iterable[Deed]:
    """The client put on credit hold, and released."""
    finance = f"finance-{terms.entity.lower()}"
    for number, each in enumerate(terms.credit_holds, start=1):
        args = {"engagement": terms.code, "hold": True, "reason": each.reason}
        label = f"hold client of {terms.code} {number}"
        yield office.deed(label, finance, "set_credit_hold", each.on, "10:30", args, after=(f"sign {terms.code}",))
        if each.released_on is not None:
            free = {**args, "hold": False}
            yield office.deed(
                f"release client of {terms.code} {number}",
                finance,
                "set_credit_hold",
                each.released_on,
                "10:30",
                free,
                after=(label,),
            )


def refs_of(office: Office, terms: ScriptedEngagement, span: Hold | TimeTransfer) -> list[str]:
    """The bookings of a person in a span, by the rules of the engagement."""
    worked = {
        day
        for rule in terms.time
        if rule.person == span.person
        for day in workdays(office.entity_of(rule.person).country, rule.first, rule.last)
    }
    return [f"{span.person} {day} {terms.code}" for day in sorted(worked) if span.first <= day <= span.last]
