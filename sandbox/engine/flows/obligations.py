"""How contract lines become obligations of the revenue system: one for a fixed fee, one a month for time."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.core.periods import Period
from sandbox.engine.canonical import TIME_AND_MATERIALS, Deal
from sandbox.engine.connectors.revenue import Obligation
from sandbox.interface import Interface


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
        "lines": {line.code: {"price": str(line.price), "budget_minutes": line.budget_minutes} for line in deal.lines},
    }


def obligation_id(interface: Interface, deal: dict[str, Any], line: str, period: str) -> str:
    """The agreed id of the obligation that time or billing of a contract line in a month belongs to."""
    release = interface.posting[deal["kind"]].release
    return interface.obligation_ids[release].replace("{line}", line).replace("{period}", period)


def obligation(interface: Interface, deal: dict[str, Any], line: str, period: str, amount: Decimal) -> Obligation:
    """The obligation of a contract line: the month's right to invoice, or the whole fixed fee."""
    posting = interface.posting[deal["kind"]]
    month = Period.parse(period)
    whole = deal["kind"] != TIME_AND_MATERIALS
    return Obligation(
        obligation=obligation_id(interface, deal, line, period),
        engagement=deal["code"],
        entity=deal["entity"],
        client_code=deal["client_code"],
        client_name=deal["client_name"],
        currency=deal["currency"],
        item=posting.item,
        amount=amount,
        first=date.fromisoformat(deal["start"]) if whole else month.first,
        last=date.fromisoformat(deal["end"]) if whole else month.last,
        signed=date.fromisoformat(deal["start"]),
        right_to_bill=posting.release == "right_to_invoice",
        revenue_account=posting.revenue_account,
        position_account=posting.position_account,
    )
