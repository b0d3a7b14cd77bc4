"""Change orders: signed by the client and entered by sales, approved in the PSA by the project lead, billed, and
decided by the revenue accountant.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from sandbox.core.calendars import add_workdays
from sandbox.firm.planning_billing import issue_deeds
from sandbox.firm.planning_office import Office
from sandbox.plan import ChangeOrder, Deed, ScriptedEngagement


def change_deeds(office: Office, engagements: Sequence[ScriptedEngagement]) -> list[Deed]:
    """Every change order of every engagement, in the order sales enters them."""
    deeds: list[Deed] = []
    for terms in engagements:
        price = terms.price
        for change in sorted(terms.change_orders, key=_entered):
            price += change.price + change.bonus
            deeds += _deeds_of(office, terms, change, price)
    return deeds


def _entered(change: ChangeOrder) -> date:
    return change.entered_on or change.signed


def _deeds_of(office: Office, terms: ScriptedEngagement, change: ChangeOrder, price: Decimal) -> Iterable[Deed]:
    about = {"engagement": terms.code, "number": change.number}
    line = {"line": terms.change_line(change.number)} if change.treatment == "separate" else {}
    signed = f"sign {terms.code} {change.number}"
    args = {
        **about,
        "on": change.signed.isoformat(),
        "price": str(change.price),
        "bonus": str(change.bonus),
        "minutes": change.minutes,
        "end": change.end.isoformat() if change.end else None,
        "treatment": change.treatment,
        **line,
    }
    sales, entity = f"sales-{terms.entity.lower()}", office.entity(terms.entity)
    yield office.deed(
        signed, sales, "sign_change_order", _entered(change), "10:00", args, after=(f"staff {terms.code}",)
    )
    yield office.deed(
        f"approve {terms.code} {change.number}",
        terms.approver,
        "approve_change",
        _entered(change),
        "15:00",
        {**about, "price": str(price)},
        after=(signed,),
    )
    yield office.deed(
        f"decide {terms.code} {change.number}",
        "revenue-accountant",
        "decide_change",
        change.decided_on,
        "11:00",
        {**about, "on": change.signed.isoformat(), "treatment": change.treatment, **line},
        after=(signed,),
    )
    if change.billed_on is not None:
        drafted_on = add_workdays(entity.country, change.billed_on, 0)
        bill = f"{terms.code} {change.number}"
        drafted = {"engagement": terms.code, "bill": bill, "amount": str(change.price), **line}
        finance = f"finance-{terms.entity.lower()}"
        yield office.deed(f"draft {bill}", finance, "draft_fixed", drafted_on, "10:00", drafted, after=(signed,))
        yield from issue_deeds(office, terms, bill, add_workdays(entity.country, drafted_on, 1), "draft")
