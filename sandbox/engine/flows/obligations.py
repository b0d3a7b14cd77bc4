"""How contract lines become obligations of the revenue system: one a month for time, else one a line; milestones are
obligations of their own when they are earned by acceptance."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.core.periods import Period
from sandbox.engine.canonical import Deal
from sandbox.engine.connectors.revenue import Obligation
from sandbox.interface import Interface

BY_MONTH, BY_HOURS, BY_MILESTONE, HOURS_USED = "right_to_invoice", "percent_complete", "on_acceptance", "hours_used"


def deal_document(deal: Deal) -> dict[str, Any]:
    """What is kept of a deal that is set up, as JSON data."""
    return {
        "code": deal.code,
        "native_id": deal.native_id,
        "kind": deal.kind,
        "entity": deal.entity,
        "currency": deal.currency,
        "start": deal.start.isoformat(),
        "end": deal.end.isoformat(),
        "client_code": deal.client_code,
        "client_name": deal.client_name,
        "client_id": deal.client_id,
        "lines": {
            line.code: {
                "price": str(line.price),
                "budget_minutes": line.budget_minutes,
                "due": line.due.isoformat() if line.due else None,
            }
            for line in deal.lines
        },
    }


def fixed_obligations(interface: Interface, deal: dict[str, Any]) -> list[Obligation]:
    """The obligations a deal has from its signature on; none where every month of time is one."""
    release = interface.posting[deal["kind"]].release
    if release == BY_MONTH:
        return []
    prices: dict[str, Decimal] = {}
    for code, line in deal["lines"].items():
        earned_by = code if release == BY_MILESTONE else _obliged(deal, code)
        if release != BY_MILESTONE or line["due"]:
            prices[earned_by] = prices.get(earned_by, Decimal(0)) + Decimal(line["price"])
    return [obligation(interface, deal, code, deal["start"][:7], price) for code, price in prices.items()]


def _obliged(deal: dict[str, Any], line: str) -> str:
    """The line whose work earns a line's price: itself, of a milestone the first that is none."""
    if not deal["lines"][line]["due"]:
        return line
    return next((str(code) for code, each in deal["lines"].items() if not each["due"]), line)


def work_line(deal: dict[str, Any]) -> str:
    """The contract line that work is booked on: the first that is no milestone."""
    return next(str(code) for code, line in deal["lines"].items() if not line["due"])


def obligation_id(interface: Interface, deal: dict[str, Any], line: str, period: str) -> str:
    """The agreed id of the obligation that time or billing of a contract line in a month belongs to."""
    release = interface.posting[deal["kind"]].release
    if release not in (BY_MONTH, BY_MILESTONE):
        line = _obliged(deal, line)
    return interface.obligation_ids[release].replace("{line}", line).replace("{period}", period)


def obligation(interface: Interface, deal: dict[str, Any], line: str, period: str, amount: Decimal) -> Obligation:
    """The obligation of a contract line: the month's right to invoice, or all of it from start to end."""
    posting = interface.posting[deal["kind"]]
    month = Period.parse(period)
    monthly = posting.release == BY_MONTH
    return Obligation(
        obligation=obligation_id(interface, deal, line, period),
        engagement=deal["code"],
        entity=deal["entity"],
        client_code=deal["client_code"],
        client_name=deal["client_name"],
        currency=deal["currency"],
        item=posting.item,
        amount=amount,
        first=month.first if monthly else date.fromisoformat(deal["start"]),
        last=month.last if monthly else date.fromisoformat(deal["end"]),
        signed=date.fromisoformat(deal["start"]),
        right_to_bill=monthly,
        revenue_account=posting.revenue_account,
        position_account=posting.position_account,
        release=posting.release,
        quantity=deal["lines"][_obliged(deal, line)]["budget_minutes"] if posting.release == HOURS_USED else 1,
        functional=deal.get("functional", ""),
        rate=deal.get("rate", "1"),
        modified_on=date.fromisoformat(deal["modified_on"]) if deal.get("modified_on") else None,
    )


def estimate_of(interface: Interface, deal: dict[str, Any], period: str, amount: Decimal) -> Obligation:
    """What stands in for the time of a month that is missing: released in it, taken back on the next first day."""
    like = obligation(interface, deal, work_line(deal), period, amount)
    which = interface.obligation_ids["estimate"].replace("{line}", work_line(deal)).replace("{period}", period)
    return replace(like, obligation=which, release="estimate", right_to_bill=False)


def is_signed(deal: dict[str, Any]) -> bool:
    """Whether the client signed; before, a deal that began at risk is nothing to the revenue system."""
    return bool(deal.get("signed", True))


# -- what was spent and billed on --------------------------------------------------------------------------------------


def rebilled_id(interface: Interface, line: str, period: str) -> str:
    """The agreed id of the obligation that expenses billed on a contract line in a month are."""
    pattern = interface.obligation_ids["upon_billing"]
    return pattern.replace("{line}", line).replace("{period}", period)


def rebilled(interface: Interface, deal: dict[str, Any], which: str, period: str, amount: Decimal) -> Obligation | None:
    """That obligation, the right to what was billed in a month; None when an id is none of the deal's."""
    if which not in (rebilled_id(interface, line, period) for line in deal["lines"]):
        return None
    posting, month = interface.posting[interface.expenses.posting], Period.parse(period)
    return Obligation(
        obligation=which,
        engagement=deal["code"],
        entity=deal["entity"],
        client_code=deal["client_code"],
        client_name=deal["client_name"],
        currency=deal["currency"],
        item=posting.item,
        amount=amount,
        first=month.first,
        last=month.last,
        signed=date.fromisoformat(deal["start"]),
        right_to_bill=True,
        revenue_account=posting.revenue_account,
        position_account=posting.position_account,
    )
